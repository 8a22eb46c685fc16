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

  /// A member that holds bytes as they are, as RFC 1952 and 1951 (3.2.4) describe it.
  private static func member(_ bytes: [UInt8]) -> [UInt8] {
    var sum = UInt32.max
    for byte in bytes {
      sum ^= UInt32(byte)
      for _ in 0..<8 { sum = sum & 1 == 1 ? sum >> 1 ^ 0xEDB8_8320 : sum >> 1 }
    }
    func little(_ value: UInt32, _ count: Int) -> [UInt8] {
      (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * UInt32($0))) }
    }
    let count = UInt32(bytes.count)
    return [31, 139, 8, 0, 0, 0, 0, 0, 0, 3, 1] + little(count, 2) + little(~count, 2) + bytes
      + little(~sum, 4) + little(count, 4)
  }

  private static let text = Array("hello gzip".utf8)

  private static let siblings: [(String, [UInt8])] = [
    ("gzip", member(Array("hello ".utf8)) + member(Array("gzip".utf8))),
    ("gzip", member(Array("hello ".utf8)) + member([]) + member(Array("gzip".utf8))),
    ("gzip", gzip + [UInt8](repeating: 0, count: 512)), ("gzip", gzip + Array("garbage".utf8)),
    ("gzip", text), ("deflate", text), ("br", text),
    ("zstd", text), ("utf-8", text), ("aws-chunked", text), ("gzip, identity", gzip),
    ("identity, gzip", gzip), ("gzip, gzip", member(gzip)), ("deflate, gzip", member(deflate)),
    ("deflate", Array(deflate.dropFirst(2).dropLast(4))),
  ]

  @Test(arguments: siblings)
  func areReadAsOtherToolsReadThem(coding: String, body: [UInt8]) async throws {
    let server = try server(coding, body)
    defer { server.stop() }
    #expect(try await client.send(HTTPRequest(url: server.origin + "/")).body == Self.text)
  }

  @Test func mayComeInMembersAndChunksOfAnyLength() async throws {
    let body = Self.member(Array("hello ".utf8)) + Self.member(Array("gzip".utf8))
    let server = try LoopbackServer { connection in
      while connection.readRequest() != nil {
        connection.send(
          "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n")
        for byte in body {
          connection.send("1\r\n")
          connection.send([byte])
          connection.send("\r\n")
        }
        connection.send("0\r\n\r\n")
      }
    }
    defer { server.stop() }
    #expect(try await client.send(HTTPRequest(url: server.origin + "/")).body == Self.text)
  }

  @Test func membersAreLimitedTogether() async throws {
    let server = try server("gzip", Self.gzip + Self.gzip)
    defer { server.stop() }
    let error = await client.failure(
      of: HTTPRequest(url: server.origin + "/", bodyBytesMax: Self.gzip.count * 2))
    #expect(error == nil)
    let second = try self.server("gzip", Self.bomb + Self.gzip)
    defer { second.stop() }
    let tooLong = await client.failure(
      of: HTTPRequest(url: second.origin + "/", bodyBytesMax: (1 << 20) + 9))
    #expect(tooLong?.kind == .bodyTooLarge)
  }

  @Test func areNeverTakenForWholeWhenTheyAreDamaged() async throws {
    let wrongSum = Array(Self.gzip.dropLast(8)) + [UInt8](repeating: 0, count: 8)
    let cut = (1..<Self.gzip.count).map { Array(Self.gzip.prefix($0)) }
    let secondCut = Self.gzip + Self.member(Self.text).dropLast(3)
    for body in [wrongSum, [1, 2, 3, 4, 5, 6, 7, 8], Array(secondCut)] + cut {
      let server = try server("gzip", body)
      defer { server.stop() }
      let error = await client.failure(of: HTTPRequest(url: server.origin + "/"))
      #expect(error?.kind == .damagedBody && error?.isTransient == true, "\(body.count) bytes")
      #expect(error?.description.contains("compressed") == true && error?.curlCode == 0)
    }
  }
}
