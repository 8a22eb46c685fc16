/// A set of byte values.
struct ByteSet: Equatable, Sendable {
  private var words = SIMD4<UInt64>()

  init() {}

  init(_ ranges: ClosedRange<UInt8>...) {
    for range in ranges { for byte in range { insert(byte) } }
  }

  var count: Int {
    (0..<4).reduce(0) { $0 + words[$1].nonzeroBitCount }
  }

  func contains(_ byte: UInt8) -> Bool {
    words[Int(byte >> 6)] & (1 << UInt64(byte & 63)) != 0
  }

  mutating func insert(_ byte: UInt8) {
    words[Int(byte >> 6)] |= 1 << UInt64(byte & 63)
  }

  func isSubset(of other: ByteSet) -> Bool { words & ~other.words == SIMD4<UInt64>() }

  /// The smallest member that is `byte` or greater.
  func next(from byte: UInt8) -> UInt8? {
    var index = Int(byte >> 6)
    var word = words[index] & (~0 << UInt64(byte & 63))
    while word == 0 {
      index += 1
      guard index < 4 else { return nil }
      word = words[index]
    }
    return UInt8(index * 64 + word.trailingZeroBitCount)
  }

  /// The members in `range`.
  func limited(to range: ClosedRange<Int>) -> ByteSet {
    var limited = self
    for index in 0..<4 {
      limited.words[index] &= Self.mask(range, word: index)
    }
    return limited
  }

  private static func mask(_ range: ClosedRange<Int>, word: Int) -> UInt64 {
    let lower = max(range.lowerBound - word * 64, 0)
    let upper = min(range.upperBound - word * 64, 63)
    guard lower <= upper else { return 0 }
    return (~0 << UInt64(lower)) & (~0 >> UInt64(63 - upper))
  }

  static func - (left: ByteSet, right: ByteSet) -> ByteSet {
    var rest = left
    rest.words &= ~right.words
    return rest
  }
}

extension ByteSet {
  /// The digits, the capital and the small letters, each as far as any of them is a member.
  static func alphanumerics(like members: ByteSet) -> ByteSet {
    var all = ByteSet()
    for kind in [digits, capitals, smallLetters] where (members - kind) != members {
      all.words |= kind.words
    }
    return all
  }

  private static let capitals = ByteSet(UInt8(ascii: "A")...UInt8(ascii: "Z"))
  private static let smallLetters = ByteSet(UInt8(ascii: "a")...UInt8(ascii: "z"))

  static let digits = ByteSet(UInt8(ascii: "0")...UInt8(ascii: "9"))
  static let hexDigits = ByteSet(
    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"))
}
