/// A cyclic redundancy check: one of the three that S3 keeps of whole objects.
///
/// The checks of two pieces combine to the check of both together, so that pieces that were fetched side
/// by side need no second reading (Ross Williams, "A Painless Guide to CRC Error Detection Algorithms";
/// combining as zlib's `crc32_combine` does, by multiplying polynomials).
///
/// ```swift
/// var state = CyclicCode.crc32.start
/// CyclicCode.crc32.update(&state, with: bytes)
/// CyclicCode.crc32.value(state)     // 0xCBF43926 for "123456789"
/// ```
package struct CyclicCode: Sendable, CustomStringConvertible {
  /// IEEE 802.3, as in zlib.
  package static let crc32 = CyclicCode(width: 32, polynomial: 0xEDB8_8320)
  /// Castagnoli, as in iSCSI.
  package static let crc32c = CyclicCode(width: 32, polynomial: 0x82F6_3B78)
  /// NVM Express, which S3 adds to every new object.
  package static let crc64nvme = CyclicCode(width: 64, polynomial: 0x9A6C_9329_AC4B_C9B5)

  package let width: Int
  /// With its bits reversed: the highest bit is the coefficient of 1.
  private let polynomial: UInt64
  /// What each byte adds, from each of eight places: `table[place * 256 + byte]`.
  private let table: [UInt64]

  private init(width: Int, polynomial: UInt64) {
    self.width = width
    self.polynomial = polynomial
    var table = [UInt64](repeating: 0, count: 8 * 256)
    for byte in 0..<256 {
      var value = UInt64(byte)
      for _ in 0..<8 { value = value & 1 == 0 ? value >> 1 : value >> 1 ^ polynomial }
      table[byte] = value
    }
    for index in 256..<table.count {
      let before = table[index - 256]
      table[index] = before >> 8 ^ table[Int(before & 0xFF)]
    }
    self.table = table
  }

  package var description: String { "CRC of \(width) bits, \(String(polynomial, radix: 16))" }

  private var ones: UInt64 { .max >> UInt64(64 - width) }

  /// The state before any byte.
  package var start: UInt64 { ones }

  /// The check of the bytes that led to a state.
  package func value(_ state: UInt64) -> UInt64 { state ^ ones }

  /// Goes on over more bytes, eight at a time.
  package func update(_ state: inout UInt64, with bytes: UnsafeRawBufferPointer) {
    table.withUnsafeBufferPointer { table in
      var now = state
      var index = 0
      while index + 8 <= bytes.count {
        // A state has at most eight bytes, so the next eight take in all of it.
        let word =
          UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self)) ^ now
        now =
          table[7 * 256 + Int(word & 0xFF)] ^ table[6 * 256 + Int(word >> 8 & 0xFF)]
          ^ table[5 * 256 + Int(word >> 16 & 0xFF)] ^ table[4 * 256 + Int(word >> 24 & 0xFF)]
          ^ table[3 * 256 + Int(word >> 32 & 0xFF)] ^ table[2 * 256 + Int(word >> 40 & 0xFF)]
          ^ table[256 + Int(word >> 48 & 0xFF)] ^ table[Int(word >> 56)]
        index += 8
      }
      while index < bytes.count {
        now = now >> 8 ^ table[Int((now ^ UInt64(bytes[index])) & 0xFF)]
        index += 1
      }
      state = now
    }
  }

  /// The check of some bytes followed by `count` others, from the checks of both.
  package func combined(_ first: UInt64, _ second: UInt64, count: Int64) -> UInt64 {
    product(power(of: UInt64(count) &* 8), first) ^ second
  }

  /// x to the power of `exponent`, modulo the polynomial.
  private func power(of exponent: UInt64) -> UInt64 {
    var result: UInt64 = 1 << UInt64(width - 1)
    var square: UInt64 = 1 << UInt64(width - 2)
    var rest = exponent
    while rest > 0 {
      if rest & 1 == 1 { result = product(square, result) }
      square = product(square, square)
      rest >>= 1
    }
    return result
  }

  private func product(_ left: UInt64, _ right: UInt64) -> UInt64 {
    var (shifted, sum) = (right, UInt64(0))
    var bit: UInt64 = 1 << UInt64(width - 1)
    while bit > 0 {
      if left & bit != 0 { sum ^= shifted }
      shifted = shifted & 1 == 0 ? shifted >> 1 : shifted >> 1 ^ polynomial
      bit >>= 1
    }
    return sum
  }

  /// The check as S3's headers have it before base64: big-endian, as many bytes as it has.
  package func bytes(of value: UInt64) -> [UInt8] {
    stride(from: width - 8, through: 0, by: -8).map { UInt8(value >> UInt64($0) & 0xFF) }
  }
}
