import Index
import IndexFixtures
import TestSupport
import Testing
import Vocabulary

/// What the journal and the counts say of a sync whose crawl began again.
@Suite struct JournalTests {
  private static let before: Contents = [
    Key("a"): ModelObject(size: 1), Key("b"): ModelObject(size: 2), Key("c"): ModelObject(size: 3),
  ]

  /// One way of an object from before the sync to its end, by its sizes in the first listing and the
  /// last.
  struct Way: Sendable, CustomTestStringConvertible {
    var key: Key
    var first: Int64?
    var last: Int64?
    /// Nil for no change.
    var change: String?

    var testDescription: String {
      "\(key.text), \(first ?? -1), \(last ?? -1): \(change ?? "unchanged")"
    }
  }

  @Test(arguments: [
    Way(key: Key("n"), first: 5, last: 5, change: "added"),
    Way(key: Key("n"), first: 5, last: 6, change: "added"),
    Way(key: Key("n"), first: 5, last: nil, change: nil),
    Way(key: Key("n"), first: nil, last: 5, change: "added"),
    Way(key: Key("b"), first: 5, last: 5, change: "modified"),
    Way(key: Key("b"), first: 5, last: 6, change: "modified"),
    Way(key: Key("b"), first: 5, last: 2, change: "modified"),
    Way(key: Key("b"), first: 5, last: nil, change: "removed"),
    Way(key: Key("b"), first: nil, last: 6, change: "modified"),
    Way(key: Key("b"), first: nil, last: nil, change: "removed"),
    Way(key: Key("b"), first: 2, last: 2, change: nil),
  ])
  func tellsOfTheWholeWay(_ way: Way) async throws {
    let index = try ScratchIndex()
    let writer = try index.writer()
    try await writer.sync("bucket", Self.before)
    let syncID = try await writer.beginSync()
    let plan = try await writer.begin("bucket")
    var random = SplitMix64(seed: 1)
    var counts = ChangeCounts()
    for size in [way.first, way.last] {
      var contents = Self.before
      contents[way.key] = size.map { ModelObject(size: $0) }
      counts += try await writer.apply([.restart(isOrdered: true)], of: plan, syncID: syncID)
      counts += try await writer.list(contents, plan, syncID: syncID, &random)
    }
    #expect(try await writer.finishCrawl(plan, outcome: .complete) == .complete)
    let change = way.change.map { name in
      Change(
        key: way.key, change: name, before: Self.before[way.key]?.size, after: way.last)
    }
    #expect(try index.changes(inSync: syncID, of: "bucket") == Set([change].compactMap(\.self)))
    #expect(counts.added == (way.change == "added" ? 1 : 0))
    #expect(counts.changed == (way.change == "modified" ? 1 : 0))
    #expect(counts.removed == (way.change == "removed" ? 1 : 0))
  }

  /// A crawl of a bucket that changes, begun again twice.
  private struct CrawlBegunAgain {
    var before = Contents()
    var after = Contents()
    var counts = ChangeCounts()
    let journal: Set<Change>
    let added: [Int64]

    init(seed: UInt64) async throws {
      var random = SplitMix64(seed: seed)
      let index = try ScratchIndex()
      let writer = try index.writer()
      random.mutate(&after)
      before = after
      try await writer.sync("bucket", before)
      let syncID = try await writer.beginSync()
      let plan = try await writer.begin("bucket")
      for round in 0...2 {
        if round > 0 {
          counts += try await writer.apply([.restart(isOrdered: true)], of: plan, syncID: syncID)
          random.mutate(&after)
        }
        counts += try await writer.list(after, plan, syncID: syncID, &random)
      }
      #expect(try await writer.finishCrawl(plan, outcome: .complete) == .complete)
      journal = try index.changes(inSync: syncID, of: "bucket")
      added = try index.integers("SELECT added FROM syncs WHERE sync = \(syncID)")
    }
  }

  @Test(arguments: 0..<20 as Range<UInt64>)
  func journalOfACrawlBegunAgainHasEachChange(seed: UInt64) async throws {
    let crawl = try await CrawlBegunAgain(seed: seed)
    let expected = crawl.before.changes(to: crawl.after)
    #expect(crawl.journal.isSuperset(of: expected))
    // What was changed back stays there.
    #expect(crawl.journal.subtracting(expected).allSatisfy { $0.change == "modified" })
  }

  @Test(arguments: 0..<20 as Range<UInt64>)
  func countsAreThoseOfTheJournal(seed: UInt64) async throws {
    let crawl = try await CrawlBegunAgain(seed: seed)
    let (counts, journal) = (crawl.counts, crawl.journal)
    #expect(counts.objects == Int64(crawl.after.count))
    #expect(counts.added == Int64(journal.count { $0.change == "added" }))
    #expect(counts.changed == Int64(journal.count { $0.change == "modified" }))
    #expect(counts.removed == Int64(journal.count { $0.change == "removed" }))
    #expect(crawl.added == [counts.added])
  }
}
