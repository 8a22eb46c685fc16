import Foundation
import HTTP
import Synchronization
import TestSupport
import Testing

/// Each way of failing, by the kind of error it ends in.
@Suite struct FailureTests {
  private let client: HTTPClient

  init() throws {
    client = try HTTPClient()
  }

  struct Fault: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let kind: HTTPError.Kind
    let script: @Sendable (ServerConnection) -> Void

    init(
      _ name: String, _ kind: HTTPError.Kind,
      _ script: @escaping @Sendable (ServerConnection) -> Void
    ) {
      testDescription = name
      self.kind = kind
      self.script = script
    }

    /// Answers with `text`, then closes.
    init(_ name: String, _ kind: HTTPError.Kind, answer text: String, isReset: Bool = false) {
      self.init(name, kind) { connection in
        _ = connection.readRequest()
        connection.send(text)
        if isReset { connection.reset() }
      }
    }
  }

  @Test func noRequestWaitsLongerThanItsClient() async throws {
    let server = try LoopbackServer { connection in
      _ = connection.readRequest()
      _ = connection.readRequest()
    }
    defer { server.stop() }
    let hasty = try HTTPClient(HTTPConfiguration(firstByteMax: .milliseconds(50)))
    let error = await #expect(throws: HTTPError.self) {
      try await hasty.send(HTTPRequest(url: server.origin))
    }
    #expect(error?.kind == .firstByteTimeout)
  }

  private static let ok = "HTTP/1.1 200 OK\r\n"
  private static let chunked = ok + "Transfer-Encoding: chunked\r\n\r\n"

  static let faults = [
    Fault("closed before a byte", .connectionLost, answer: ""),
    Fault("reset before a byte", .connectionLost, answer: "", isReset: true),
    Fault("closed inside the status line", .connectionLost, answer: "HTTP/1.1 20"),
    Fault("closed after the status line", .connectionLost, answer: ok),
    Fault("closed inside the header", .connectionLost, answer: ok + "Content-Length: 5\r\n"),
    Fault("closed inside a header line", .connectionLost, answer: ok + "Content-Le"),
    Fault("closed before an empty body's header ends", .connectionLost) { connection in
      _ = connection.readRequest()
      connection.send(ok + "Content-Length: 0\r\n")
    },
    Fault("reset inside the header", .connectionLost, answer: ok + "A: b\r\n", isReset: true),
    Fault("closed after an interim response", .connectionLost, answer: "HTTP/1.1 100 C\r\n\r\n"),
    Fault(
      "body shorter than announced", .connectionLost, answer: ok + "Content-Length: 9\r\n\r\nab"),
    Fault("no body at all", .connectionLost, answer: ok + "Content-Length: 9\r\n\r\n"),
    Fault(
      "reset inside the body", .connectionLost, answer: ok + "Content-Length: 9\r\n\r\nab",
      isReset: true),
    Fault("truncated chunk", .connectionLost, answer: chunked + "9\r\nab"),
    Fault("no last chunk", .connectionLost, answer: chunked + "2\r\nab\r\n"),
    Fault("bad chunk size", .connectionLost, answer: chunked + "zz\r\nab\r\n0\r\n\r\n"),
    Fault(
      "chunk longer than its size", .connectionLost, answer: chunked + "2\r\nabcd\r\n0\r\n\r\n"),
    Fault("not HTTP", .malformedResponse, answer: "<html>it works</html>\r\n\r\n"),
    Fault("HTTP/2 without being asked", .malformedResponse, answer: "HTTP/9 200\r\n\r\n"),
    Fault("negative length", .malformedResponse, answer: ok + "Content-Length: -5\r\n\r\n"),
    Fault(
      "endless header line", .malformedResponse,
      answer: ok + "A: " + String(repeating: "b", count: 150_000) + "\r\n\r\n"),
    Fault(
      "endless header", .malformedResponse,
      answer: ok + String(repeating: "A: bcdefghijklm\r\n", count: 20_000) + "\r\n"),
    Fault("endless interim responses", .malformedResponse) { connection in
      _ = connection.readRequest()
      let interim = String(repeating: "HTTP/1.1 102 Processing\r\n\r\n", count: 100)
      while !connection.isClosedByClient(within: 0) { connection.send(interim) }
    },
    Fault("body above the limit, announced", .bodyTooLarge, answer: answer("123456789ab")),
    Fault("body above the limit, chunked", .bodyTooLarge) { connection in
      _ = connection.readRequest()
      connection.send(chunked)
      while !connection.isClosedByClient(within: 0) { connection.send("4\r\nabcd\r\n") }
    },
    Fault("body above the limit, until the end", .bodyTooLarge) { connection in
      _ = connection.readRequest()
      connection.send(ok + "\r\n")
      while !connection.isClosedByClient(within: 0) {
        connection.send([UInt8](repeating: 0, count: 100_000))
      }
    },
    Fault("no answer", .firstByteTimeout) { connection in
      _ = connection.isClosedByClient()
    },
    Fault("status line byte by byte", .firstByteTimeout) { connection in
      _ = connection.readRequest()
      connection.send("HTTP/1.1 200 ")
      while !connection.isClosedByClient(within: 10) { connection.send("O") }
    },
    Fault("header that stops", .stalled) { connection in
      _ = connection.readRequest()
      connection.send(ok + "A: b\r\n")
      _ = connection.isClosedByClient()
    },
    Fault("body that does not begin", .stalled) { connection in
      _ = connection.readRequest()
      connection.send(ok + "Content-Length: 9\r\n\r\n")
      _ = connection.isClosedByClient()
    },
    Fault("body that stops", .stalled) { connection in
      _ = connection.readRequest()
      connection.send(ok + "Content-Length: 9\r\n\r\nab")
      _ = connection.isClosedByClient()
    },
    Fault("body byte by byte", .stalled) { connection in
      _ = connection.readRequest()
      connection.send(ok + "\r\n")
      while !connection.isClosedByClient(within: 30) { connection.send("x") }
    },
  ]

  @Test(arguments: faults)
  func endsInTheRightKind(fault: Fault) async throws {
    let server = try LoopbackServer(fault.script)
    defer { server.stop() }
    let request = HTTPRequest(
      url: server.origin + "/bucket/key?X-Amz-Signature=secret", bodyBytesMax: 10,
      timeouts: HTTPTimeouts(
        firstByte: .milliseconds(
          fault.kind == .firstByteTimeout || fault.kind == .stalled ? 200 : 8000),
        stall: .milliseconds(200), stallBytesMin: 1024))
    let error = try #require(await client.failure(of: request))
    #expect(error.kind == fault.kind, "\(error)")
    #expect(error.url == server.origin + "/bucket/key")
    #expect(!error.description.contains("secret"))
    #expect(error.isTransient == (fault.kind != .bodyTooLarge))
    #expect(server.requests.count <= 1)

    // The failure leaves nothing behind that the next request could trip over.
    let healthy = try LoopbackServer(always: answer("fine"))
    defer { healthy.stop() }
    let response = try await client.send(HTTPRequest(url: healthy.origin + "/"))
    #expect(response.body == Array("fine".utf8))
  }

  @Test func acceptsABodyOfExactlyTheLimit() async throws {
    let server = try LoopbackServer(always: answer("123456789a"))
    defer { server.stop() }
    let response = try await client.send(HTTPRequest(url: server.origin + "/", bodyBytesMax: 10))
    #expect(response.body.count == 10)
  }

  @Test func tellsARefusedConnection() async throws {
    let port = try LoopbackServer.closedPort()
    let error = await client.failure(of: HTTPRequest(url: "http://127.0.0.1:\(port)/"))
    #expect(error?.kind == .connect)
    #expect(error?.curlCode == 7)
    #expect(error?.isTransient == true)
  }

  @Test func tellsAnUnknownHost() async throws {
    // A label above 63 bytes cannot exist, so that no name server is asked.
    let host = String(repeating: "a", count: 70) + ".invalid"
    let error = await client.failure(of: HTTPRequest(url: "http://\(host)/"))
    #expect(error?.kind == .resolve)
  }

  @Test func countsTheHandshakeAsConnecting() async throws {
    let server = try LoopbackServer { _ = $0.isClosedByClient() }
    defer { server.stop() }
    let error = await client.failure(
      of: HTTPRequest(
        url: "https://127.0.0.1:\(server.port)/",
        timeouts: HTTPTimeouts(connect: .milliseconds(200))))
    #expect(error?.kind == .connectTimeout)
  }

  @Test func tellsATLSFailure() async throws {
    let server = try LoopbackServer { connection in
      connection.send("HTTP/1.1 400 This is not TLS\r\n\r\n")
      _ = connection.isClosedByClient()
    }
    defer { server.stop() }
    let error = await client.failure(of: HTTPRequest(url: "https://127.0.0.1:\(server.port)/"))
    #expect(error?.kind == .tls)
  }

  @Test(arguments: ["http://", "http://h:99999/", "http://user:password@127.0.0.1/"])
  func refusesURLsThatLibcurlRefuses(url: String) async throws {
    let error = await client.failure(of: HTTPRequest(url: url))
    #expect(error?.kind == .invalidURL)
    #expect(error.map { $0.description.contains("password") } == false)
  }
}

extension HTTPClient {
  /// The error of a request that must not succeed; nil when it did.
  func failure(of request: HTTPRequest) async -> HTTPError? {
    do throws(HTTPError) {
      _ = try await send(request)
      return nil
    } catch {
      return error
    }
  }
}
