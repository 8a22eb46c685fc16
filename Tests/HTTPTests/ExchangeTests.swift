import Foundation
import HTTP
import Synchronization
import TestSupport
import Testing

/// What goes over the wire and what comes back, when nothing goes wrong.
@Suite struct ExchangeTests {
  private let client: HTTPClient

  init() throws {
    client = try HTTPClient(HTTPConfiguration(userAgent: "s3audit/test"))
  }

  @Test(arguments: [
    "/", "/a/../b", "/a/./b", "/../../x", "//", "/a//b/", "/%2F%2e%2E/%7e", "/a%20b+c", "/.",
    "/bucket?list-type=2&prefix=a%2Fb%26&start-after=%C3%A4&x", "/k?a=b?c=/../d", "/k?versions",
    "/~!$&'()*,;=:@[]{}|\\^`\"<>",
  ])
  func sendsTheTargetByteForByte(target: String) async throws {
    let server = try LoopbackServer(always: answer())
    defer { server.stop() }
    _ = try await client.send(HTTPRequest(url: server.origin + target))
    #expect(server.requests.map(\.target) == [target])
  }

  @Test func sendsNoMoreHeadersThanExpected() async throws {
    let server = try LoopbackServer(always: answer())
    defer { server.stop() }
    let headers = [
      HTTPHeader(name: "x-amz-date", value: "now"), HTTPHeader(name: "X-Empty", value: ""),
      HTTPHeader(name: "x-twice", value: "1"), HTTPHeader(name: "x-twice", value: "2"),
    ]
    _ = try await client.send(HTTPRequest(url: server.origin + "/", headers: headers))
    #expect(
      try #require(server.requests.first).lines == [
        "GET / HTTP/1.1", "Host: 127.0.0.1:\(server.port)", "User-Agent: s3audit/test",
        "Accept-Encoding: identity", "x-amz-date: now", "X-Empty:", "x-twice: 1", "x-twice: 2",
      ])
  }

  @Test func letsAHeaderReplaceItsOwn() async throws {
    let server = try LoopbackServer(always: answer())
    defer { server.stop() }
    let headers = [
      HTTPHeader(name: "host", value: "bucket.example"), HTTPHeader(name: "user-agent", value: "u"),
      HTTPHeader(name: "accept", value: "a/b"), HTTPHeader(name: "Accept-Encoding", value: "gzip"),
    ]
    _ = try await client.send(HTTPRequest(url: server.origin + "/", headers: headers))
    let request = try #require(server.requests.first)
    #expect(request.values(of: "Host") == ["bucket.example"])
    #expect(request.values(of: "User-Agent") == ["u"])
    #expect(request.values(of: "Accept") == ["a/b"])
    #expect(request.values(of: "Accept-Encoding") == ["gzip"])
  }

  @Test(arguments: ["POST", "PUT", "DELETE", "PATCH", "GET"])
  func sendsABody(method: String) async throws {
    let server = try LoopbackServer(always: answer("done"))
    defer { server.stop() }
    let body = (0..<200_000).map { UInt8(truncatingIfNeeded: $0) }
    let response = try await client.send(
      HTTPRequest(method: method, url: server.origin + "/", body: body))
    let request = try #require(server.requests.first)
    #expect(request.method == method)
    #expect(request.body == body)
    #expect(request.values(of: "Expect").isEmpty)
    #expect(request.values(of: "Content-Type").isEmpty)
    #expect(response.body == Array("done".utf8))
  }

  @Test(arguments: [("POST", ["0"]), ("PUT", ["0"]), ("DELETE", []), ("GET", [])])
  func saysWhenThereIsNoBody(method: String, lengths: [String]) async throws {
    let server = try LoopbackServer(always: answer())
    defer { server.stop() }
    _ = try await client.send(HTTPRequest(method: method, url: server.origin + "/"))
    #expect(server.requests.first?.values(of: "Content-Length") == lengths)
  }

  @Test(arguments: [
    ("HEAD", "200 OK"), ("GET", "204 No Content"), ("GET", "304 Not Modified"),
  ])
  func leavesNoTraceOfABodyThatIsNotThere(method: String, status: String) async throws {
    let server = try LoopbackServer { connection in
      while connection.readRequest() != nil {
        connection.send("HTTP/1.1 \(status)\r\nContent-Length: 1000000\r\nETag: e\r\n\r\n")
      }
    }
    defer { server.stop() }
    for _ in 0..<2 {
      let response = try await client.send(
        HTTPRequest(method: method, url: server.origin + "/", bodyBytesMax: 10))
      #expect(response.body.isEmpty)
      #expect(response.headers["etag"] == "e")
    }
    #expect(server.connectionCount == 1)
  }

  @Test func returnsHeadersInOrderWithDuplicates() async throws {
    let server = try LoopbackServer(
      always: answer("x", headers: ["X-B: 1", "x-a: 2", "X-b:  3 "]))
    defer { server.stop() }
    let response = try await client.send(HTTPRequest(url: server.origin + "/"))
    #expect(response.headers.values(of: "x-B") == ["1", "3"])
    #expect(response.headers.all.map(\.name) == ["X-B", "x-a", "X-b", "Content-Length"])
    #expect(response.timing.firstByte > .zero)
    #expect(response.timing.total >= response.timing.firstByte)
  }

  @Test func keepsInterimResponsesApart() async throws {
    let server = try LoopbackServer { connection in
      _ = connection.readRequest()
      connection.send("HTTP/1.1 100 Continue\r\nX-Interim: 1\r\n\r\n")
      connection.send("HTTP/1.1 103 Early Hints\r\nLink: l\r\n\r\n")
      connection.send(answer("final", headers: ["X-Final: 1"]))
    }
    defer { server.stop() }
    let response = try await client.send(HTTPRequest(url: server.origin + "/"))
    #expect(response.status == 200)
    #expect(response.headers.all.map(\.name) == ["X-Final", "Content-Length"])
    #expect(response.body == Array("final".utf8))
  }

  @Test func decodesChunksAndDropsTrailers() async throws {
    let server = try LoopbackServer { connection in
      while connection.readRequest() != nil {
        connection.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        connection.send("5\r\nhello\r\n6;x=y\r\n world\r\n0\r\nX-Trailer: 1\r\n\r\n")
      }
    }
    defer { server.stop() }
    for _ in 0..<2 {
      let response = try await client.send(HTTPRequest(url: server.origin + "/"))
      #expect(response.body == Array("hello world".utf8))
      #expect(response.headers.all.map(\.name) == ["Transfer-Encoding"])
    }
    #expect(server.connectionCount == 1)
  }

  @Test func readsHTTP10UntilTheConnectionCloses() async throws {
    let server = try LoopbackServer { connection in
      _ = connection.readRequest()
      connection.send("HTTP/1.0 200 OK\r\nServer: old\r\n\r\nall of it")
    }
    defer { server.stop() }
    let response = try await client.send(HTTPRequest(url: server.origin + "/"))
    #expect(response.body == Array("all of it".utf8))
  }

  @Test(arguments: [0, 1, 16_384, 300_000, 5_000_000])
  func returnsTheWholeBody(bytes: Int) async throws {
    let body = (0..<bytes).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }
    let server = try LoopbackServer { connection in
      while connection.readRequest() != nil {
        connection.send("HTTP/1.1 200 OK\r\nContent-Length: \(bytes)\r\n\r\n")
        connection.send(body)
      }
    }
    defer { server.stop() }
    let response = try await client.send(
      HTTPRequest(url: server.origin + "/", bodyBytesMax: bytes))
    #expect(response.body == body)
  }

  @Test func doesNotFollowRedirects() async throws {
    let server = try LoopbackServer(
      always: answer(status: "301 Moved", headers: ["Location: /elsewhere"]))
    defer { server.stop() }
    let response = try await client.send(HTTPRequest(url: server.origin + "/"))
    #expect(response.status == 301)
    #expect(response.headers["location"] == "/elsewhere")
    #expect(server.requests.map(\.target) == ["/"])
  }

  @Test(arguments: ["400 Bad", "404 Not Found", "500 Oops", "503 Slow Down"])
  func returnsRefusalsAsResponses(status: String) async throws {
    let server = try LoopbackServer(always: answer("<Error/>", status: status))
    defer { server.stop() }
    let response = try await client.send(HTTPRequest(url: server.origin + "/"))
    #expect(response.status == Int(status.prefix(3)))
    #expect(response.body == Array("<Error/>".utf8))
  }

  @Test func forgetsTheOptionsOfTheRequestBefore() async throws {
    let server = try LoopbackServer { connection in
      while let request = connection.readRequest() {
        connection.send(
          request.method == "HEAD" ? "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n" : answer("body")
        )
      }
    }
    defer { server.stop() }
    let secret = [HTTPHeader(name: "Authorization", value: "secret")]
    for method in ["HEAD", "GET", "PUT", "HEAD", "DELETE", "GET"] {
      let response = try await client.send(
        HTTPRequest(
          method: method, url: server.origin + "/", headers: method == "PUT" ? secret : [],
          body: method == "PUT" ? [1] : []))
      #expect(response.body.isEmpty == (method == "HEAD"))
    }
    #expect(server.requests.map(\.method) == ["HEAD", "GET", "PUT", "HEAD", "DELETE", "GET"])
    #expect(server.requests.map(\.body.count) == [0, 0, 1, 0, 0, 0])
    #expect(server.requests.map { $0.values(of: "Authorization").count } == [0, 0, 1, 0, 0, 0])
    #expect(server.connectionCount == 1)
  }
}

/// Connections: how many, and what happens to those that died in the pool.
@Suite struct ConnectionTests {
  @Test func reusesOneConnectionForSequentialRequests() async throws {
    let client = try HTTPClient()
    let server = try LoopbackServer(always: answer("x"))
    defer { server.stop() }
    for _ in 0..<20 { _ = try await client.send(HTTPRequest(url: server.origin + "/")) }
    #expect(server.requests.count == 20)
    #expect(server.connectionCount == 1)
  }

  @Test func sendsSixtyFourRequestsAtOnceAndKeepsTheirConnections() async throws {
    let client = try HTTPClient(HTTPConfiguration(connectionsMax: 64))
    // No answer before all 64 are there.
    let gate = Gate(64)
    let server = try LoopbackServer { connection in
      while connection.readRequest() != nil {
        connection.send(gate.pass() ? answer("x") : answer(status: "500 Not parallel"))
      }
    }
    defer { server.stop() }
    for _ in 0..<3 {
      try await withThrowingTaskGroup(of: Int.self) { group in
        for _ in 0..<64 {
          group.addTask { try await client.send(HTTPRequest(url: server.origin + "/")).status }
        }
        for try await status in group { #expect(status == 200) }
      }
    }
    #expect(server.requests.count == 192)
    #expect(server.connectionCount == 64)
  }

  @Test func holdsRequestsAboveTheLimitBack() async throws {
    let client = try HTTPClient(HTTPConfiguration(connectionsMax: 4))
    let server = try LoopbackServer(always: answer("x"))
    defer { server.stop() }
    try await withThrowingTaskGroup(of: Int.self) { group in
      for _ in 0..<200 {
        group.addTask { try await client.send(HTTPRequest(url: server.origin + "/")).status }
      }
      for try await status in group { #expect(status == 200) }
    }
    #expect(server.requests.count == 200)
    #expect((1...4).contains(server.connectionCount))
  }

  /// Python's moto closes after each response without having announced it.
  @Test func survivesServersThatCloseAfterEachResponse() async throws {
    let client = try HTTPClient()
    let server = try LoopbackServer { connection in
      _ = connection.readRequest()
      connection.send(answer("x"))
    }
    defer { server.stop() }
    for _ in 0..<50 { _ = try await client.send(HTTPRequest(url: server.origin + "/")) }
    #expect(server.connectionCount == 50)
  }

  /// The worst moment: the request is already on a pooled connection when the server closes it.
  @Test(arguments: ["GET", "PUT"], [false, true])
  func repeatsARequestThatADyingConnectionSwallowed(method: String, isReset: Bool) async throws {
    let client = try HTTPClient()
    let server = try LoopbackServer { connection in
      _ = connection.readRequest()
      connection.send(answer("\(connection.number)"))
      guard connection.number == 1 else { return }
      _ = connection.readRequest()
      if isReset { connection.reset() }
    }
    defer { server.stop() }
    var bodies: [String] = []
    for _ in 0..<2 {
      let response = try await client.send(
        HTTPRequest(
          method: method, url: server.origin + "/", body: method == "PUT" ? [1, 2] : []))
      bodies.append(String(decoding: response.body, as: UTF8.self))
    }
    #expect(bodies == ["1", "2"])
    #expect(
      server.requests.map(\.body.count) == Array(repeating: method == "PUT" ? 2 : 0, count: 3))
  }

  /// Such a server may have done what it was asked for.
  @Test(arguments: [false, true])
  func sendsOnceWhatMustNotBeDoneTwice(isReset: Bool) async throws {
    let client = try HTTPClient()
    let server = try LoopbackServer { connection in
      _ = connection.readRequest()
      connection.send(answer("\(connection.number)"))
      guard connection.number == 1 else { return }
      _ = connection.readRequest()
      if isReset { connection.reset() }
    }
    defer { server.stop() }
    var request = HTTPRequest(method: "PUT", url: server.origin + "/")
    request.isSentOnce = true
    _ = try await client.send(request)
    let error = await #expect(throws: HTTPError.self) { try await client.send(request) }
    #expect(error?.kind == .connectionLost && error?.isTransient == true)
    #expect(server.requests.count == 2)
    #expect(try await client.send(request).status == 200)
  }
}

/// Lets callers pass in groups of a fixed size.
private final class Gate: Sendable {
  private let size: Int
  private let condition = NSCondition()
  private let arrived = Mutex(0)

  init(_ size: Int) {
    self.size = size
  }

  /// False when the group was not complete within ten seconds.
  func pass() -> Bool {
    condition.lock()
    defer { condition.unlock() }
    let ticket = arrived.withLock { arrived in
      arrived += 1
      return arrived
    }
    if ticket % size == 0 { condition.broadcast() }
    let deadline = Date(timeIntervalSinceNow: 10)
    while arrived.withLock({ $0 }) < (ticket + size - 1) / size * size {
      guard condition.wait(until: deadline) else { return false }
    }
    return true
  }
}
