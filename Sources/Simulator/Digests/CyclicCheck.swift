/// A cyclic redundancy check with reflected bits, all ones at the beginning and inverted at the end.
///
/// Written from the definition of each polynomial, apart from the client's, so that the two check
/// each other. Eight bytes at a time ("slicing by 8", Kounavis and Berry 2005).
struct CyclicCheck: Sendable {
  static let crc32 = CyclicCheck(bits: 32, polynomial: 0xEDB8_8320)
  static let crc32c = CyclicCheck(bits: 32, polynomial: 0x82F6_3B78)
  static let crc64nvme = CyclicCheck(bits: 64, polynomial: 0x9A6C_9329_AC4B_C9B5)

  private let bits: Int
  /// `tables[256 * n + byte]`: what a byte adds with n more behind it.
  private let tables: [UInt64]

  private init(bits: Int, polynomial: UInt64) {
    self.bits = bits
    var tables = (0..<UInt64(256)).map { byte in
      (0..<8).reduce(byte) { rest, _ in rest >> 1 ^ (rest & 1 == 1 ? polynomial : 0) }
    }
    for place in 256..<2_048 {
      tables.append(tables[place - 256] >> 8 ^ tables[Int(tables[place - 256] & 0xFF)])
    }
    self.tables = tables
  }

  var start: UInt64 { UInt64.max >> UInt64(64 - bits) }

  func update(_ state: inout UInt64, _ bytes: UnsafeRawBufferPointer) {
    tables.withUnsafeBufferPointer { tables in
      var rest = state
      var place = 0
      while place &+ 8 <= bytes.count {
        let word = UInt64(
          littleEndian: bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self))
        var mixed = word ^ rest
        rest = 0
        var table = 7 * 256
        while table >= 0 {
          rest ^= tables[table &+ Int(truncatingIfNeeded: mixed & 0xFF)]
          mixed >>= 8
          table &-= 256
        }
        place &+= 8
      }
      while place < bytes.count {
        rest = tables[Int(truncatingIfNeeded: (rest ^ UInt64(bytes[place])) & 0xFF)] ^ rest >> 8
        place &+= 1
      }
      state = rest
    }
  }

  /// The check of all bytes so far, big-endian.
  func value(_ state: UInt64) -> [UInt8] {
    let value = state ^ start
    return (1...bits / 8).map { UInt8(truncatingIfNeeded: value >> UInt64(bits - 8 * $0)) }
  }
}
