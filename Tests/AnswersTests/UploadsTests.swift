import Index
import IndexFixtures
import Report
import Testing
import Vocabulary

@testable import Answers

/// Three buckets, of two of which uploads were listed, of one only below a prefix.
private func indexOfUploads() async throws -> ScratchIndex {
  let index = try ScratchIndex()
  let writer = try index.writer()
  let logs = try await writer.begin("logs").bucketID
  try await writer.replaceUploads(
    [
      upload("a/new", days: 1, parts: .init(count: 2, bytes: 7)),
      upload("a/old", days: 40, class: "GLACIER"),
      upload("b", days: 8, parts: .init(count: 0, bytes: 0)),
    ], of: logs, prefix: .start, begun: index.now())
  let media = try await writer.begin("media").bucketID
  try await writer.replaceUploads(
    [upload("p/x", days: 2)], of: media, prefix: Key("p/"), begun: index.now())
  _ = try await writer.begin("plain")
  return index
}

private func upload(
  _ key: String, days: Int64, class storageClass: String = "STANDARD",
  parts: StoredUpload.Parts? = nil
) -> StoredUpload {
  StoredUpload(
    Upload(
      key: Key(key), uploadID: "id-\(key)",
      initiated: Timestamp(
        millisecondsSinceEpoch: ScratchIndex.start.millisecondsSinceEpoch - days * 86_400_000),
      storageClass: storageClass), parts: parts)
}

@Suite struct UploadsTests {
  private func rows(_ arguments: String...) async throws -> [String] {
    try answered(typed(Uploads.self, arguments), by: try await indexOfUploads())
      .split(separator: "\n").map { String($0) }
  }

  @Test func listsTheOldestFirst() async throws {
    let moment = "2026-11-20T00:00:00Z"
    #expect(
      try await rows() == [
        "bucket,key,upload_id,initiated,age_days,storage_class,parts,bytes,state,uploads_synced_at",
        "logs,a/old,id-a/old,2026-10-11T00:00:00Z,40,GLACIER,,,complete,\(moment)",
        "logs,b,id-b,2026-11-12T00:00:00Z,8,STANDARD,0,0,complete,\(moment)",
        "media,p/x,id-p/x,2026-11-18T00:00:00Z,2,STANDARD,,,partial,",
        "logs,a/new,id-a/new,2026-11-19T00:00:00Z,1,STANDARD,2,7,complete,\(moment)",
      ])
  }

  @Test func choosesByTheTimesAtWhichTheyWereBegun() async throws {
    #expect(try await rows("--older-than", "7d").count == 3)
    #expect(try await rows("logs", "--newer-than", "2d").count == 2)
    #expect(try await rows("s3://logs/a/").count == 3)
    #expect(try await rows("--class", "GLACIER").count == 2)
    // What is not known is not so small.
    #expect(try await rows("--max-size", "1GiB").count == 3)
    #expect(try await rows("--key", "*x", "--min-size", "0").count == 1)
  }

  @Test func sumsThem() async throws {
    #expect(
      try await rows("--by", "bucket").map { String($0.prefix { $0 != "T" }) } == [
        "bucket,uploads,parts,bytes,oldest,state,uploads_synced_at", "logs,3,,,2026-10-11",
        "media,1,,,2026-11-18", "plain,,,,,never,",
      ])
    #expect(
      try await rows("logs", "--by", "prefix").dropFirst().map { String($0.prefix { $0 != "T" }) }
        == ["logs,\"\",1,0,0,2026-11-12", "logs,a/,2,,,2026-10-11"])
    #expect(
      try await rows("logs", "--by", "class").dropFirst().map { row in
        row.split(separator: ",", omittingEmptySubsequences: false).prefix(4).joined(separator: ",")
      } == ["GLACIER,1,,", "STANDARD,2,2,7"])
    #expect(
      try await rows("logs", "--by", "age").dropFirst().map { $0.prefix { $0 != "," } }
        == ["1 day to 7 days", "7 days to 30 days", "30 days to 90 days"])
  }

  @Test func findingsNameOldOnes() async throws {
    let index = try await indexOfUploads()
    let writer = try index.writer()
    for bucket in ["logs", "media", "plain"] {
      try await writer.record(
        [BucketProperty(.lifecycle, .absent)], of: try await writer.begin(bucket))
    }
    let rows = try answered(Findings(), by: index).split(separator: "\n")
      .filter { $0.contains("uploads-older-than-7-days") }
    // The bytes of one of the two are not known.
    #expect(rows.map { $0.hasPrefix("logs,uploads-older-than-7-days,low,") } == [true])
    #expect(rows.first?.contains(",2,,,") == true)
  }
}
