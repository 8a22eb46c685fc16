import Index
import TestSupport
import Testing
import Vocabulary

@testable import Crawl

/// What every sink owes a crawl, as `CrawlSink` says it.
///
/// A new sink passes this suite before it has tests of its own: give it a case in `SinkKind`.
@Suite struct SinkTests {
  // MARK: - Pages

  @Test(arguments: SinkKind.allCases)
  func takesAPage(_ kind: SinkKind) async throws {
    let sink = try await kind.make()
    let counts = try await sink.apply([
      .merge(coverage(["a", "b", "c"], after: ""), into: range("", nil))
    ])
    #expect(counts.objects == 3)
    #expect(try await sink.finish().map(\.text) == ["a", "b", "c"])
  }

  @Test(arguments: SinkKind.allCases)
  func takesARangePageAfterPage(_ kind: SinkKind) async throws {
    let sink = try await kind.make()
    let whole = range("", nil)
    var counts = try await sink.apply([
      .merge(coverage(["a", "b"], after: "", through: "b"), into: whole)
    ])
    counts += try await sink.apply([.merge(coverage(["c"], after: "b"), into: whole)])
    #expect(counts.objects == 3)
    #expect(try await sink.finish().map(\.text) == ["a", "b", "c"])
  }

  @Test(arguments: SinkKind.allCases)
  func takesAnEmptyBucket(_ kind: SinkKind) async throws {
    let sink = try await kind.make()
    let counts = try await sink.apply([.merge(coverage([], after: ""), into: range("", nil))])
    #expect(counts.objects == 0)
    #expect(try await sink.finish().map(\.text) == [])
  }

  @Test(arguments: SinkKind.allCases)
  func takesNothingForAnEmptyCall(_ kind: SinkKind) async throws {
    let sink = try await kind.make()
    #expect(try await sink.apply([]) == ChangeCounts())
  }

  // MARK: - Ranges

  @Test(arguments: SinkKind.allCases)
  func takesPagesOfARangeThatWasSplitOff(_ kind: SinkKind) async throws {
    let sink = try await kind.make()
    // The new range answers first.
    let counts = try await sink.apply([
      .split(lo: .start, at: Key("c")),
      .merge(coverage(["d", "e"], after: "c"), into: range("c", nil)),
      .merge(coverage(["a", "b", "c"], after: "", through: "c"), into: range("", "c")),
      .merge(coverage([], after: "c"), into: range("", "c")),
    ])
    #expect(counts.objects == 5)
    #expect(try await sink.finish().sorted().map(\.text) == ["a", "b", "c", "d", "e"])
  }

  @Test(arguments: SinkKind.allCases)
  func splitsARangeThatWasJustSplitOff(_ kind: SinkKind) async throws {
    let sink = try await kind.make()
    _ = try await sink.apply([
      .split(lo: .start, at: Key("b")), .split(lo: Key("b"), at: Key("d")),
      .merge(coverage(["e"], after: "d"), into: range("d", nil)),
      .merge(coverage(["c", "d"], after: "b"), into: range("b", "d")),
    ])
    let counts = try await sink.apply([
      .merge(coverage(["a", "b"], after: ""), into: range("", "b"))
    ])
    #expect(counts.objects == 2)
    #expect(try await sink.finish().sorted().map(\.text) == ["a", "b", "c", "d", "e"])
  }

  @Test(arguments: SinkKind.allCases)
  func splitsWhatARangeHasStillToList(_ kind: SinkKind) async throws {
    let sink = try await kind.make()
    _ = try await sink.apply([
      .merge(coverage(["a", "b"], after: "", through: "b"), into: range("", nil))
    ])
    let counts = try await sink.apply([
      .split(lo: .start, at: Key("d")),
      .merge(coverage(["c", "d"], after: "b"), into: range("", "d")),
      .merge(coverage(["e"], after: "d"), into: range("d", nil)),
    ])
    #expect(counts.objects == 3)
    #expect(try await sink.finish().map(\.text) == ["a", "b", "c", "d", "e"])
  }

  @Test(arguments: SinkKind.allCases)
  func leavesOutWhatLiesBeyondTheRange(_ kind: SinkKind) async throws {
    let sink = try await kind.make()
    let counts = try await sink.apply([
      .split(lo: .start, at: Key("c")),
      .merge(coverage(["a", "b", "c", "d", "e"], after: ""), into: range("", "c")),
      .merge(coverage(["b", "c", "d", "e"], after: "c"), into: range("c", nil)),
    ])
    #expect(counts.objects == 5)
    #expect(try await sink.finish().map(\.text) == ["a", "b", "c", "d", "e"])
  }

  // MARK: - Beginning again

  @Test(arguments: SinkKind.allCases, [true, false])
  func passesNothingOnTwiceWhenACrawlBeginsAgain(
    _ kind: SinkKind, isOrdered: Bool
  ) async throws {
    let sink = try await kind.make()
    _ = try await sink.apply([
      .split(lo: .start, at: Key("c")),
      .merge(coverage(["a", "b"], after: "", through: "b"), into: range("", "c")),
      .merge(coverage(["d"], after: "c", through: "d"), into: range("c", nil)),
    ])
    _ = try await sink.apply([.restart(isOrdered: isOrdered)])
    _ = try await sink.apply([
      .merge(coverage(["a", "b", "c", "d", "e"], after: ""), into: range("", nil))
    ])
    #expect(try await sink.finish().sorted().map(\.text) == ["a", "b", "c", "d", "e"])
  }

  @Test(arguments: SinkKind.allCases)
  func countsOfARestartAreNegative(_ kind: SinkKind) async throws {
    let sink = try await kind.make()
    _ = try await sink.apply([
      .merge(coverage(["a", "b", "c"], after: "", through: "c"), into: range("", nil))
    ])
    let counts = try await sink.apply([.restart(isOrdered: true)])
    #expect(counts.objects == -3)
  }

  @Test(arguments: SinkKind.allCases)
  func countsOfAllCallsAreWhatTheLastBeginningFound(_ kind: SinkKind) async throws {
    let sink = try await kind.make()
    let whole = range("", nil)
    var counts = try await sink.apply([
      .merge(coverage(["a", "b", "c"], after: "", through: "c"), into: whole)
    ])
    counts += try await sink.apply([
      .restart(isOrdered: true),
      .merge(coverage(["a", "b"], after: "", through: "b"), into: whole),
    ])
    #expect(counts.objects == 2)
    counts += try await sink.apply([.merge(coverage(["c", "d"], after: "b"), into: whole)])
    #expect(counts.objects == 4)
  }

  @Test(arguments: SinkKind.allCases)
  func takesStepsInTheirOrder(_ kind: SinkKind) async throws {
    let sink = try await kind.make()
    // The split before the restart is given up with it, the one after it is not.
    let counts = try await sink.apply([
      .split(lo: .start, at: Key("b")),
      .merge(coverage(["c"], after: "b", through: "c"), into: range("b", nil)),
      .restart(isOrdered: true),
      .split(lo: .start, at: Key("c")),
      .merge(coverage(["d"], after: "c"), into: range("c", nil)),
      .merge(coverage(["a", "b", "c"], after: ""), into: range("", "c")),
    ])
    #expect(counts.objects == 4)
    #expect(try await sink.finish().sorted().map(\.text) == ["a", "b", "c", "d"])
  }

  // MARK: - Crawls

  @Test(arguments: SinkKind.allCases, KeySets.all)
  func passesEachKeyOnOnce(_ kind: SinkKind, _ set: KeySets) async throws {
    let keys = set.keys.filter { !$0.bytes.contains(0) }
    for seed in kind.seeds(of: LongRuns.areWanted ? 2 : 1) {
      var random = SplitMix64(seed: seed)
      var listing = ScriptedListing(
        keys: keys, .none, lengths: 1...max(1, keys.count / (seed == 1 ? 30 : 80)),
        random: SplitMix64(seed: seed))
      let sink = try await kind.make()
      try await sink.list(&listing, random: &random)
      let passed = try await sink.finish()
      #expect((kind.keepsOrder ? passed : passed.sorted()) == keys, "seed \(seed)")
    }
  }

  @Test(arguments: SinkKind.allCases, BucketChange.allCases)
  func passesEachKeyOnOnceWhenACrawlBeginsAgain(
    _ kind: SinkKind, _ change: BucketChange
  ) async throws {
    var finished = 0
    let seeds = kind.seeds(of: 8)
    for seed in seeds {
      let crawl = try await CrawlBegunAgain(into: kind, change, seed: seed)
      guard let passed = crawl.passed else { continue }
      finished += 1
      #expect(Set(passed).count == passed.count, "seed \(seed)")
      #expect(Set(crawl.fewer).isSubset(of: passed), "seed \(seed)")
      if change != .objectsGo { #expect(passed.sorted() == crawl.keys, "seed \(seed)") }
      if kind.keepsOrder { #expect(passed == passed.sorted(), "seed \(seed)") }
    }
    // A sink that has passed keys on in order may have to refuse those that come up among them.
    #expect(finished > 0)
    if !kind.refusesLateKeys || change == .none { #expect(finished == seeds.count) }
  }
}

/// What can happen to a bucket between a crawl's beginning and its beginning again.
enum BucketChange: CaseIterable {
  case none, objectsCome, objectsGo
}

/// A crawl that begins again twice, each time somewhere on its way, and then comes to its end.
private struct CrawlBegunAgain {
  let keys = KeySets.folders.keys
  /// Those of the keys that are there all the time.
  let fewer: [Key]
  /// What the sink passed on; nil when it refused to go on.
  private(set) var passed: [Key]?

  init(into kind: SinkKind, _ change: BucketChange, seed: UInt64) async throws {
    var random = SplitMix64(seed: seed)
    let others = keys.filter { _ in random.isOneIn(20) }
    fewer = keys.filter { !others.contains($0) }
    let sink = try await kind.make()
    for round in 0...2 {
      let isChanged = round > 0
      let present =
        switch change {
        case .none: keys
        case .objectsCome: isChanged ? keys : fewer
        case .objectsGo: isChanged ? fewer : keys
        }
      var listing = ScriptedListing(
        keys: present, .none, lengths: 1...4, random: SplitMix64(seed: seed))
      do {
        if round > 0 { _ = try await sink.apply([.restart(isOrdered: true)]) }
        try await sink.list(
          &listing, answersMax: round == 2 ? .max : random.below(140), isSerial: round > 0,
          random: &random)
        if round == 2 { passed = try await sink.finish() }
      } catch LateRestart.outOfOrder {
        #expect(kind.refusesLateKeys && change != .none)
        return
      }
    }
  }
}
