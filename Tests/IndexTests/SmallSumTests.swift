import Index
import IndexFixtures
import Migrations
import SQLite
import Testing
import Vocabulary

/// Sums of objects under 128 KiB, which are kept beside the sums of all.
@Suite struct SmallSumTests {
  private static let rows = """
    INSERT INTO bucket (endpoint, name) VALUES ('', 'b');
    INSERT INTO storage_class (name) VALUES ('STANDARD'), ('GLACIER');
    INSERT INTO object (bucket_id, key, size, last_modified_ms, etag, storage_class_id) VALUES
      (1, 'a', 131071, 0, 'e', 1), (1, 'b', 131072, 0, 'e', 1), (1, 'c', 0, 0, 'e', 1),
      (1, 'd', 7, 0, 'e', 2);
    INSERT INTO object_version
      (bucket_id, key, rank, version_id, kind, size, last_modified_ms, etag, storage_class_id) VALUES
      (1, 'a', 0, 'v', 0, 5, 0, 'e', 1), (1, 'b', 0, 'v', 0, 200000, 0, 'e', 1),
      (1, 'c', 0, 'v', 1, 0, 0, '', NULL);
    INSERT INTO bucket_usage (bucket_id, storage_class_id, objects, bytes) VALUES
      (1, 1, 3, 262143), (1, 2, 1, 7);
    INSERT INTO version_usage (bucket_id, storage_class_id, objects, bytes, markers) VALUES
      (1, 1, 2, 200005, 0), (1, 0, 0, 0, 1);
    """

  private static func sums(of table: String) -> String {
    """
    SELECT storage_class_id || ' ' || small_objects || ' ' || small_bytes FROM \(table)
    ORDER BY storage_class_id
    """
  }

  private func expectSums(_ index: ScratchIndex) throws {
    #expect(try index.texts(Self.sums(of: "bucket_usage")) == ["1 2 131071", "2 1 7"])
    #expect(try index.texts(Self.sums(of: "version_usage")) == ["0 0 0", "1 1 5"])
  }

  private func older() throws -> (ScratchIndex, Int) {
    let index = try ScratchIndex()
    let before = try #require(migrations.firstIndex { $0.name == "v016_costs" })
    let connection = try IndexFile.openForWriting(
      path: index.path, now: index.now(), migrations: Array(migrations.prefix(before)), views: nil)
    try connection.execute(script: Self.rows)
    return (index, before)
  }

  @Test func areMadeFromTheRowsOfAnOlderIndex() throws {
    let (index, _) = try older()
    _ = try index.reader()
    try expectSums(index)
  }

  @Test func areMadeOfWhatAKilledUpgradeLeft() throws {
    let (index, before) = try older()
    let connection = try index.connection(.readWrite)
    try connection.execute(script: "PRAGMA cache_size = 1")
    try connection.begin(.immediate)
    try connection.execute(script: migrations[before].sql)
    let killed = try index.copyAfterKill()
    connection.rollBack()
    _ = try killed.reader()
    try expectSums(killed)
  }

  @Test func aDifferenceIsFoundAtTheEndOfACrawl() async throws {
    let index = try ScratchIndex()
    let writer = try index.writer()
    try await writer.sync("bucket", [Key("a"): ModelObject(size: 1)])
    try index.execute("UPDATE bucket_usage SET small_bytes = 2")
    let outcome = try await writer.sync("bucket", [Key("a"): ModelObject(size: 1)]).outcome
    #expect(outcome != .complete)
    #expect(try index.bucket("bucket")?.state == "partial")
    // They are made anew from the rows.
    #expect(try index.smallSums(of: "bucket") == ["STANDARD": Sum(objects: 1, bytes: 1)])
  }

  @Test func pricesAreWrittenOnceAndImportedOnesReplaceThoseOfTheirDay() async throws {
    let index = try ScratchIndex()
    let writer = try index.writer()
    func price(_ usd: String, _ date: String) -> StoredPrice {
      StoredPrice(
        service: "AmazonS3", region: "eu-west-1", usageType: "TimedStorage-ByteHrs", operation: "",
        effectiveDate: date, from: 0, to: nil, unit: "GB-Mo", usd: usd, source: "s")
    }
    var own = StoredPriceList(name: "", checksum: "1", prices: [price("0.1", "2026-01-01")])
    try await writer.keepOwnPrices(own)
    try index.execute("DELETE FROM price")
    try await writer.keepOwnPrices(own)
    #expect(try index.integers("SELECT count(*) FROM prices") == [0])
    own.checksum = "2"
    try await writer.keepOwnPrices(own)
    for usd in ["0.2", "0.3"] {
      try await writer.importPrices([
        StoredPriceList(
          name: "file", checksum: usd,
          prices: [price(usd, "2026-01-01"), price(usd, "2026-0\(usd.last ?? "1")-01")])
      ])
    }
    let imported = try index.reader().importedPrices().map { one in
      "\(one.price.effectiveDate) \(one.price.usd)"
    }
    #expect(imported == ["2026-02-01 0.2", "2026-01-01 0.3", "2026-03-01 0.3"])
    #expect(
      try index.texts("SELECT usd FROM prices WHERE effective_date = '2026-01-01' ORDER BY usd")
        == ["0.1", "0.3"])
  }
}
