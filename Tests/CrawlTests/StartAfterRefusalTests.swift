import S3
import TestSupport
import Testing
import Vocabulary

@testable import Crawl

/// Servers that answer requests for the beginning and for tokens, and refuse some or all others.
@Suite struct StartAfterRefusalTests {
  private static let keys = (0..<220).map { Key("k" + String(1_000 + $0)) }

  /// What a crawl made of such a server.
  private struct Outcome {
    var keys: [Key] = []
    var restarts = 0
    /// The refusal that ended it.
    var isRefused = false
  }

  /// Crawls with the answers of each round in an order that the seed shuffles.
  private func crawl(
    _ ranges: [CrawlRange] = RangeTable().ranges, isSerial: Bool = false, seed: UInt64,
    marks: [KeyMark] = [], refusing: (Key) -> Bool
  ) throws -> Outcome {
    var listing = ScriptedListing(
      keys: Self.keys, .none, lengths: 10...10, random: SplitMix64(seed: seed))
    var frontier = Frontier(ranges, prefix: .start, marks: marks, isSerial: isSerial)
    var random = SplitMix64(seed: seed)
    var table = RangeTable(ranges: ranges)
    var outcome = Outcome()
    while !frontier.isDone {
      let (steps, requests) = frontier.next(upTo: 8)
      try table.apply(steps)
      for request in requests.shuffled(using: &random) {
        if case .after(let key) = request.position, !key.isStart, refusing(key) {
          guard let steps = try frontier.refused(request, .denied) else {
            outcome.isRefused = true
            return outcome
          }
          try table.apply(steps)
          continue
        }
        let steps = try frontier.accept(listing.answer(request.position), to: request)
        outcome.restarts += steps.count { if case .restart = $0 { true } else { false } }
        try table.apply(steps)
      }
    }
    outcome.keys = table.keys
    return outcome
  }

  /// The first range with its second page may be refused before any other is.
  @Test(arguments: UInt64(1)...60)
  func whicheverRangeIsRefusedFirstAllIsListedByToken(seed: UInt64) throws {
    let outcome = try crawl(seed: seed) { _ in true }
    #expect(!outcome.isRefused && outcome.restarts == 1)
    #expect(outcome.keys == Self.keys)
  }

  @Test(arguments: UInt64(1)...20)
  func marksOfAnEarlierCrawlChangeNothingAboutThat(seed: UInt64) throws {
    let marks = stride(from: 19, to: 220, by: 20).map { KeyMark(key: Self.keys[$0], objects: 20) }
    let outcome = try crawl(seed: seed, marks: marks) { _ in true }
    #expect(!outcome.isRefused && outcome.restarts == 1 && outcome.keys == Self.keys)
  }

  @Test(arguments: UInt64(1)...20)
  func keysThatDoNotExistMayBeRefusedAlone(seed: UInt64) throws {
    let outcome = try crawl(seed: seed) { !Self.keys.contains($0) }
    #expect(!outcome.isRefused && outcome.keys == Self.keys)
  }

  @Test(arguments: [true, false])
  func crawlThatWasTakenUpHalfWayBeginsAnew(isSerial: Bool) throws {
    let ranges = [CrawlRange(lo: .start, hi: nil, cursor: Self.keys[99], objects: 100)]
    let outcome = try crawl(ranges, isSerial: isSerial, seed: 1) { _ in true }
    #expect(!outcome.isRefused && outcome.restarts == 1 && outcome.keys == Self.keys)
  }

  @Test func whatWasAnsweredBeforeIsAskedOnceMoreBeforeAllIsListedAgain() throws {
    var refusals = 1
    let outcome = try crawl(seed: 3) { key in
      guard key >= Self.keys[150], refusals > 0 else { return false }
      refusals -= 1
      return true
    }
    #expect(!outcome.isRefused && outcome.restarts == 0 && outcome.keys == Self.keys)
  }

  @Test func serverThatIsKnownToRefuseIsNotAskedAgain() throws {
    var frontier = Frontier(
      [CrawlRange(lo: .start, hi: nil, cursor: Self.keys[99], objects: 100)], prefix: .start,
      takesStartAfter: false)
    #expect(frontier.next(upTo: 8).requests.map(\.position) == [.after(.start)])
  }
}
