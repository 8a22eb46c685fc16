import HTTP
import TestSupport
import Testing

/// A client has a few handles of libcurl, which serve one request after another: whatever a request
/// died of, the next one finds nothing of it.
@Suite struct UsedHandleTests {
  /// Where a request of a client with a single handle comes to its end.
  enum Stage: String, CaseIterable, Sendable {
    case name, connect, connectTimeout, tls, noAnswer, head, body, bodyTooLarge, badEncoding, slow

    var kind: HTTPError.Kind {
      switch self {
      case .name: .resolve
      case .connect: .connect
      case .connectTimeout: .connectTimeout
      case .tls: .tls
      case .noAnswer, .head, .body: .connectionLost
      case .bodyTooLarge: .bodyTooLarge
      case .badEncoding: .damagedBody
      case .slow: .firstByteTimeout
      }
    }

    /// What the server sends before it closes.
    fileprivate var answer: String? {
      switch self {
      case .head: "HTTP/1.1 200 OK\r\nA: b\r\n"
      case .body: "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab"
      case .bodyTooLarge: "HTTP/1.1 200 OK\r\nContent-Length: 2000\r\n\r\nab"
      case .badEncoding: "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n\u{1F}damaged"
      case .noAnswer: ""
      case .tls: "HTTP/1.1 400 This is not TLS\r\n\r\n"
      case .name, .connect, .connectTimeout, .slow: nil
      }
    }

    fileprivate func url(_ server: LoopbackServer) throws -> String {
      switch self {
      // A label above 63 bytes cannot exist, so that no name server is asked.
      case .name: "http://\(String(repeating: "a", count: 70)).invalid/"
      case .connect: "http://127.0.0.1:\(try LoopbackServer.closedPort())/"
      case .connectTimeout, .tls: "https://127.0.0.1:\(server.port)/"
      default: server.origin + "/"
      }
    }
  }

  private func request(_ url: String) -> HTTPRequest {
    HTTPRequest(
      url: url, bodyBytesMax: 1_000,
      timeouts: HTTPTimeouts(connect: .milliseconds(400), firstByte: .milliseconds(400)))
  }

  private func failingServer(_ stage: Stage) throws -> LoopbackServer {
    try LoopbackServer { connection in
      if stage != .tls, stage != .connectTimeout { _ = connection.readRequest() }
      guard let answer = stage.answer else { return _ = connection.isClosedByClient() }
      connection.send(answer)
    }
  }

  @Test(arguments: Stage.allCases)
  func servesTheNextRequestAfterAFailure(at stage: Stage) async throws {
    let client = try HTTPClient(HTTPConfiguration(connectionsMax: 1))
    let failing = try failingServer(stage)
    let healthy = try LoopbackServer(always: answer("fine"))
    defer {
      failing.stop()
      healthy.stop()
    }
    let url = try stage.url(failing)
    for attempt in 1...3 {
      // The same failure is told by the same name each time.
      for _ in 0..<2 {
        let error = await client.failure(of: request(url))
        #expect(error?.kind == stage.kind, "attempt \(attempt): \(String(describing: error))")
      }
      let response = try await client.send(HTTPRequest(url: healthy.origin + "/"))
      #expect(response.body == Array("fine".utf8))
    }
  }

  @Test func namesAHostThatCannotBeFoundHoweverOftenItIsAsked() async throws {
    let client = try HTTPClient(HTTPConfiguration(connectionsMax: 1))
    for _ in 0..<4 {
      let error = await client.failure(of: request("http://\(String(repeating: "a", count: 70))/"))
      #expect(error?.kind == .resolve && error?.curlCode == 6 && error?.isTransient == true)
      #expect(error?.message.hasPrefix("Could not resolve host") == true)
    }
  }

  /// Many handles at once, over servers that close each connection, with failures in between.
  @Test func staysFitInALongRun() async throws {
    let client = try HTTPClient(HTTPConfiguration(connectionsMax: 8))
    let closing = try LoopbackServer { connection in
      _ = connection.readRequest()
      connection.send(answer("x"))
    }
    let cutting = try failingServer(.body)
    defer {
      closing.stop()
      cutting.stop()
    }
    let hosts = [closing.origin, "http://\(String(repeating: "a", count: 70))", cutting.origin]
    await withTaskGroup(of: (Int, HTTPError.Kind?).self) { group in
      for number in 0..<300 {
        group.addTask {
          let url = hosts[number % 3] + "/"
          return (number % 3, await client.failure(of: HTTPRequest(url: url))?.kind)
        }
      }
      for await (host, kind) in group {
        #expect(kind == [nil, .resolve, .connectionLost][host])
      }
    }
  }
}
