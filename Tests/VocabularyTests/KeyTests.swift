import TestSupport
import Testing
import Vocabulary

@Suite struct KeyTests {
  /// In UTF-16 the last two would change places.
  static let inOrder: [Key] = [
    .start, Key("\0"), Key("\0\0"), Key("A"), Key("a"), Key("a\0"), Key("a/"), Key("a/b"),
    Key("a0"),
    Key("aa"), Key("é"), Key("\u{D7FF}"), Key("\u{E000}"), Key("\u{FFFF}"), Key("\u{10000}"),
    Key("\u{10FFFF}"), Key([0xFF]), Key([0xFF, 0]),
  ]

  @Test func sortsByUTF8Bytes() {
    for (position, left) in Self.inOrder.enumerated() {
      for (other, right) in Self.inOrder.enumerated() {
        #expect((left < right) == (position < other), "\(left.bytes) and \(right.bytes)")
      }
    }
  }

  @Test(arguments: 0..<8 as Range<UInt64>)
  func sortsRandomTextsLikeTheirScalars(seed: UInt64) {
    var random = SplitMix64(seed: seed)
    for _ in 0..<500 {
      let left = Self.text(&random)
      let right = Self.text(&random)
      let expected = left.unicodeScalars.map(\.value)
        .lexicographicallyPrecedes(right.unicodeScalars.map(\.value))
      #expect((Key(left) < Key(right)) == expected, "seed \(seed): \(left) and \(right)")
    }
  }

  @Test func keepsCanonicallyEqualTextsApart() {
    #expect(Key("e\u{301}") != Key("\u{E9}"))
    #expect(Key("e\u{301}") < Key("\u{E9}"))
  }

  @Test func hasNothingBetweenAKeyAndItsSuccessor() {
    for key in Self.inOrder {
      #expect(key < key.successor)
      for other in Self.inOrder where other > key { #expect(other >= key.successor) }
    }
  }

  @Test(
    arguments: [
      ([0x61], [0x62]), ([0x61, 0x2F], [0x61, 0x30]), ([0x61, 0xFF], [0x62]),
      ([0x61, 0xFF, 0xFF], [0x62]), ([0xFE, 0xFF], [0xFF]), ([0xFF, 0x00], [0xFF, 0x01]),
    ] as [([UInt8], [UInt8])])
  func boundsAPrefixFromAbove(prefix: [UInt8], bound: [UInt8]) {
    #expect(Key(prefix).prefixUpperBound == Key(bound))
  }

  @Test(arguments: [[], [0xFF], [0xFF, 0xFF]] as [[UInt8]])
  func leavesPrefixesThatNothingFollowsUnbounded(prefix: [UInt8]) {
    #expect(Key(prefix).prefixUpperBound == nil)
  }

  @Test func showsBytesThatAreNotUTF8AsReplacements() {
    #expect(Key([0x61, 0xFF, 0x62]).text == "a\u{FFFD}b")
  }

  static func text(_ random: inout SplitMix64) -> String {
    let scalars: [Unicode.Scalar] = [
      "\0", "a", "b", "/", "\u{7F}", "\u{80}", "\u{7FF}", "\u{800}", "\u{D7FF}", "\u{E000}",
      "\u{FFFF}", "\u{10000}", "\u{10FFFF}",
    ]
    var text = ""
    for _ in 0..<random.below(5) { text.unicodeScalars.append(random.pick(scalars)) }
    return text
  }
}

@Suite struct KeyIntervalTests {
  @Test(arguments: 0..<8 as Range<UInt64>)
  func holdsExactlyTheKeysWithItsPrefix(seed: UInt64) {
    var random = SplitMix64(seed: seed)
    for _ in 0..<500 {
      let prefix = Self.bytes(&random)
      let key = Self.bytes(&random)
      let interval = KeyInterval(prefix: Key(prefix))
      #expect(
        interval.contains(Key(key)) == key.starts(with: prefix),
        "seed \(seed): \(prefix) and \(key)")
    }
  }

  @Test(arguments: 0..<8 as Range<UInt64>)
  func limitsToAnExclusiveLowerAndAnInclusiveUpperEnd(seed: UInt64) {
    var random = SplitMix64(seed: seed)
    for _ in 0..<500 {
      let interval = KeyInterval(prefix: Key(Self.bytes(&random)))
      let after = Key(Self.bytes(&random))
      let through = random.isOneIn(3) ? nil : Key(Self.bytes(&random))
      let limited = interval.limited(after: after, through: through)
      for _ in 0..<20 {
        let key = Key(Self.bytes(&random))
        // Nothing is listed before the start, so the empty key, which no object has, counts as in.
        let isInside =
          interval.contains(key) && (key > after || after.isStart)
          && (through.map { key <= $0 } ?? true)
        #expect(limited.contains(key) == isInside, "seed \(seed): \(key.bytes) in \(limited)")
      }
    }
  }

  @Test func isUnboundedWithoutAPrefix() {
    let all = KeyInterval(prefix: .start)
    #expect(all == KeyInterval(lower: .start, upper: nil))
    #expect(all.limited(after: .start, through: nil) == all)
    #expect(all.contains(Key([UInt8](repeating: 0xFF, count: 1_024))))
  }

  private static func bytes(_ random: inout SplitMix64) -> [UInt8] {
    (0..<random.below(4)).map { _ in random.pick([0x00, 0x2F, 0x61, 0xFE, 0xFF]) }
  }
}
