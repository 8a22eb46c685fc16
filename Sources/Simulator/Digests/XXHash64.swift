/// XXH64 with seed 0 (xxHash fast digest algorithm, version 0.1.1).
struct XXHash64 {
  private static let primes: [UInt64] = [
    0x9E37_79B1_85EB_CA87, 0xC2B2_AE3D_27D4_EB4F, 0x1656_67B1_9E37_79F9, 0x85EB_CA77_C2B2_AE63,
    0x27D4_EB2F_1656_67C5,
  ]

  private var lanes: [UInt64] = [
    primes[0] &+ primes[1], primes[1], 0, 0 &- primes[0],
  ]
  /// Bytes that do not fill a stripe of 32 yet.
  private var rest: [UInt8] = []
  private var count: UInt64 = 0

  mutating func update(_ bytes: UnsafeRawBufferPointer) {
    count &+= UInt64(bytes.count)
    rest += bytes
    var place = 0
    rest.withUnsafeBytes { rest in
      while rest.count - place >= 32 {
        for lane in 0..<4 {
          let word = UInt64(
            littleEndian: rest.loadUnaligned(fromByteOffset: place + lane * 8, as: UInt64.self))
          lanes[lane] = Self.round(lanes[lane], word)
        }
        place += 32
      }
    }
    rest.removeFirst(place)
  }

  /// The digest of all bytes so far, big-endian as its canonical form is.
  func finish() -> [UInt8] {
    let primes = Self.primes
    var hash = primes[4]
    if count >= 32 {
      let turns: [UInt64] = [1, 7, 12, 18]
      hash = zip(lanes, turns).reduce(0) { $0 &+ Self.turned($1.0, $1.1) }
      for lane in lanes { hash = (hash ^ Self.round(0, lane)) &* primes[0] &+ primes[3] }
    }
    hash = hash &+ count
    var left = rest[...]
    func number(_ bytes: ArraySlice<UInt8>) -> UInt64 {
      bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }
    while left.count >= 8 {
      hash ^= Self.round(0, number(left.prefix(8)))
      hash = Self.turned(hash, 27) &* primes[0] &+ primes[3]
      left = left.dropFirst(8)
    }
    if left.count >= 4 {
      hash ^= number(left.prefix(4)) &* primes[0]
      hash = Self.turned(hash, 23) &* primes[1] &+ primes[2]
      left = left.dropFirst(4)
    }
    for byte in left { hash = Self.turned(hash ^ UInt64(byte) &* primes[4], 11) &* primes[0] }
    hash = (hash ^ hash >> 33) &* primes[1]
    hash = (hash ^ hash >> 29) &* primes[2]
    hash ^= hash >> 32
    return (1...8).map { UInt8(truncatingIfNeeded: hash >> UInt64(64 - 8 * $0)) }
  }

  private static func round(_ lane: UInt64, _ word: UInt64) -> UInt64 {
    turned(lane &+ word &* primes[1], 31) &* primes[0]
  }

  private static func turned(_ value: UInt64, _ bits: UInt64) -> UInt64 {
    value << bits | value >> (64 - bits)
  }
}
