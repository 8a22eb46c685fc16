import Index
import IndexFixtures
import SQLite
import TestSupport
import Testing
import Vocabulary

/// A process killed at any instant leaves rows, sums and checkpoints that agree, to go on from.
@Suite struct CheckpointTests {
  @Test(arguments: 0..<10 as Range<UInt64>)
  func agreesWithItselfWheneverItIsKilled(seed: UInt64) async throws {
    var random = SplitMix64(seed: seed)
    var index = try ScratchIndex()
    var old: Contents = [:]
    for _ in 0..<120 { old[random.hostileKey()] = random.object() }
    if random.isOneIn(3) { old = [:] } else { try await index.writer().sync("bucket", old) }
    var new = old
    for _ in 0..<3 { random.mutate(&new) }

    var isSplit = false
    var kills = 0
    var isFinished = false
    var listed: Int64 = 0
    while !isFinished {
      try #require(kills < 100, "seed \(seed): the crawl does not advance")
      let writer = try index.writer()
      let syncID = try await writer.beginSync()
      var plan = try await writer.begin("bucket")
      #expect(plan.isResumed == (listed > 0 || plan.ranges.contains(where: \.isDone)))
      if !isSplit {
        plan.ranges = try index.split(plan, &random)
        isSplit = true
      }
      let crash = try await Self.listUntilKilled(new, plan, syncID, writer, index, &random)
      guard let copy = crash else {
        #expect(try await writer.finishCrawl(plan, outcome: .complete) == .complete, "seed \(seed)")
        isFinished = true
        continue
      }
      kills += 1
      index = copy
      listed = try Self.expectAgreement(copy, old: old, new: new, "seed \(seed), kill \(kills)")
    }

    let uninterrupted = try ScratchIndex()
    if !old.isEmpty { try await uninterrupted.writer().sync("bucket", old) }
    try await uninterrupted.writer().sync("bucket", new)
    for query in Self.wholeTables {
      #expect(try index.texts(query) == uninterrupted.texts(query), "seed \(seed): \(query)")
    }
    #expect(try index.contents(of: "bucket") == new)
    #expect(try index.bucket("bucket")?.state == "complete")
  }

  @Test func losesOnlyWhatWasNotCommitted() async throws {
    let index = try ScratchIndex()
    let contents = Contents(
      uniqueKeysWithValues: (0..<30).map { (Key("k\($0 + 100)"), ModelObject()) })
    do {
      let writer = try index.writer()
      let syncID = try await writer.beginSync()
      let plan = try await writer.begin("bucket")
      var listing = ModelListing(contents, prefix: .start, range: plan.ranges[0])
      _ = try await writer.merge(
        listing.nextPage(of: 10, endsEmpty: true), into: plan.ranges[0], of: plan, syncID: syncID)
      try await writer.commit()
      _ = try await writer.merge(
        listing.nextPage(of: 10, endsEmpty: true), into: plan.ranges[0], of: plan, syncID: syncID)
    }
    #expect(try index.contents(of: "bucket").count == 10)
    #expect(try index.classSums(of: "bucket") == ["STANDARD": Sum(objects: 10, bytes: 10)])
    let writer = try index.writer()
    let plan = try await writer.begin("bucket")
    #expect(plan.isResumed)
    #expect(plan.objectsInIndex == 10)
    #expect(
      plan.ranges == [CrawlRange(lo: .start, hi: nil, cursor: Key("k109"), objects: 10)])
  }

  @Test func commitsABatchByItsRowsAndByItsAge() async throws {
    let index = try ScratchIndex()
    let writer = try index.writer()
    let syncID = try await writer.beginSync()
    let plan = try await writer.begin("bucket")
    var cursor = Key.start
    var written: Int64 = 0
    func mergeNext(_ count: Int) async throws {
      var page = ObjectPage()
      for number in 0..<Int64(count) {
        page.append(
          key: Key("k\(1_000_000 + written + number)"), etag: "e", size: 1,
          lastModified: Timestamp(millisecondsSinceEpoch: 0), storageClass: "STANDARD")
      }
      written += Int64(count)
      let through = page.key(at: count - 1)
      _ = try await writer.merge(
        PageCoverage(page: page, after: cursor, through: through), into: plan.ranges[0], of: plan,
        syncID: syncID)
      cursor = through
    }
    try await mergeNext(65_535)
    #expect(try index.integers("SELECT count(*) FROM object") == [0])
    try await mergeNext(1)
    #expect(try index.integers("SELECT count(*) FROM object") == [65_536])
    index.time.advance(milliseconds: 1_000)
    try await mergeNext(1)
    index.time.advance(milliseconds: 249)
    try await mergeNext(1)
    #expect(try index.integers("SELECT count(*) FROM object") == [65_536])
    index.time.advance(milliseconds: 1)
    try await mergeNext(1)
    #expect(try index.integers("SELECT count(*) FROM object") == [65_539])
    #expect(try index.integers("SELECT objects FROM crawl_range") == [65_539])
  }

  /// A crawl whose second page cannot be written, up to there.
  private struct BrokenCrawl {
    let index: ScratchIndex
    let writer: IndexWriter
    let plan: CrawlPlan
    let syncID: Int64
    let firstPage: PageCoverage
    let error: SQLiteError

    static func make() async throws -> BrokenCrawl {
      let index = try ScratchIndex()
      let writer = try index.writer()
      try await writer.sync("bucket", [Key("a"): ModelObject()])
      try index.execute(
        """
        CREATE TRIGGER refusal BEFORE INSERT ON object WHEN new.key = 'c'
        BEGIN SELECT RAISE(ABORT, 'no room'); END
        """)
      let syncID = try await writer.beginSync()
      let plan = try await writer.begin("bucket")
      var listing = ModelListing(
        [Key("a"): ModelObject(), Key("b"): ModelObject(), Key("c"): ModelObject()],
        prefix: .start, range: plan.ranges[0])
      let first = listing.nextPage(of: 2, endsEmpty: false)
      let second = listing.nextPage(of: 2, endsEmpty: false)
      _ = try await writer.merge(first, into: plan.ranges[0], of: plan, syncID: syncID)
      let error = try #require(
        await #expect(throws: SQLiteError.self) {
          _ = try await writer.merge(second, into: plan.ranges[0], of: plan, syncID: syncID)
        })
      return BrokenCrawl(
        index: index, writer: writer, plan: plan, syncID: syncID, firstPage: first, error: error)
    }
  }

  @Test func refusesAllWorkAfterAnError() async throws {
    let crawl = try await BrokenCrawl.make()
    let (writer, plan) = (crawl.writer, crawl.plan)
    #expect(crawl.error.message == "no room")
    await #expect(throws: crawl.error) {
      _ = try await writer.merge(
        crawl.firstPage, into: plan.ranges[0], of: plan, syncID: crawl.syncID)
    }
    await #expect(throws: crawl.error) {
      _ = try await writer.finishCrawl(plan, outcome: .complete)
    }
    await #expect(throws: crawl.error) { _ = try await writer.beginSync() }
  }

  @Test func keepsTheLastCommitAfterAnError() async throws {
    let crawl = try await BrokenCrawl.make()
    #expect(Set(try crawl.index.contents(of: "bucket").keys) == [Key("a")])
    #expect(try crawl.index.texts("SELECT cursor FROM crawl_range") == [""])
  }

  // MARK: -

  /// What a crawl leaves, but for ids and times of syncs.
  private static let wholeTables = [
    """
    SELECT hex(key) || ' ' || size || ' ' || last_modified_ms || ' ' || etag || ' ' || name
    FROM object JOIN storage_class ON id = storage_class_id ORDER BY key
    """,
    """
    SELECT hex(prefix) || ' ' || depth || ' ' || objects || ' ' || bytes
    FROM prefix_usage ORDER BY depth, prefix
    """,
    """
    SELECT name || ' ' || objects || ' ' || bytes
    FROM bucket_usage JOIN storage_class ON id = storage_class_id ORDER BY name
    """,
    "SELECT hex(key) || ' ' || change FROM object_change ORDER BY key",
    "SELECT state || ' ' || newest_object_ms FROM bucket",
    "SELECT count(*) FROM crawl_range",
    "SELECT sum(added) || ' ' || sum(changed) || ' ' || sum(removed) FROM sync_crawl",
  ]

  /// Lists pages until chance kills the process; nil when it came to the end.
  private static func listUntilKilled(
    _ contents: Contents, _ plan: CrawlPlan, _ syncID: Int64, _ writer: IndexWriter,
    _ index: ScratchIndex, _ random: inout SplitMix64
  ) async throws -> ScratchIndex? {
    var listings = plan.ranges.filter { !$0.isDone }
      .map { (original: $0, listing: ModelListing(contents, prefix: plan.prefix, range: $0)) }
    while !listings.isEmpty {
      let turn = random.below(listings.count)
      let page = listings[turn].listing.nextPage(
        of: 1 + random.below(12), endsEmpty: random.isOneIn(3))
      _ = try await writer.merge(page, into: listings[turn].original, of: plan, syncID: syncID)
      if listings[turn].listing.range.isDone { listings.remove(at: turn) }
      if random.isOneIn(4) { index.time.advance(milliseconds: 300) }
      if random.isOneIn(8) { return try index.copyAfterKill() }
    }
    return nil
  }

  /// Up to each cursor the bucket is as it is now, beyond it as it was; returns what was listed.
  private static func expectAgreement(
    _ index: ScratchIndex, old: Contents, new: Contents, _ context: String
  ) throws -> Int64 {
    let ranges = try index.connection().all(
      "SELECT lo, hi, cursor, objects, done FROM crawl_range ORDER BY lo"
    ) { row in
      CrawlRange(
        lo: Key(row.bytes(at: 0)), hi: row.isNull(at: 1) ? nil : Key(row.bytes(at: 1)),
        cursor: Key(row.bytes(at: 2)), objects: row.int64(at: 3), isDone: row.int64(at: 4) != 0)
    }
    func isListed(_ key: Key) -> Bool {
      ranges.contains { range in
        key > range.lo && (range.hi.map { key <= $0 } ?? true)
          && (range.isDone || key <= range.cursor)
      }
    }
    let expected = new.filter { isListed($0.key) }
      .merging(old.filter { !isListed($0.key) }) { $1 }
    #expect(try index.contents(of: "bucket") == expected, "\(context)")
    #expect(try index.classSums(of: "bucket") == expected.classSums, "\(context)")
    #expect(try index.prefixSums(of: "bucket") == expected.prefixSums(), "\(context)")
    let listed = ranges.reduce(0) { $0 + $1.objects }
    #expect(listed == Int64(new.count { isListed($0.key) }), "\(context)")
    #expect(try index.bucket("bucket")?.state == "partial")
    for (range, next) in zip(ranges, ranges.dropFirst()) { #expect(range.hi == next.lo) }
    return listed
  }
}
