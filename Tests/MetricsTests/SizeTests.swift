import Index
import IndexFixtures
import Testing
import Vocabulary

@testable import Metrics

/// How much text there is of many buckets, and what names of any kind do to it.
@Suite struct SizeTests {
  private static let classes = [
    "DEEP_ARCHIVE", "EXPRESS_ONEZONE", "GLACIER", "GLACIER_IR", "INTELLIGENT_TIERING",
    "ONEZONE_IA", "STANDARD", "STANDARD_IA",
  ]

  /// A thousand buckets with eight classes each, and a month of syncs, of which everything is known.
  private func large() async throws -> ScratchIndex {
    let index = try ScratchIndex()
    let contents = Self.classes.map { (Key($0), ModelObject(size: 1 << 30, storageClass: $0)) }
    try await index.writer().sync(
      "model", Contents(uniqueKeysWithValues: contents), region: "us-east-1",
      owner: AccountIdentity(number: "111122223333"))
    let id = try #require(try index.bucketID("model"))
    try index.execute(
      """
      WITH RECURSIVE n (i) AS (SELECT \(id) + 1 UNION ALL SELECT i + 1 FROM n WHERE i < \(id) + 999)
      INSERT INTO bucket (id, account_id, endpoint, name, region, state, synced_ms, newest_object_ms)
      SELECT i, account_id, endpoint, 'bucket-' || i, region, state, synced_ms, synced_ms FROM n, bucket;
      INSERT INTO bucket_usage (bucket_id, storage_class_id, objects, bytes, small_objects, small_bytes)
      SELECT bucket.id, storage_class_id, objects * 1000 + bucket.id, bytes * 100 + bucket.id, 0, 0
      FROM bucket_usage, bucket WHERE bucket.id > \(id);
      UPDATE bucket SET versions_begun_ms = synced_ms, versions_synced_ms = synced_ms,
        uploads_synced_ms = synced_ms;
      INSERT INTO crawl (bucket_id, state, started_ms, journaled)
      SELECT id, 'complete', synced_ms, 1 FROM bucket;
      INSERT OR IGNORE INTO sync_crawl (sync_id, crawl_id, added) SELECT 1, id, bucket_id FROM crawl;
      """)
    return index
  }

  @Test func aThousandBucketsOfEightClassesFitIntoFourMegabytes() async throws {
    let scraped = try await large().scraped()
    #expect(scraped.series(of: "s3audit_bucket_bytes").count == 8_000)
    #expect(scraped.series(of: "s3audit_bucket_monthly_cost_dollars").count > 6_000)
    #expect(scraped.series(of: "s3audit_bucket_changed_objects").count == 3_000)
    #expect(scraped.text.utf8.count <= 4_000_000)
  }

  @Test func namesOfAnyKindAreOneLineEach() async throws {
    let index = try ScratchIndex()
    let writer = try index.writer()
    let names = ["a\"b", "a\\", "a\nb 1", "} 5", "\u{202E}x", "é", "#", "a\\\"\n"]
    for name in names {
      try await writer.sync(
        name, [Key("k"): ModelObject(storageClass: "\"\\\n")],
        endpoint: "http://[::1]:9/\"\n", owner: AccountIdentity(owner: "\\\"\nme"))
    }
    let scraped = try index.scraped()
    let complete = scraped.series(of: "s3audit_bucket_complete")
    #expect(complete.count == names.count)
    #expect(
      complete.contains(
        #"s3audit_bucket_complete{bucket="a\\\"\n",account="\\\"\nme",endpoint="http://[::1]:9/\"\n"}"#
      ))
    let form =
      #/# (HELP|TYPE) s3audit_[a-z_]+ .*|s3audit_[a-z_]+(\{([a-z_]+="([^"\\]|\\["\\n])*",?)+\})? [0-9.]+/#
    for line in scraped.text.split(separator: "\n") {
      #expect(line.wholeMatch(of: form) != nil, "\(line)")
    }
  }
}
