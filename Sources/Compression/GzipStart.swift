internal import CZlib

/// The beginning of a member of gzip (RFC 1952), compressed once for however many ends.
///
/// ```swift
/// let start = GzipStart(text)
/// send(start.ending(with: counts))
/// ```
package struct GzipStart: Sendable {
  private let compressed: [UInt8]
  private let checksum: UInt
  private let count: Int

  /// `level` 1 is the fastest, 9 the smallest.
  package init(_ bytes: [UInt8], level: Int32 = 1) {
    let stream = GzipStream(level: level, .none)
    compressed = Self.head + stream.append(bytes) + stream.flush()
    (checksum, count) = (Self.checksum(of: bytes), bytes.count)
  }

  /// No name, no time; 3 is Unix.
  private static let head: [UInt8] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3]

  /// The whole member.
  package func ending(with bytes: [UInt8]) -> [UInt8] {
    let stream = GzipStream(level: 1, .none)
    let whole = crc32_combine(checksum, Self.checksum(of: bytes), bytes.count)
    var member = compressed + stream.append(bytes) + stream.finish()
    for number in [whole, UInt(count + bytes.count)] {
      for shift in stride(from: UInt(0), to: 32, by: 8) {
        member.append(UInt8(truncatingIfNeeded: number >> shift))
      }
    }
    return member
  }

  private static func checksum(of bytes: [UInt8]) -> UInt {
    unsafe bytes.withUnsafeBufferPointer { unsafe crc32(0, $0.baseAddress, UInt32($0.count)) }
  }
}
