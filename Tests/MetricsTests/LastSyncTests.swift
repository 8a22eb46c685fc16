import Index
import IndexFixtures
import TestSupport
import Testing
import Vocabulary

@testable import Metrics

extension IndexWriter {
  fileprivate func listAll(
    _ contents: Contents, _ plan: CrawlPlan, syncID: Int64
  ) throws -> ChangeCounts {
    var random = SplitMix64(seed: 1)
    return try list(contents, plan, syncID: syncID, &random)
  }
}

/// What metrics tell of the last sync, and of what changed.
@Suite struct LastSyncTests {
  @Test(arguments: [
    (SyncState.complete, "1", "0"), (.partial, "0", "3"), (.interrupted, "0", "130"),
    (.failed, "0", "1"),
  ])
  func theExitStatusFollowsFromTheState(
    state: SyncState, success: String, status: String
  ) async throws {
    let index = try ScratchIndex()
    let writer = try index.writer()
    let id = try await writer.beginSync()
    index.time.advance(days: 1)
    try await writer.finishSync(id, state: state, requests: 12, retries: 3)
    let scraped = try index.scraped()
    #expect(scraped["s3audit_last_sync_success"] == success)
    #expect(scraped["s3audit_last_sync_exit_status"] == status)
    #expect(scraped["s3audit_last_sync_requests"] == "12")
    #expect(scraped["s3audit_last_sync_retries"] == "3")
    #expect(scraped["s3audit_last_sync_duration_seconds"] == "86400")
    #expect(scraped["s3audit_last_sync_start_timestamp_seconds"] == "1795132800")
  }

  @Test func aSyncThatRunsIsNotTheLastOne() async throws {
    let index = try ScratchIndex()
    let writer = try index.writer()
    try await writer.sync("logs", [Key("a"): ModelObject()])
    index.time.advance(days: 1)
    _ = try await writer.beginSync()
    let scraped = try index.scraped()
    #expect(scraped["s3audit_last_sync_success"] == "1")
    #expect(scraped["s3audit_last_sync_end_timestamp_seconds"] == "1795132800")
  }

  @Test func whoeverRanTheSyncKnowsBetter() async throws {
    let index = try ScratchIndex()
    try await index.writer().sync("logs", [:])
    let own = LastSync(
      started: Timestamp(millisecondsSinceEpoch: 1_000),
      finished: Timestamp(millisecondsSinceEpoch: 3_500), exitStatus: 1, requests: 0, retries: 0)
    let scraped = try index.scraped(lastSync: own)
    #expect(scraped["s3audit_last_sync_success"] == "0")
    #expect(scraped["s3audit_last_sync_duration_seconds"] == "2.500")
    let alone = Scraped(try MetricsText().bytes(of: nil, lastSync: own, now: index.now()))
    #expect(alone["s3audit_last_sync_exit_status"] == "1")
    #expect(alone.series(of: "s3audit_buckets").isEmpty)
  }

  /// Of a sync of two prefixes both count; one of another bucket, or that was refused, changes nothing.
  @Test func changesAreThoseOfTheLastSyncThatListedABucket() async throws {
    let index = try ScratchIndex()
    let writer = try index.writer()
    try await writer.sync("logs", [Key("a/1"): ModelObject(), Key("b/1"): ModelObject()])
    let id = try await writer.beginSync()
    for (prefix, count) in [("a/", 3), ("b/", 4)] {
      let contents = Contents(
        uniqueKeysWithValues: (1...count).map { (Key("\(prefix)\($0)"), ModelObject()) })
      let plan = try await writer.begin("logs", prefix: Key(prefix))
      _ = try await writer.listAll(contents, plan, syncID: id)
      _ = try await writer.finishCrawl(plan, outcome: .complete)
    }
    try await writer.finishSync(id, state: .complete, requests: 1, retries: 0)
    func added() throws -> String? {
      try index.scraped()[#"s3audit_bucket_changed_objects{bucket="logs",change="added"}"#]
    }
    #expect(try added() == "5")
    try await writer.sync("media", [Key("a"): ModelObject()])
    #expect(try added() == "5")
    let refused = try await writer.begin("logs")
    _ = try await writer.finishCrawl(
      refused, outcome: .denied(CrawlFailure(CancellationError())))
    #expect(try added() == "5")
  }
}
