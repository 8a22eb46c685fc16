import Index
import IndexFixtures
import TestSupport
import Testing
import Vocabulary

@testable import Metrics

/// What metrics tell of an index, and what they leave out because nobody knows it.
@Suite struct MetricsTextTests {
  private struct Refusal: Error, CustomStringConvertible { var description: String { "no" } }

  private func deny(_ bucket: String, _ writer: IndexWriter) async throws {
    _ = try await writer.finishCrawl(
      try await writer.begin(bucket), outcome: .denied(CrawlFailure(Refusal())))
  }

  private let objects: Contents = [
    Key("a/1"): ModelObject(
      size: 200_000, lastModified: Timestamp(millisecondsSinceEpoch: 1_500)),
    Key("a/2"): ModelObject(size: 300_000, storageClass: "GLACIER"),
    Key("b"): ModelObject(size: 500_000),
  ]

  @Test func tellsOfABucketByClass() async throws {
    let index = try ScratchIndex()
    try await index.writer().sync("logs", objects, region: "us-east-1")
    let logs = try index.scraped().of("logs")
    #expect(logs["bucket_bytes storage_class=\"STANDARD\""] == "700000")
    #expect(logs["bucket_bytes storage_class=\"GLACIER\""] == "300000")
    #expect(logs["bucket_objects storage_class=\"STANDARD\""] == "2")
    #expect(logs["bucket_info region=\"us-east-1\""] == "1")
    #expect(logs["bucket_complete"] == "1")
    #expect(logs["bucket_denied"] == "0")
    #expect(logs["bucket_last_modified_timestamp_seconds"] == "1.500")
    #expect(logs["bucket_synced_timestamp_seconds"] == "1795132800")
    #expect(logs["bucket_changed_objects change=\"added\""] == "3")
    #expect(logs["bucket_changed_objects change=\"removed\""] == "0")
  }

  @Test func whatIsNotKnownHasNoSeries() async throws {
    let index = try ScratchIndex()
    let writer = try index.writer()
    try await writer.recordRefusal(
      of: BucketIdentity(endpoint: "", name: "closed", region: nil), owner: nil,
      outcome: .denied(CrawlFailure(Refusal())))
    let scraped = try index.scraped()
    #expect(
      scraped.of("closed") == ["bucket_info": "1", "bucket_complete": "0", "bucket_denied": "1"])
    #expect(scraped[#"s3audit_buckets{state="denied"}"#] == "1")
    #expect(scraped[#"s3audit_buckets{state="complete"}"#] == "0")
    // No sync has ended, and no bucket was listed with its versions.
    #expect(scraped.series(of: "s3audit_last_sync_success").isEmpty)
    try await writer.sync("logs", objects)
    let logs = try index.scraped().of("logs")
    #expect(!logs.keys.contains { $0.hasPrefix("bucket_noncurrent") || $0.contains("upload") })
    #expect(!logs.keys.contains { $0.hasPrefix("bucket_delete_markers") })
  }

  @Test func aDeniedBucketKeepsItsLastFigures() async throws {
    let index = try ScratchIndex()
    let writer = try index.writer()
    try await writer.sync("logs", objects, region: "us-east-1")
    let before = try index.scraped().of("logs")
    index.time.advance(days: 1)
    try await deny("logs", writer)
    let after = try index.scraped().of("logs")
    #expect(after.keys.sorted() == before.keys.sorted())
    #expect(
      after.filter { before[$0.key] != $0.value } == ["bucket_complete": "0", "bucket_denied": "1"])
  }

  @Test func anEmptiedClassStaysAsNothing() async throws {
    let index = try ScratchIndex()
    let writer = try index.writer()
    try await writer.sync("logs", objects, region: "us-east-1")
    index.time.advance(days: 1)
    try await writer.sync(
      "logs", objects.filter { $0.value.storageClass == "STANDARD" }, region: "us-east-1")
    let logs = try index.scraped().of("logs")
    for metric in ["bucket_bytes", "bucket_objects"] {
      #expect(logs["\(metric) storage_class=\"GLACIER\""] == "0")
    }
    #expect(logs["bucket_monthly_cost_dollars storage_class=\"GLACIER\""] == "0.000000")
    #expect(logs["bucket_changed_objects change=\"removed\""] == "1")
    #expect(logs["bucket_changed_objects change=\"added\""] == "0")
  }

  @Test func anEmptyBucketHoldsNothing() async throws {
    let index = try ScratchIndex()
    try await index.writer().sync("empty", [:], region: "us-east-1")
    let empty = try index.scraped().of("empty")
    #expect(empty["bucket_bytes storage_class=\"STANDARD\""] == "0")
    #expect(empty["bucket_monthly_cost_dollars storage_class=\"STANDARD\""] == "0.000000")
    #expect(empty["bucket_last_modified_timestamp_seconds"] == nil)
  }

  @Test func costsAreThoseOfAWS() async throws {
    let index = try ScratchIndex()
    let writer = try index.writer()
    let tebibyte: Int64 = 1 << 40
    try await writer.sync(
      "alpha", [Key("a"): ModelObject(size: 10 * tebibyte)], region: "us-east-1")
    try await writer.sync(
      "odd", [Key("a"): ModelObject(size: 7, storageClass: "COLD")], region: "us-east-1")
    try await writer.sync("nowhere", [Key("a"): ModelObject(size: 9)])
    let scraped = try index.scraped()
    let cost = "bucket_monthly_cost_dollars storage_class="
    // 0.023 USD for each of 10,240 GiB.
    #expect(scraped.of("alpha")[cost + "\"STANDARD\""] == "235.520000")
    #expect(scraped.of("alpha")["bucket_unpriced_bytes"] == "0")
    #expect(scraped.of("odd")[cost + "\"COLD\""] == nil)
    #expect(scraped.of("odd")["bucket_unpriced_bytes"] == "7")
    #expect(scraped.of("nowhere")["bucket_unpriced_bytes"] == "9")
  }

  @Test func versionsAndUploadsAreToldWhereTheyWereListed() async throws {
    let index = try ScratchIndex()
    let writer = try index.writer()
    let stacks: Stacks = [
      Key("a"): [ModelVersion("2", ModelObject(size: 5)), ModelVersion("1", ModelObject(size: 3))],
      Key("b"): [.marker("1")],
    ]
    try await writer.syncVersions("logs", stacks)
    let id = try #require(try index.bucketID("logs"))
    func upload(_ key: String, _ bytes: Int64?) -> StoredUpload {
      StoredUpload(
        Upload(
          key: Key(key), uploadID: "u", initiated: ScratchIndex.start, storageClass: "STANDARD"),
        parts: bytes.map { .init(count: 1, bytes: $0) })
    }
    try await writer.replaceUploads([upload("a", 9)], of: id, prefix: .start, begun: index.now())
    let logs = try index.scraped().of("logs")
    #expect(logs["bucket_noncurrent_bytes"] == "3")
    #expect(logs["bucket_noncurrent_versions"] == "1")
    #expect(logs["bucket_delete_markers"] == "1")
    #expect(logs["bucket_uploads"] == "1")
    #expect(logs["bucket_upload_bytes"] == "9")
    try await writer.replaceUploads(
      [upload("a", 9), upload("b", nil)], of: id, prefix: .start, begun: index.now())
    let after = try index.scraped().of("logs")
    #expect(after["bucket_uploads"] == "2")
    #expect(after["bucket_upload_bytes"] == nil)
  }

  @Test func aBucketThatNeverHadVersioningHasNoVersions() async throws {
    let index = try ScratchIndex()
    let writer = try index.writer()
    try await writer.record(
      [BucketProperty(.versioning, .absent)], of: try await writer.begin("logs"))
    try await writer.sync("logs", objects)
    let logs = try index.scraped().of("logs")
    #expect(logs["bucket_noncurrent_versions"] == "0")
    #expect(logs["bucket_delete_markers"] == "0")
  }

  @Test func theLargestBucketsAreToldAndTheOthersCounted() async throws {
    let index = try ScratchIndex()
    let writer = try index.writer()
    for (name, size) in [("c", 1), ("a", 5), ("d", 5), ("b", 9)] {
      try await writer.sync(name, [Key("k"): ModelObject(size: Int64(size))])
    }
    var settings = MetricsSettings()
    settings.bucketsMax = 2
    let scraped = try index.scraped(settings)
    #expect(
      scraped.series(of: "s3audit_bucket_complete") == [
        #"s3audit_bucket_complete{bucket="a"}"#, #"s3audit_bucket_complete{bucket="b"}"#,
      ])
    #expect(scraped["s3audit_metrics_omitted_buckets"] == "2")
    #expect(scraped[#"s3audit_buckets{state="complete"}"#] == "4")
    settings.bucketsMax = 0
    #expect(try index.scraped(settings)["s3audit_metrics_omitted_buckets"] == "4")
  }

  @Test func prefixesAreToldThatWereNamed() async throws {
    let index = try ScratchIndex()
    let deep = Contents(
      uniqueKeysWithValues: (1...3).map {
        (Key("a/b/c/d/e/\($0)"), ModelObject(size: Int64($0)))
      })
    try await index.writer().sync("logs", deep)
    var settings = MetricsSettings()
    settings.prefixes = [
      .init(bucket: "logs", prefix: Key("a/")), .init(bucket: "logs", prefix: Key("a/b/c/d/e/")),
      .init(bucket: "logs", prefix: Key("a/b/c/d/e/3")),
      .init(bucket: "logs", prefix: Key("gone/")),
      .init(bucket: "nowhere", prefix: Key("a/")), .init(bucket: "logs", prefix: Key("a/")),
    ]
    let scraped = try index.scraped(settings)
    #expect(scraped.series(of: "s3audit_prefix_bytes").count == 4)
    func bytes(_ prefix: String) -> String? {
      scraped["s3audit_prefix_bytes{bucket=\"logs\",prefix=\"\(prefix)\"}"]
    }
    #expect(
      ["a/", "a/b/c/d/e/", "a/b/c/d/e/3", "gone/"].map(bytes) == ["6", "6", "3", "0"])
    #expect(scraped[#"s3audit_prefix_objects{bucket="logs",prefix="a/"}"#] == "3")
  }
}
