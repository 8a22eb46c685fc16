import Foundation
import HTTP
import TestSupport
import Testing

/// libcurl reads proxies from the environment, so each test runs in a process of its own.
@Suite struct ProxyTests {
  @Test func sendsHTTPThroughTheProxyWithItsPathAsItIs() async {
    await #expect(processExitsWith: .success) {
      let proxy = try LoopbackServer(always: answer("proxied"))
      setenv("http_proxy", proxy.origin, 1)
      let url = "http://bucket.invalid/a/../b//c?x=%2F"
      let response = try await HTTPClient().send(HTTPRequest(url: url))
      #expect(response.body == Array("proxied".utf8))
      #expect(proxy.requests.map(\.target) == [url])
    }
  }

  @Test func heedsNoProxyAndIgnoresUpperCaseHTTPProxy() async {
    await #expect(processExitsWith: .success) {
      let server = try LoopbackServer(always: answer("direct"))
      setenv("HTTP_PROXY", "http://127.0.0.1:1", 1)
      _ = try await HTTPClient().send(HTTPRequest(url: server.origin + "/"))
      setenv("http_proxy", "http://127.0.0.1:1", 1)
      setenv("NO_PROXY", "127.0.0.1", 1)
      _ = try await HTTPClient().send(HTTPRequest(url: server.origin + "/"))
      #expect(server.requests.map(\.target) == ["/", "/"])
    }
  }

  @Test func asksDirectlyWhereItIsToldTo() async {
    await #expect(processExitsWith: .success) {
      let server = try LoopbackServer(always: answer("direct"))
      setenv("http_proxy", "http://127.0.0.1:1", 1)
      let request = HTTPRequest(url: server.origin + "/", usesProxy: false)
      let response = try await HTTPClient().send(request)
      #expect(response.body == Array("direct".utf8))
    }
  }

  @Test(arguments: [
    "http://me:can/ary@127.0.0.1:1", "nonsense://me:can-ary@127.0.0.1:1",
    "http://me:can ary@127.0.0.1:1", "http://me:can'ary@127.0.0.1:nothing",
  ])
  func doesNotQuoteThePasswordOfAProxy(url: String) async {
    await #expect(processExitsWith: .success) { [url] in
      setenv("http_proxy", url, 1)
      let error = try await HTTPClient().failure(of: HTTPRequest(url: "http://bucket.invalid/"))
      let text = try #require(error).description
      #expect(!text.contains("can") && !text.contains("ary"), "\(text)")
    }
  }

  @Test(arguments: [("403 Forbidden", false), ("503 Busy", true)])
  func tellsARefusalOfTheProxy(status: String, isTransient: Bool) async {
    await #expect(processExitsWith: .success) { [status, isTransient] in
      let proxy = try LoopbackServer(always: answer("no", status: status))
      setenv("HTTPS_PROXY", proxy.origin, 1)
      let error = try await HTTPClient().failure(of: HTTPRequest(url: "https://bucket.invalid/"))
      #expect(error?.kind == .proxy)
      #expect(error?.isTransient == isTransient)
      #expect(error?.proxyStatus == Int(status.prefix(3)))
      #expect(proxy.requests.map(\.target) == ["bucket.invalid:443"])
    }
  }
}
