import TestSupport
import Testing
import Vocabulary

/// Ranges that lie beside each other, against looking at every key.
@Suite struct KeyRangesTests {
  private static func range(_ text: String) throws -> KeyRange { try KeyRange(written: text) }

  private static func ranges(_ texts: String...) throws -> KeyRanges {
    try #require(KeyRanges(texts.map { try range($0) }))
  }

  @Test func gapsAreWhatIsBetweenThem() throws {
    #expect(
      try Self.ranges("f:m", ":c").gaps.map(\.written) == ["c:f", "m:"])
    #expect(try Self.ranges(":c", "c:").gaps.isEmpty)
    #expect(KeyRanges().gaps == [.whole])
  }

  @Test(arguments: [[":d", "c:f"], [":", "c:f"], ["c:f", "c:f"], ["c:", "d:"]])
  func refusesCommonKeys(_ texts: [String]) throws {
    #expect(KeyRanges(try texts.map { try Self.range($0) }) == nil)
  }

  /// A key space of short keys, so that cuts fall on keys, beside them, and into them.
  private static func key(_ random: inout SplitMix64) -> Key {
    Key(
      (0..<Int.random(in: 1...3, using: &random)).map { _ in
        [0x00, 0x0A, 0x22, 0x61, 0x62, 0xC3, 0xFF].randomElement(using: &random) ?? 0
      })
  }

  /// Some of the ranges that random cuts leave.
  private static func someRanges(_ random: inout SplitMix64) -> KeyRanges {
    let cuts = Set((0..<Int.random(in: 0...9, using: &random)).map { _ in key(&random) }).sorted()
    let ends: [Key?] = cuts.map { $0 } + [nil]
    let all = zip([.start] + cuts, ends).map { KeyRange(lower: $0, upper: $1) }
    let kept = all.filter { _ in Int.random(in: 0..<4, using: &random) > 0 }
    return KeyRanges(kept.shuffled(using: &random)) ?? KeyRanges()
  }

  private static func holds(_ ranges: [KeyRange], _ key: Key) -> Bool {
    ranges.contains { $0.contains(key) }
  }

  @Test func randomRangesHoldTheirKeys() {
    var random = SplitMix64(seed: 18)
    for _ in 0..<1_000 {
      let (one, other) = (Self.someRanges(&random), Self.someRanges(&random))
      let rest = one.subtracting(other)
      let all = other.adding(rest)
      for _ in 0..<20 {
        let key = Self.key(&random)
        let isInOne = Self.holds(one.ranges, key)
        let isInOther = Self.holds(other.ranges, key)
        #expect(Self.holds(one.gaps, key) != isInOne)
        #expect(Self.holds(rest.ranges, key) == (isInOne && !isInOther))
        #expect(Self.holds(all.ranges, key) == (isInOne || isInOther))
      }
    }
  }

  /// Pages in the order of keys, and what becomes of them in the ranges: each range is covered to its end, once,
  /// without a gap, and each key is a part of it.
  @Test func randomSplitsCoverEachRangeOnce() {
    var random = SplitMix64(seed: 19)
    for _ in 0..<1_000 {
      let ranges = Self.someRanges(&random)
      let keys = Set((0..<Int.random(in: 0...60, using: &random)).map { _ in Self.key(&random) })
        .filter { Self.holds(ranges.ranges, $0) }.sorted()
      var cursor = RangeCursor(ranges)
      var found: [Key: [Key]] = [:]
      var reached: [Key: Key] = [:]
      var ended: Set<Key> = []
      var rest = keys[...]
      var isLast = false
      while !isLast {
        let count = Int.random(in: 1...9, using: &random)
        let page = Self.page(rest.prefix(count))
        isLast = rest.isEmpty
        rest = rest.dropFirst(count)
        for case .merge(let coverage, let range) in cursor.steps(for: page) {
          #expect(!ended.contains(range.lo))
          #expect(coverage.after == reached[range.lo] ?? range.lo)
          let covered = KeyInterval(prefix: .start)
            .limited(after: coverage.after, through: coverage.through ?? range.hi)
          found[range.lo, default: []] += page.records.indices.map { page.key(at: $0) }
            .filter { covered.contains($0) }
          reached[range.lo] = coverage.through
          if coverage.through == nil { ended.insert(range.lo) }
        }
      }
      #expect(ended == Set(ranges.ranges.map(\.lower)))
      #expect(ranges.ranges.flatMap { found[$0.lower] ?? [] } == keys)
    }
  }

  private static func page(_ keys: ArraySlice<Key>) -> ObjectPage {
    var page = ObjectPage()
    for key in keys {
      page.append(
        key: key, etag: "e", size: 1, lastModified: Timestamp(millisecondsSinceEpoch: 1),
        storageClass: "STANDARD")
    }
    return page
  }
}
