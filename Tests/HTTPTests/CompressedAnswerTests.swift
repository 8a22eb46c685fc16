import HTTP
import TestSupport
import Testing

/// Answers that come compressed, although they were asked for as they are.
@Suite struct CompressedAnswerTests {
  private let client: HTTPClient

  init() throws {
    client = try HTTPClient()
  }

  /// `hello gzip`, by Python's modules.
  private static let gzip: [UInt8] = [
    31, 139, 8, 0, 0, 0, 0, 0, 2, 3, 203, 72, 205, 201, 201, 87, 72, 175, 202, 44, 0, 0, 25, 106,
    210, 223, 10, 0, 0, 0,
  ]
  private static let deflate: [UInt8] = [
    120, 156, 203, 72, 205, 201, 201, 87, 72, 175, 202, 44, 0, 0, 21, 129, 3, 239,
  ]
  /// A megabyte of zeros.
  private static let bomb: [UInt8] =
    [31, 139, 8, 0, 0, 0, 0, 0, 2, 3, 237, 193, 49, 1, 0, 0, 0, 194, 160, 245, 79, 109, 8, 95, 160]
    + [UInt8](repeating: 0, count: 1_016) + [62, 3, 28, 234, 56, 167, 0, 0, 16, 0]

  private func server(_ coding: String, _ body: [UInt8]) throws -> LoopbackServer {
    try LoopbackServer { connection in
      while connection.readRequest() != nil {
        connection.send(
          "HTTP/1.1 200 OK\r\nContent-Encoding: \(coding)\r\nContent-Length: \(body.count)\r\n\r\n")
        connection.send(body)
      }
    }
  }

  @Test(arguments: [
    ("gzip", gzip), ("x-gzip", gzip), ("GZIP", gzip), ("deflate", deflate),
    ("identity", Array("hello gzip".utf8)),
  ])
  func areDecoded(coding: String, body: [UInt8]) async throws {
    let server = try server(coding, body)
    defer { server.stop() }
    for _ in 0..<2 {
      let response = try await client.send(HTTPRequest(url: server.origin + "/"))
      #expect(response.body == Array("hello gzip".utf8))
    }
    #expect(server.connectionCount == 1)
  }

  @Test func areLimitedByWhatTheyDecodeTo() async throws {
    let server = try server("gzip", Self.bomb)
    defer { server.stop() }
    let whole = try await client.send(HTTPRequest(url: server.origin + "/", bodyBytesMax: 1 << 20))
    #expect(whole.body == [UInt8](repeating: 0, count: 1 << 20))
    let error = await client.failure(
      of: HTTPRequest(url: server.origin + "/", bodyBytesMax: (1 << 20) - 1))
    #expect(error?.kind == .bodyTooLarge)
    let response = try await client.send(
      HTTPRequest(url: server.origin + "/", bodyBytesMax: 1 << 20))
    #expect(response.body.count == 1 << 20)
  }

  @Test func areNeverTakenForWholeWhenTheyAreDamaged() async throws {
    let wrongSum = Array(Self.gzip.dropLast(8)) + [UInt8](repeating: 0, count: 8)
    for body in [wrongSum, [1, 2, 3, 4, 5, 6, 7, 8]] {
      let server = try server("gzip", body)
      defer { server.stop() }
      let error = await client.failure(of: HTTPRequest(url: server.origin + "/"))
      #expect(error?.isTransient == true, "\(String(describing: error))")
    }
  }
}
