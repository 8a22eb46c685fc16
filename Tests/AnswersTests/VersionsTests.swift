import Arguments
import Index
import IndexFixtures
import Report
import Testing
import Vocabulary

@testable import Answers

/// Two buckets, of one of which versions were listed.
private func versionedIndex() async throws -> ScratchIndex {
  let index = try ScratchIndex()
  let writer = try index.writer()
  try await writer.syncVersions(
    "logs",
    [
      Key("2025/a"): [
        ModelVersion("a2", ModelObject(size: 3, lastModified: days(2))),
        ModelVersion("a1", ModelObject(size: 40, lastModified: days(12), storageClass: "GLACIER")),
        ModelVersion("a0", ModelObject(size: 50, lastModified: days(16))),
      ],
      Key("2026/b"): [
        .marker("m", at: days(5)), ModelVersion("b1", ModelObject(size: 7, lastModified: days(6))),
      ],
      Key("2026/gone"): [.marker("m2", at: days(1)), .marker("m1", at: days(3))],
      Key("c"): [ModelVersion("c1", ModelObject(size: 1, lastModified: days(8)))],
    ])
  try await writer.sync("media", [Key("x"): ModelObject(size: 7, lastModified: days(3))])
  return index
}

private func days(_ count: Int64) -> Timestamp {
  Timestamp(
    millisecondsSinceEpoch: ScratchIndex.start.millisecondsSinceEpoch - count * 86_400_000)
}

@Suite struct VersionsTests {
  private func rows(_ arguments: String...) async throws -> [String] {
    try answered(typed(Versions.self, arguments), by: try await versionedIndex())
      .split(separator: "\n").map { String($0) }
  }

  private static let moment = "2026-11-20T00:00:00Z"

  @Test func sumsBuckets() async throws {
    #expect(
      try await rows() == [
        "bucket,noncurrent_objects,noncurrent_bytes,delete_markers,state,versions_synced_at",
        "logs,3,97,3,complete,\(Self.moment)", "media,,,,never,",
      ])
  }

  @Test func sumsPrefixesAndClasses() async throws {
    #expect(
      try await rows("logs", "--by", "prefix").dropFirst() == [
        "logs,\"\",3,97,3,complete,\(Self.moment)", "logs,2025/,2,90,0,complete,\(Self.moment)",
        "logs,2026/,1,7,3,complete,\(Self.moment)",
      ])
    #expect(
      try await rows("logs", "--by", "class").dropFirst() == [
        "GLACIER,1,40,0,complete,\(Self.moment)", "STANDARD,2,57,0,complete,\(Self.moment)",
        ",0,0,3,complete,\(Self.moment)",
      ])
    // A bucket that was never listed makes sums over several buckets uncertain.
    #expect(
      try await rows("--by", "class").dropFirst().allSatisfy { $0.contains(",partial,") })
  }

  @Test func namesTheKeysWithTheMostBytes() async throws {
    #expect(
      try await rows("--by", "key", "-n", "1") == [
        "bucket,key,noncurrent_objects,noncurrent_bytes,delete_markers,state,versions_synced_at",
        "logs,2025/a,2,90,0,complete,\(Self.moment)",
      ])
  }

  @Test func tellsWhatStacksTell() async throws {
    // Replaced: a1 2 days ago after 10 days, a0 12 days ago after 4, b1 5 days ago after 1.
    #expect(
      try await rows("--details") == [
        "bucket,noncurrent_objects,noncurrent_bytes,delete_markers,marker_only_keys,versions_per_key,"
          + "oldest_replaced_at,max_days_when_replaced,mean_days_when_replaced,"
          + "median_days_when_replaced,state,versions_synced_at",
        "logs,3,97,3,1,2.0,2026-11-08T00:00:00Z,10.0,5.0,4.0,complete,\(Self.moment)",
        "media,,,,,,,,,,never,",
      ])
  }

  @Test func aFilterBySizeOrClassLeavesMarkersUnknown() async throws {
    #expect(
      try await rows("logs", "--min-size", "10").dropFirst() == [
        "logs,2,90,,complete,\(Self.moment)"
      ])
    #expect(
      try await rows("logs", "--class", "GLACIER").dropFirst()
        == ["logs,1,40,,complete,\(Self.moment)"])
    #expect(
      try await rows("logs", "--newer-than", "4d").dropFirst()
        == ["logs,0,0,2,complete,\(Self.moment)"])
  }

  @Test(arguments: [["--by", "class"], ["--min-size", "1"], ["--older-than", "1d"]])
  func refusesDetailsOfPartsOfKeys(arguments: [String]) async throws {
    let index = try await versionedIndex()
    let answer = try typed(Versions.self, ["--details"] + arguments)
    #expect(throws: UsageError.self) { try answered(answer, by: index) }
  }

  @Test(arguments: [[], ["--by", "bucket"], ["--by", "class"], ["--by", "key"]])
  func refusesADepthOfWhatHasNone(arguments: [String]) async throws {
    let index = try await versionedIndex()
    let answer = try typed(Versions.self, arguments + ["--depth", "1"])
    let error = #expect(throws: UsageError.self) { try answered(answer, by: index) }
    #expect(error?.message.contains("'--depth'") == true)
    #expect(error?.hint?.contains("'--by prefix'") == true)
    _ = try answered(typed(Versions.self, "--by", "prefix", "--depth", "1"), by: index)
  }

  /// The total's median is that of all versions, not of the buckets' medians.
  @Test func endsATableOfDetailsWithTheMedianOfAll() async throws {
    let index = try await versionedIndex()
    let stack = [days(0), days(1), days(3)].map { time in
      ModelVersion(time.iso8601, ModelObject(size: 1, lastModified: time))
    }
    try await index.writer().syncVersions("media", [Key("x"): stack])
    let table = try answered(typed(Versions.self, "--details"), by: index, .init())
    let lines = table.split(separator: "\n").map { $0.split(separator: " ").map { String($0) } }
    // Ages of 1, 4 and 10 days, and of 1 and 2.
    #expect(lines.first { $0.first == "logs" }?.contains("4.0") == true, "\(table)")
    #expect(lines.first { $0.first == "media" }?.contains("1.5") == true, "\(table)")
    #expect(lines.first { $0.first == "total" }?.contains("2.0") == true, "\(table)")
  }

  @Test func refusesAnotherOrderOfKeys() async throws {
    let index = try await versionedIndex()
    let answer = try typed(Versions.self, "--by", "key", "--sort", "bucket")
    #expect(throws: UsageError.self) { try answered(answer, by: index) }
  }

  // MARK: - Other answers

  private func other<A: Answer>(_ answer: A.Type, _ arguments: String...) async throws -> [String] {
    try cells(typed(answer, arguments), by: try await versionedIndex())
  }

  @Test func totalsCountWhatIsAskedFor() async throws {
    #expect(try await other(Totals.self).last == "3,11")
    #expect(try await other(Totals.self, "--versions", "current").last == "3,11")
    #expect(try await other(Totals.self, "--versions", "noncurrent").last == "3,97")
    #expect(try await other(Totals.self, "--versions", "all").last == "6,108")
    // Nobody knows of the versions of this one.
    #expect(try await other(Totals.self, "media", "--versions", "noncurrent").last == ",,never,")
    #expect(
      try await other(Totals.self, "--by", "bucket", "--versions", "noncurrent").dropFirst()
        == ["logs,3,97", "media,,,never,"])
  }

  @Test func duCountsWhatIsAskedFor() async throws {
    #expect(
      try await other(Du.self, "logs", "--versions", "noncurrent").dropFirst()
        == ["logs,\"\",3,97", "logs,2025/,2,90", "logs,2026/,1,7"])
    #expect(
      try await other(Du.self, "logs", "--versions", "all").dropFirst()
        == ["logs,\"\",5,101", "logs,2025/,3,93", "logs,2026/,1,7"])
  }

  @Test func findShowsVersionsAndMarkers() async throws {
    let columns = "bucket,key,size,last_modified,etag,storage_class"
    #expect(try await other(Find.self, "logs").first == columns)
    let rows = try await other(Find.self, "logs", "--versions", "all")
    #expect(rows.first == columns + ",version_id,is_latest,is_delete_marker")
    #expect(
      rows.dropFirst().map { $0.split(separator: ",", omittingEmptySubsequences: false) }.map {
        "\($0[1]) \($0[2]) \($0[6]) \($0[7]) \($0[8])"
      } == [
        "2025/a 3 a2 true false", "2025/a 40 a1 false false", "2025/a 50 a0 false false",
        "2026/b  m true true", "2026/b 7 b1 false false", "2026/gone  m2 true true",
        "2026/gone  m1 false true", "c 1 c1 true false",
      ])
    #expect(try await other(Find.self, "logs", "--versions", "noncurrent").count == 5)
  }

  @Test func topKnowsVersions() async throws {
    let rows = try await other(Top.self, "--versions", "noncurrent", "-n", "2")
    #expect(
      rows.dropFirst().map { $0.split(separator: ",").prefix(3).joined(separator: " ") }
        == ["logs 2025/a 50", "logs 2025/a 40"])
    #expect(rows.last?.hasSuffix(",a1,false,false") == true)
  }

  @Test func histogramsCountWhatIsAskedFor() async throws {
    #expect(
      try await other(Histogram.self, "logs", "--versions", "noncurrent").dropFirst()
        == ["1 B to 1 KiB,1,1024,3,97,100.0,100.0"])
    #expect(
      try await other(Histogram.self, "logs", "--of", "age", "--versions", "all").dropFirst()
        .map { $0.split(separator: ",").prefix(5).joined(separator: " ") }
        == ["1 day to 7 days 86400 604800 2 10", "7 days to 30 days 604800 2592000 3 91"])
    #expect(try await other(Histogram.self, "media", "--versions", "noncurrent").count == 1)
  }

  // MARK: - Findings

  @Test func findingsNameWhatIsKept() async throws {
    let index = try await versionedIndex()
    let writer = try index.writer()
    for bucket in ["logs", "media"] {
      try await writer.record(
        [BucketProperty(.lifecycle, .absent), BucketProperty(.versioning, .absent)],
        of: try await writer.begin(bucket))
    }
    let rows = try answered(Findings(), by: index).split(separator: "\n")
    let kept = rows.filter { $0.contains("noncurrent-versions-kept") }
    #expect(kept.map { $0.hasPrefix("logs,noncurrent-versions-kept,low,") } == [true])
    #expect(kept.first?.contains(",3,97,,") == true)
  }
}
