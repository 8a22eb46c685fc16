import Foundation
import TestSupport
import Testing

@testable import HTTP

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

  @Test func tellsWhichProxyIsInUse() async {
    await #expect(processExitsWith: .success) {
      for name in [
        "http_proxy", "https_proxy", "all_proxy", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY",
      ] {
        unsetenv(name)
      }
      #expect(HTTPProxy.url(for: "http://h.test/") == nil)
      setenv("ALL_PROXY", "socks5://s:1080", 1)
      setenv("http_proxy", "http://user:p@ss@p.test:3128", 1)
      setenv("HTTPS_PROXY", "q.test:3129", 1)
      setenv("no_proxy", "in.test,.own.test, x.test:81", 1)
      #expect(HTTPProxy.url(for: "http://h.test/") == "http://p.test:3128")
      #expect(HTTPProxy.url(for: "https://h.test/a") == "q.test:3129")
      #expect(HTTPProxy.url(for: "http://a.in.test:9000/") == nil)
      #expect(HTTPProxy.url(for: "http://own.test") == nil)
      #expect(HTTPProxy.url(for: "http://begin.test") == "http://p.test:3128")
      #expect(HTTPProxy.url(for: "http://x.test:81/") == nil)
      #expect(HTTPProxy.url(for: "http://x.test/") == "http://p.test:3128")
      // Only libcurl compares addresses with networks.
      setenv("no_proxy", "10.0.0.0/8", 1)
      #expect(HTTPProxy.url(for: "http://10.1.1.1/") == nil)
    }
  }

  /// As the `aws` command reads it.
  @Test(arguments: [
    ("127.0.0.1", true), ("x.test, 127.0.0.1:PORT", true), ("127.0.0.1:1", false),
    ("127.0.0.1:", false), ("*", true), ("*,x.test:1", false), ("", false), ("x.test", false),
    ("0.0.1", false),
  ])
  func exceptionsMayNamePorts(list: String, isDirect: Bool) async {
    await #expect(processExitsWith: .success) { [list, isDirect] in
      let server = try LoopbackServer(always: answer("direct"))
      let proxy = try LoopbackServer(always: answer("proxied"))
      setenv("http_proxy", proxy.origin, 1)
      let port = server.origin.split(separator: ":").last ?? ""
      setenv("no_proxy", list.replacing("PORT", with: port), 1)
      // Even an empty variable in lower case counts before this one.
      setenv("NO_PROXY", "*", 1)
      let response = try await HTTPClient().send(HTTPRequest(url: server.origin + "/"))
      #expect(response.body == Array((isDirect ? "direct" : "proxied").utf8))
    }
  }

  @Test(arguments: [
    ("localhost:8080,x.test", "http://localhost:8080/a:1", "localhost,x.test"),
    ("localhost:8080", "http://localhost/", ""), ("a.test:443", "https://a.test/b", "a.test"),
    ("a.test:80", "http://a.test?b", "a.test"), ("[::1]:9000", "http://[::1]:9000/", "::1"),
    ("[::1], ::2", "http://[::1]/", "::1,::2"), ("[::1]:1", "http://[::1]:9000/", ""),
    ("10.0.0.0/8 .b.test:80", "http://a.b.test/", "10.0.0.0/8,.b.test"),
  ])
  func givesLibcurlAListWithoutPorts(list: String, url: String, expected: String) {
    #expect(ProxyExceptions(list).list(for: url) == expected)
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
