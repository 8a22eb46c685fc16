import Crawl
import S3
import TestSupport
import Testing
import Vocabulary

@Suite struct FrontierTests {
  /// What a crawl of some keys came to.
  private struct Outcome {
    var table: RangeTable
    var requests: Int
    var empty: Int
    var isSerial: Bool
  }

  /// Lists keys with answers that come in any order, to so many requests at once.
  private func crawl(
    _ listing: inout ScriptedListing, width: Int, marks: [KeyMark] = [], random: inout SplitMix64
  ) throws -> Outcome {
    var table = RangeTable()
    var frontier = Frontier(table.ranges, prefix: listing.prefix, marks: marks)
    var waiting: [Frontier.Request] = []
    var answers = 0
    while !frontier.isDone || !waiting.isEmpty {
      let (steps, requests) = frontier.next(upTo: 1 + random.below(width) - waiting.count)
      try table.apply(steps)
      waiting += requests
      try #require(!waiting.isEmpty, "nothing is under way")
      let request = waiting.remove(at: random.below(waiting.count))
      try table.apply(frontier.accept(listing.answer(request.position), to: request))
      answers += 1
      try #require(answers < 100 * (listing.keys.count + 100), "it goes on for ever")
    }
    return Outcome(
      table: table, requests: frontier.requestCount, empty: frontier.emptyCount,
      isSerial: frontier.isSerial)
  }

  @Test(arguments: KeySets.all, LongRuns.seeds(1...3))
  func listsEachKeyOnce(set: KeySets, seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    let keys = set.keys
    let width = [1, 3, 16, 64][random.below(4)]
    var cuts: [Key] = []
    // Again with keys that equal the cuts: ranges exclude their beginning and include their end.
    for _ in 0..<3 {
      let all = Set(keys + cuts).sorted()
      var listing = ScriptedListing(
        keys: all, .none, lengths: 1...max(1, all.count / 40), emptyPagesOneIn: 0,
        random: SplitMix64(seed: seed))
      let outcome = try crawl(&listing, width: width, random: &random)
      #expect(outcome.table.keys == all)
      #expect(outcome.table.isComplete)
      #expect(!outcome.isSerial)
      cuts = outcome.table.cuts
      #expect(cuts.allSatisfy { Key($0.text) == $0 }, "a cut is not UTF-8")
    }
  }

  @Test(arguments: KeySets.all)
  func wastesLittle(set: KeySets) throws {
    var random = SplitMix64(seed: 7)
    let keys = set.keys
    let length = max(1, keys.count / 40)
    var listing = ScriptedListing(
      keys: keys, .none, lengths: length...length, random: SplitMix64(seed: 7))
    let outcome = try crawl(&listing, width: 16, random: &random)
    let pages = (keys.count + length - 1) / length
    // At most one for two that found something, and four besides.
    let useful = outcome.requests - outcome.empty
    #expect(outcome.empty <= min(4, useful) + useful / 2 + 1)
    #expect(outcome.requests <= 2 * pages + 4)
  }

  @Test(arguments: KeySets.all, LongRuns.seeds(1...2))
  func listsEachKeyOnceByMarks(set: KeySets, seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    let keys = set.keys
    // Marks of a crawl long ago: some of their keys are gone, and others have come.
    let marks = stride(from: 2, to: keys.count, by: max(1, keys.count / 20)).map {
      KeyMark(key: keys[$0], objects: 1_000 + Int64(random.below(4_000)))
    }
    let kept = keys.filter { _ in random.below(3) > 0 }
    var listing = ScriptedListing(
      keys: kept, .none, lengths: 1...max(1, keys.count / 40), random: SplitMix64(seed: seed))
    let outcome = try crawl(&listing, width: 32, marks: marks, random: &random)
    #expect(outcome.table.keys == kept)
  }

  @Test(arguments: [UInt64(1), 2, 3])
  func listsWhatLiesBelowAPrefix(seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    let keys = KeySets.folders.keys
    var listing = ScriptedListing(
      keys: keys, prefix: Key("data/7"), .none, lengths: 1...10, random: SplitMix64(seed: seed))
    let outcome = try crawl(&listing, width: 16, random: &random)
    #expect(outcome.table.keys == listing.keys)
    #expect(!outcome.table.cuts.isEmpty)
    #expect(outcome.table.cuts.allSatisfy { $0.bytes.starts(with: Key("data/7").bytes) })
  }

  @Test(arguments: ScriptedListing.Misbehaviour.allCases, LongRuns.seeds(1...3))
  func neverTakesAFaultyListingForAWholeOne(
    misbehaviour: ScriptedListing.Misbehaviour, seed: UInt64
  ) throws {
    var random = SplitMix64(seed: seed)
    var listing = ScriptedListing(
      keys: KeySets.folders.keys, prefix: Key("data/"), misbehaviour, lengths: 5...20,
      emptyPagesOneIn: 5,
      random: SplitMix64(seed: seed))
    do {
      let outcome = try crawl(&listing, width: 16, random: &random)
      #expect(outcome.table.keys == listing.keys, "seed \(seed)")
    } catch is ListingFault {
      #expect(!ScriptedListing.harmless.contains(misbehaviour))
    }
  }

  @Test func cutsNothingForOneSlot() throws {
    var random = SplitMix64(seed: 1)
    var listing = ScriptedListing(
      keys: KeySets.folders.keys, .none, lengths: 10...10, random: SplitMix64(seed: 1))
    let outcome = try crawl(&listing, width: 1, random: &random)
    #expect(outcome.table.cuts.isEmpty)
    #expect(outcome.requests == (listing.keys.count + 9) / 10)
  }

  @Test func usesTheSlotsItGets() throws {
    var listing = ScriptedListing(
      keys: KeySets.folders.keys, .none, lengths: 10...10, random: SplitMix64(seed: 1))
    var frontier = Frontier(RangeTable().ranges, prefix: .start)
    var widest = 0
    while !frontier.isDone {
      let (_, requests) = frontier.next(upTo: 24)
      widest = max(widest, requests.count)
      for request in requests {
        _ = try frontier.accept(listing.answer(request.position), to: request)
      }
    }
    #expect(widest >= 12)
  }

  // MARK: - Refusals

  /// A crawl that has listed a page and probes for more.
  private struct Probing {
    var listing = ScriptedListing(
      keys: KeySets.folders.keys, .none, lengths: 10...10, random: SplitMix64(seed: 1))
    var table = RangeTable()
    var frontier: Frontier
    var probes: [Frontier.Request] = []
    /// Whether the crawl would have put up with a refusal of what was answered already.
    let isTakenForAnAnswer: Bool

    init() throws {
      frontier = Frontier(table.ranges, prefix: .start)
      let (_, first) = frontier.next(upTo: 4)
      try table.apply(frontier.accept(listing.answer(first[0].position), to: first[0]))
      isTakenForAnAnswer = try frontier.refused(first[0], .denied) != nil
      let (steps, second) = frontier.next(upTo: 4)
      try table.apply(steps)
      try #require(second.count > 1)
      probes = second
    }

    /// Has the second probe refused; says whether the crawl puts up with it.
    mutating func refuseAProbe() throws -> Bool {
      try frontier.refused(probes[1], .denied) != nil
    }
  }

  @Test func refusalOfTheFirstPageIsNoReasonToGoOn() throws {
    let crawl = try Probing()
    #expect(!crawl.isTakenForAnAnswer)
  }

  @Test func refusalOfAProbeTurnsTheCrawlSerial() throws {
    var crawl = try Probing()
    let turnsSerial = try crawl.refuseAProbe()
    #expect(turnsSerial && crawl.frontier.isSerial)
    while !crawl.frontier.isDone {
      let (steps, requests) = crawl.frontier.next(upTo: 4)
      #expect(requests.count == 1)
      try crawl.table.apply(steps)
      try crawl.table.apply(
        crawl.frontier.accept(crawl.listing.answer(requests[0].position), to: requests[0]))
    }
    #expect(crawl.table.keys == crawl.listing.keys)
  }

  @Test func answersToOtherProbesComeTooLateAfterARefusal() throws {
    var crawl = try Probing()
    _ = try crawl.refuseAProbe()
    let late = crawl.probes[0]
    #expect(try crawl.frontier.accept(crawl.listing.answer(late.position), to: late).isEmpty)
  }

  @Test func refusalOfTheSerialListingTooHasGivenNothingUp() throws {
    var crawl = try Probing()
    let listed = crawl.table
    _ = try crawl.refuseAProbe()
    let late = crawl.probes[0]
    try crawl.table.apply(crawl.frontier.accept(crawl.listing.answer(late.position), to: late))
    let (steps, serial) = crawl.frontier.next(upTo: 4)
    let isTaken = try crawl.frontier.refused(serial[0], .denied) != nil
    #expect(steps.isEmpty && !isTaken)
    #expect(crawl.table.ranges == listed.ranges)
  }
}
