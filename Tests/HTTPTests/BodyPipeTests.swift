import HTTP
import Synchronization
import TestSupport
import Testing

/// Bodies that go somewhere else than into memory.
@Suite struct BodyPipeTests {
  private let client: HTTPClient

  init() throws {
    client = try HTTPClient(HTTPConfiguration())
  }

  private struct Outcome {
    var begun = 0
    var bytes: [UInt8] = []
    var pieces = 0
    var response: Result<HTTPResponse, HTTPError>
  }

  private func fetch(
    _ url: String, bytesMax: Int = 256 << 10, timeouts: HTTPTimeouts = HTTPTimeouts(),
    pause: Duration? = nil
  ) async throws -> Outcome {
    let pipe = BodyPipe(bytesMax: bytesMax) { $0.status == 200 }
    let request = HTTPRequest(url: url, timeouts: timeouts, sink: pipe)
    async let response = { () async -> Result<HTTPResponse, HTTPError> in
      defer { pipe.finish() }
      do throws(HTTPError) { return .success(try await client.send(request)) } catch {
        return .failure(error)
      }
    }()
    var outcome = Outcome(response: .failure(HTTPError(.other, "", url: "")))
    while let event = await pipe.next() {
      switch event {
      case .begin:
        outcome.begun += 1
        outcome.bytes = []
      case .bytes(let piece):
        outcome.bytes += piece
        outcome.pieces += 1
        if let pause { try await Task.sleep(for: pause) }
      }
    }
    outcome.response = await response
    return outcome
  }

  @Test(arguments: [0, 1, 1_000, 200_000, 3_000_000])
  func leadsEveryByteThrough(count: Int) async throws {
    let body = String((0..<count).map { Character(Unicode.Scalar(UInt8(0x20 + $0 % 90))) })
    let server = try LoopbackServer(always: answer(body))
    defer { server.stop() }
    let outcome = try await fetch(server.origin + "/")
    #expect(outcome.bytes == Array(body.utf8))
    #expect(outcome.begun == 1)
    #expect(try outcome.response.get().body.isEmpty)
  }

  @Test func handsASmallBodyOverAtOnce() async throws {
    let server = try LoopbackServer(always: answer(String(repeating: "x", count: 60_000)))
    defer { server.stop() }
    #expect(try await fetch(server.origin + "/").pieces == 1)
  }

  @Test func leavesAnErrorsAnswerToTheResponse() async throws {
    let server = try LoopbackServer(always: answer("<Error/>", status: "404 Not Found"))
    defer { server.stop() }
    let outcome = try await fetch(server.origin + "/")
    #expect(outcome.begun == 0)
    #expect(try outcome.response.get().body == Array("<Error/>".utf8))
  }

  @Test func keepsLittleOfALongBodyInMemory() async throws {
    let body = String(repeating: "x", count: 1 << 20)
    let server = try LoopbackServer(always: answer(body))
    defer { server.stop() }
    // Each piece waits, so that the body is stopped again and again.
    let outcome = try await fetch(
      server.origin + "/", bytesMax: 32 << 10, pause: .milliseconds(5))
    #expect(outcome.bytes.count == 1 << 20)
    #expect(outcome.pieces >= 32)
  }

  @Test func doesNotBlameTheServerForItsOwnPauses() async throws {
    let server = try LoopbackServer(always: answer(String(repeating: "x", count: 4 << 20)))
    defer { server.stop() }
    let timeouts = HTTPTimeouts(
      firstByte: .milliseconds(400), stall: .milliseconds(200), stallBytesMin: 1)
    let outcome = try await fetch(
      server.origin + "/", bytesMax: 1 << 20, timeouts: timeouts, pause: .milliseconds(500))
    #expect(outcome.bytes.count == 4 << 20)
  }

  @Test func tellsABodyThatIsCutShort() async throws {
    let server = try LoopbackServer(
      always: "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort")
    defer { server.stop() }
    let outcome = try await fetch(server.origin + "/")
    #expect(outcome.bytes == Array("short".utf8))
    #expect(throws: HTTPError.self) { try outcome.response.get() }
  }

  @Test func takesABodyAsItIs() async throws {
    let server = try LoopbackServer(
      always: answer("not gzip at all", headers: ["Content-Encoding: gzip"]))
    defer { server.stop() }
    #expect(try await fetch(server.origin + "/").bytes == Array("not gzip at all".utf8))
  }
}
