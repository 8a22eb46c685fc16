import Foundation
import Index
import IndexFixtures
import SQLite
import TestSupport
import Testing
import Vocabulary

/// What stays of a sync: its record, the journal, the history, and what is forgotten.
@Suite struct SyncRecordTests {
  private let one: Contents = [Key("a/1"): ModelObject(size: 10)]

  @Test func recordsHowASyncWent() async throws {
    let index = try ScratchIndex()
    let writer = try index.writer()
    let began = index.now()
    let syncID = try await writer.beginSync()
    #expect(
      try index.integers("SELECT pid FROM sync")
        == [Int64(ProcessInfo.processInfo.processIdentifier)])
    #expect(try index.texts("SELECT state FROM sync") == ["running"])
    index.time.advance(milliseconds: 2_000)
    try await writer.finishSync(syncID, state: .partial, requests: 12, retries: 3)
    #expect(
      try index.texts("SELECT state || ' ' || requests || ' ' || retries FROM sync")
        == ["partial 12 3"])
    #expect(
      try index.integers("SELECT finished_ms FROM sync") == [began.millisecondsSinceEpoch + 2_000])
  }

  /// What is told of a crawl that a sync was in when it ended.
  @Test func tellsWhatASyncHasListedOfABucket() async throws {
    let index = try ScratchIndex()
    let writer = try index.writer()
    let first = try await writer.beginSync()
    let plan = try await writer.begin("bucket")
    func share(_ syncID: Int64, _ prefix: String = "") async throws -> [String]? {
      try await writer.share(
        of: "bucket", endpoint: "", prefix: Key(prefix), inSync: syncID
      ).map { ["\($0.counts.objects) \($0.counts.added)", "\($0.isResumed) \($0.listsVersions)"] }
    }
    #expect(try await share(first) == nil)
    _ = try await writer.merge(
      PageCoverage(
        page: ObjectPage(one.sorted { $0.key < $1.key }), after: .start, through: Key("a/1")),
      into: plan.ranges[0], of: plan, syncID: first)
    #expect(try await share(first) == ["1 1", "false false"])
    #expect(try await share(first, "a/") == nil)
    let second = try await writer.beginSync()
    let resumed = try await writer.begin("bucket")
    let range = try #require(resumed.ranges.first)
    _ = try await writer.merge(
      PageCoverage(page: ObjectPage([]), after: Key("a/1"), through: Key("b")), into: range,
      of: resumed, syncID: second)
    #expect(try await share(second) == ["0 0", "true false"])
  }

  @Test func marksSyncsThatAKilledProcessLeftAsInterrupted() async throws {
    let index = try ScratchIndex()
    let writer = try index.writer()
    let finished = try await writer.beginSync()
    try await writer.finishSync(finished, state: .failed, requests: 0, retries: 0)
    _ = try await writer.beginSync()
    index.time.advance(milliseconds: 5_000)
    let next = try await writer.beginSync()
    #expect(
      try index.texts("SELECT state FROM sync ORDER BY id") == ["failed", "interrupted", "running"])
    #expect(
      try index.integers("SELECT finished_ms FROM sync WHERE state = 'interrupted'")
        == [index.now().millisecondsSinceEpoch])
    #expect(try index.integers("SELECT max(id) FROM sync") == [next])
  }

  @Test func countsWhatEachSyncDidInOneCrawl() async throws {
    let index = try ScratchIndex()
    let writer = try index.writer()
    let contents = Contents(
      uniqueKeysWithValues: (0..<10).map { (Key("k\($0)"), ModelObject()) })
    let first = try await writer.beginSync()
    let plan = try await writer.begin("bucket")
    var listing = ModelListing(contents, prefix: .start, range: plan.ranges[0])
    for count in [3, 4] {
      _ = try await writer.merge(
        listing.nextPage(of: count, endsEmpty: false), into: plan.ranges[0], of: plan,
        syncID: first)
    }
    try await writer.finishSync(first, state: .interrupted, requests: 2, retries: 0)
    let second = try await writer.beginSync()
    let resumed = try await writer.begin("bucket")
    var random = SplitMix64(seed: 1)
    _ = try await writer.list(contents, resumed, syncID: second, &random)
    _ = try await writer.finishCrawl(resumed, outcome: .complete)
    try await writer.finishSync(second, state: .complete, requests: 1, retries: 0)
    #expect(
      try index.texts(
        "SELECT sync || ' ' || state || ' ' || buckets || ' ' || objects || ' ' || added FROM syncs"
      )
        == ["1 interrupted 1 7 7", "2 complete 1 3 3"])
  }

  // MARK: - Journal and history

  @Test func dropsChangesAfterTheirTime() async throws {
    let index = try ScratchIndex()
    let writer = try index.writer()
    try await writer.sync("bucket", one)
    let early = try await writer.sync("bucket", [:]).syncID
    index.time.advance(days: 89)
    let late = try await writer.sync("bucket", one).syncID
    #expect(try Set(index.integers("SELECT sync_id FROM object_change")) == [early, late])
    index.time.advance(days: 1)
    _ = try await writer.beginSync()
    #expect(try Set(index.integers("SELECT sync_id FROM object_change")) == [early, late])
    index.time.advance(milliseconds: 1)
    _ = try await writer.beginSync()
    #expect(try Set(index.integers("SELECT sync_id FROM object_change")) == [late])
    try index.execute("UPDATE setting SET value = '0' WHERE name = 'change_retention_days'")
    _ = try await writer.beginSync()
    #expect(try index.integers("SELECT count(*) FROM object_change") == [0])
  }

  @Test func keepsTheTotalsOfEveryCompleteCrawl() async throws {
    let index = try ScratchIndex()
    let writer = try index.writer()
    try await writer.sync("bucket", one)
    index.time.advance(days: 1)
    let archived: Contents = [
      Key("a/1"): ModelObject(size: 10, storageClass: "GLACIER"), Key("b"): ModelObject(size: 5),
    ]
    try await writer.sync("bucket", archived)
    index.time.advance(days: 1)
    // A part of a bucket, or a crawl that failed, says nothing of the whole.
    try await writer.sync("bucket", archived, prefix: Key("a/"))
    let failed = try await writer.begin("bucket")
    _ = try await writer.finishCrawl(failed, outcome: .failed(reason: "cut off"))
    #expect(
      try index.texts(
        """
        SELECT at || ' ' || storage_class || ' ' || objects || ' ' || bytes FROM history
        ORDER BY at, storage_class
        """) == [
          "2026-11-20T00:00:00Z STANDARD 1 10", "2026-11-21T00:00:00Z GLACIER 1 10",
          "2026-11-21T00:00:00Z STANDARD 1 5",
        ])
  }

  @Test func showsEveryChangeInTheView() async throws {
    let index = try ScratchIndex()
    let writer = try index.writer()
    try await writer.sync("bucket", one)
    try await writer.sync("bucket", [Key("a/1"): ModelObject(size: 11), Key("b"): ModelObject()])
    try await writer.sync("bucket", [Key("b"): ModelObject()])
    #expect(
      try index.texts(
        """
        SELECT sync || ' ' || key || ' ' || change || ' ' || ifnull(size_before, '-') || ' '
          || ifnull(size_after, '-')
        FROM changes ORDER BY sync, key
        """) == ["2 a/1 modified 10 11", "2 b added - 1", "3 a/1 removed 11 -"])
  }

  // MARK: - Buckets that are gone

  @Test func namesTheBucketsOfOneEndpoint() async throws {
    let index = try ScratchIndex()
    let writer = try index.writer()
    for name in ["b", "a"] { _ = try await writer.begin(name) }
    _ = try await writer.begin("c", endpoint: "http://other")
    #expect(try await writer.bucketNames(at: "") == ["a", "b"])
  }

  @Test func marksABucketThatIsGone() async throws {
    let index = try ScratchIndex()
    let writer = try index.writer()
    for name in ["kept", "gone"] { try await writer.sync(name, one) }
    try await writer.sync("gone", one, endpoint: "http://other")
    try await writer.markMissing(bucket: "gone", endpoint: "")
    #expect(try index.contents(of: "gone") == one)
    #expect(
      try index.texts("SELECT name || ' ' || endpoint || ' ' || state FROM bucket ORDER BY 1")
        == ["gone  partial", "gone http://other complete", "kept  complete"])
    #expect(
      try index.bucket("gone")?.error == "the bucket no longer exists; this is what it held last")
  }

  @Test func forgetsACheckpointOfABucketThatWasMadeAnew() async throws {
    let index = try ScratchIndex()
    let writer = try index.writer()
    func begin(created: Int64) async throws -> CrawlPlan {
      try await writer.beginCrawl(
        of: BucketIdentity(
          endpoint: "", name: "bucket", created: Timestamp(millisecondsSinceEpoch: created)),
        owner: nil, prefix: .start, resumeAfter: Timestamp(millisecondsSinceEpoch: 0))
    }
    let first = try await begin(created: 1_000)
    let same = try await begin(created: 1_000)
    #expect(same.crawlID == first.crawlID)
    let another = try await begin(created: 2_000)
    #expect(another.crawlID != first.crawlID)
  }

  @Test func forgetsEverythingOfABucketAndNothingOfOthers() async throws {
    let index = try ScratchIndex()
    let writer = try index.writer()
    for name in ["kept", "gone"] {
      try await writer.sync(name, one)
      try await writer.sync(name, [Key("b/2"): ModelObject()])
      _ = try await writer.begin(name)
    }
    try await writer.sync("gone", one, endpoint: "http://other")
    let tables = [
      "object", "bucket_usage", "prefix_usage", "object_change", "usage_history", "crawl",
      "usage_point", "prefix_usage_history", "prefix_usage_recorded", "usage_gap",
    ]
    let kept = try index.bucketID("kept") ?? 0
    let before = try tables.map {
      try index.integers("SELECT count(*) FROM \($0) WHERE bucket_id = \(kept)")
    }
    let gone = try index.integers("SELECT id FROM bucket WHERE name = 'gone' AND endpoint = ''")[0]
    try await writer.forget(bucket: "gone", endpoint: "")
    for (table, count) in zip(tables, before) {
      #expect(
        try index.integers("SELECT count(*) FROM \(table) WHERE bucket_id = \(gone)") == [0],
        "\(table)")
      #expect(
        try index.integers("SELECT count(*) FROM \(table) WHERE bucket_id = \(kept)") == count,
        "\(table)")
    }
    #expect(try index.texts("SELECT name || endpoint FROM bucket") == ["kept", "gonehttp://other"])
    #expect(try index.integers("SELECT count(*) FROM pragma_foreign_key_check") == [0])
    try await writer.forget(bucket: "never", endpoint: "")
  }
}
