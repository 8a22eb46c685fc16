import S3
import Simulator
import TestSupport
import Testing
import Vocabulary

@testable import Crawl

@Suite struct RangePlanTests {
  /// Some keys of each shape, in their order.
  private static func sample(_ shape: KeyShape, _ count: Int) -> [Key] {
    let space = KeySpace(shape: shape, slots: count, seed: 7)
    return (0..<count).map { space.key(at: $0) }
  }

  /// A cut anywhere: inside a key, on one, right behind one, at bytes that are no text, or beyond the last.
  private func cut(_ keys: [Key], _ random: inout SplitMix64) -> Key {
    let bytes = keys[random.below(keys.count)].bytes
    switch random.below(5) {
    case 0: return Key(bytes)
    case 1: return Key(bytes + [0])
    case 2: return Key(Array(bytes.prefix(random.below(bytes.count + 1))))
    case 3: return Key(bytes.prefix(random.below(bytes.count)) + [UInt8(random.below(256))])
    default: return Key([0xFF, UInt8(random.below(256))])
    }
  }

  @Test(arguments: KeyShape.allCases)
  func plansWithCutsAnywhereHaveEachKeyOnce(shape: KeyShape) {
    var random = SplitMix64(seed: 11)
    let keys = Self.sample(shape, 40)
    for _ in 0..<300 {
      let cuts = Set((0..<random.below(6)).map { _ in cut(keys, &random) }.filter { !$0.isStart })
        .sorted()
      let ranges = zip([Key.start] + cuts, cuts.map { Optional($0) } + [nil]).map {
        KeyRange(lower: $0, upper: $1)
      }
      let counts = keys.map { key in ranges.count { $0.contains(key) } }
      guard counts.allSatisfy({ $0 == 1 }) else {
        Issue.record("\(ranges.map(\.written)): \(counts)")
        return
      }
      var tiling = Tiling()
      for range in ranges.shuffled(using: &random) {
        tiling.add(
          PlannedRange(bucket: "b", range: range), at: Tiling.Place(file: "", line: 0))
      }
      guard tiling.findings.isEmpty else {
        Issue.record("\(ranges.map(\.written)): \(tiling.findings)")
        return
      }
    }
  }

  /// What is listed of a range is all of it and nothing else, whatever the server does, or a fault.
  ///
  /// Keys outside of a prefix are none where there is no prefix.
  @Test(
    arguments: ScriptedListing.Misbehaviour.allCases.filter { $0 != .sendsKeysOutsideThePrefix })
  func aRangeIsListedAloneOrNotAtAll(misbehaviour: ScriptedListing.Misbehaviour) {
    var random = SplitMix64(seed: 5)
    let keys = Self.sample(.hostile, 120)
    for _ in 0..<12 {
      let ends = [cut(keys, &random), cut(keys, &random)].sorted()
      guard ends[0] < ends[1] else { continue }
      let range = KeyRange(lower: ends[0], upper: random.isOneIn(4) ? nil : ends[1])
      var listing = ScriptedListing(
        keys: keys, misbehaviour, lengths: 1...20, random: SplitMix64(seed: 3))
      guard let found = listed(range, &listing, isSerial: random.isOneIn(3), &random) else {
        #expect(misbehaviour != .none)
        continue
      }
      #expect(found.allSatisfy { range.contains($0) })
      // One page that lies behind a range ends it: nobody can tell that others were left out.
      let isTold = misbehaviour != .shufflesPages
      if isTold, !ScriptedListing.visibleSideBySide.contains(misbehaviour) {
        #expect(found.sorted() == keys.filter { range.contains($0) }, "\(range.written)")
      }
    }
  }

  /// The keys that are passed on of a range; nil for a fault.
  private func listed(
    _ range: KeyRange, _ listing: inout ScriptedListing, isSerial: Bool,
    _ random: inout SplitMix64
  ) -> [Key]? {
    var frontier = Frontier(
      [CrawlRange(lo: range.lower, hi: range.upper, cursor: range.lower)], prefix: .start,
      isSerial: isSerial, isConfined: true)
    var waiting: [Frontier.Request] = []
    var keys: [Key] = []
    do {
      while !frontier.isDone || !waiting.isEmpty {
        waiting += frontier.next(upTo: 4 - waiting.count).requests
        let request = waiting.remove(at: random.below(waiting.count))
        for step in try frontier.accept(listing.answer(request.position), to: request) {
          switch step {
          case .restart: Issue.record("a range begins at its own beginning")
          case .split: continue
          case .merge(let coverage, let part):
            keys += coverage.records(of: part).map { coverage.page.key(at: $0) }
          }
        }
      }
    } catch {
      return nil
    }
    return keys
  }

  /// The two shapes that mislead a guess most: a folder with nine keys in ten, and folders of every kind.
  ///
  /// Where the other folders have less than a page, steps lead over that one.
  @Test(
    arguments: [
      (KeyShape.skewed, 5_000_000), (.hostile, 5_000_000), (.skewed, 300_000), (.skewed, 50_000),
    ] as [(KeyShape, Int)])
  func askingCutsIntoRangesOfAboutOneSize(shape: KeyShape, slots: Int) throws {
    let space = KeySpace(shape: shape, slots: slots, seed: 1)
    let ranges = try swept(space, into: 64)
    let sizes = ranges.map { range in
      let end = range.keys.upper.map { space.firstSlot(after: $0) } ?? space.slots
      return end - (range.keys.lower.isStart ? 0 : space.firstSlot(after: range.keys.lower))
    }
    #expect(sizes.count == 64 && sizes.reduce(0, +) == space.slots)
    #expect(sizes.max() ?? 0 <= 3 * space.slots / 64)
  }

  @Test(arguments: KeyShape.allCases)
  func cutsSmallBucketsExactly(shape: KeyShape) throws {
    let ranges = try swept(KeySpace(shape: shape, slots: 1_500, seed: 1), into: 1_000)
    #expect(ranges.allSatisfy { $0.objects == 1 || $0.objects == 2 })
    #expect(throws: TooFewKeys(keys: 500, ranges: 1_000)) {
      try swept(KeySpace(shape: shape, slots: 500, seed: 1), into: 1_000)
    }
    #expect(try swept(KeySpace(shape: shape, slots: 0, seed: 1), into: 1).map(\.objects) == [0])
  }

  private func swept(_ space: KeySpace, into count: Int) throws -> [RangeSweep.Range] {
    var sweep = RangeSweep(prefix: .start, goal: .ranges(count))
    while let question = sweep.question {
      let first = question.isStart ? 0 : space.firstSlot(after: question)
      let end = min(first + 1_000, space.slots)
      sweep.accept((first..<end).map { space.key(at: $0) }, isEnd: end == space.slots)
    }
    #expect(sweep.requestCount <= 4 * count)
    return try sweep.ranges()
  }
}
