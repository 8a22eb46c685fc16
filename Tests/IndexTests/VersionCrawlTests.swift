import Foundation
import Index
import IndexFixtures
import SQLite
import TestSupport
import Testing
import Vocabulary

/// What crawls of versions leave behind besides rows.
@Suite struct VersionCrawlTests {
  private static let stacks: Stacks = [
    Key("a"): [ModelVersion("v2"), ModelVersion("v1", ModelObject(size: 4))],
    Key("b"): [.marker("m"), ModelVersion("v1", ModelObject(size: 5))],
  ]

  private func moments(_ index: ScratchIndex) throws -> [String] {
    try index.texts(
      "SELECT coalesce(synced_at, '-') || ' ' || coalesce(versions_synced_at, '-') FROM buckets")
  }

  @Test func tellsWhenVersionsWereListed() async throws {
    let index = try ScratchIndex()
    let writer = try index.writer()
    try await writer.sync("bucket", Self.stacks.contents)
    #expect(try moments(index) == ["2026-11-20T00:00:00Z -"])
    index.time.advance(days: 1)
    try await writer.syncVersions("bucket", Self.stacks, prefix: Key("a"))
    #expect(try moments(index) == ["2026-11-20T00:00:00Z -"])
    index.time.advance(days: 1)
    try await writer.syncVersions("bucket", Self.stacks)
    #expect(try moments(index) == ["2026-11-22T00:00:00Z 2026-11-22T00:00:00Z"])
    index.time.advance(days: 1)
    try await writer.sync("bucket", Self.stacks.contents)
    #expect(try moments(index) == ["2026-11-23T00:00:00Z 2026-11-22T00:00:00Z"])
  }

  /// Of another bucket of the same name nothing was listed.
  @Test func forgetsWhenAnotherBucketHasTheName() async throws {
    let index = try ScratchIndex()
    let writer = try index.writer()
    try await writer.syncVersions("bucket", Self.stacks)
    for day: Int64 in [1, 2] {
      _ = try await writer.beginCrawl(
        of: BucketIdentity(
          endpoint: "", name: "bucket", created: Timestamp(millisecondsSinceEpoch: day)),
        owner: nil, prefix: .start, resumeAfter: nil)
    }
    #expect(try moments(index) == ["- -"])
  }

  @Test(arguments: [true, false])
  func takesUpOnlyACrawlOfItsKind(listsVersions: Bool) async throws {
    let index = try ScratchIndex()
    let writer = try index.writer()
    let first =
      listsVersions ? try await writer.beginVersions("bucket") : try await writer.begin("bucket")
    let same =
      listsVersions ? try await writer.beginVersions("bucket") : try await writer.begin("bucket")
    #expect(same.crawlID == first.crawlID)
    let other =
      listsVersions ? try await writer.begin("bucket") : try await writer.beginVersions("bucket")
    #expect(other.crawlID != first.crawlID && !other.isResumed)
    #expect(
      try index.texts("SELECT state || versions FROM crawl ORDER BY id")
        == ["abandoned\(listsVersions ? 1 : 0)", "running\(listsVersions ? 0 : 1)"])
  }

  @Test func resumesWithItsCounts() async throws {
    let index = try ScratchIndex()
    let writer = try index.writer()
    let syncID = try await writer.beginSync()
    let plan = try await writer.beginVersions("bucket")
    let keys = Self.stacks.sorted { $0.key < $1.key }
    _ = try await writer.merge(
      PageCoverage(page: ObjectPage(keys.prefix(1)), after: .start, through: Key("a")),
      into: plan.ranges[0], of: plan, syncID: syncID)
    try await writer.commit()
    let killed = try index.copyAfterKill()
    let resumed = try await killed.writer().beginVersions("bucket")
    #expect(resumed.isResumed && resumed.listsVersions && resumed.versionsInIndex == 1)
    #expect(resumed.ranges.map(\.objects) == [1] && resumed.ranges.map(\.versions) == [1])
    #expect(
      resumed.ranges[0].lastEntries
        == ["v2", "v1"].map { ListedVersion(key: Key("a"), versionID: $0, isMarker: false) })
  }

  /// The beginning of a range is told where the range before it has not come to its end.
  @Test func tellsTheBeginningsThatNobodyVouchedFor() async throws {
    let index = try ScratchIndex()
    let writer = try index.writer()
    let syncID = try await writer.beginSync()
    let plan = try await writer.beginVersions("bucket")
    let keys = Self.stacks.sorted { $0.key < $1.key }
    let rest = CrawlRange(lo: Key("a"), hi: nil, cursor: Key("a"))
    _ = try await writer.apply(
      [
        .split(lo: .start, at: Key("a")),
        .merge(
          PageCoverage(page: ObjectPage(keys.suffix(1)), after: Key("a"), through: Key("b")),
          into: rest),
      ], of: plan, syncID: syncID)
    try await writer.commit()
    let killed = try index.copyAfterKill()
    let resumed = try await killed.writer().beginVersions("bucket")
    #expect(resumed.ranges[0].firstEntries.isEmpty)
    #expect(resumed.ranges[1].firstEntries.map(\.versionID) == ["m", "v1"])
  }

  /// No range begins behind a key that some servers would list again, page after page.
  @Test(arguments: [(50, 1), (150, 0)])
  func cutsNothingBehindADeepKey(versions: Int, marks: Int) async throws {
    let index = try ScratchIndex()
    let writer = try index.writer()
    let stacks: Stacks = [
      Key("a"): [ModelVersion("v1")],
      Key("b"): (0..<versions).map { ModelVersion("w\(1_000 - $0)") },
    ]
    try await writer.syncVersions("bucket", stacks)
    #expect(try index.texts("SELECT key FROM bucket_mark").count == marks)
  }

  /// Nothing is stored, counted or summed of what a first crawl gives up, also of what an earlier sync
  /// listed; a kill shows it.
  @Test func aFirstCrawlThatBeginsAgainLeavesNothingBehind() async throws {
    let index = try ScratchIndex()
    var writer = try index.writer()
    var plan = try await writer.beginVersions("bucket")
    let keys = Self.stacks.sorted { $0.key < $1.key }
    let first = try await writer.beginSync()
    _ = try await writer.merge(
      PageCoverage(page: ObjectPage(keys.prefix(1)), after: .start, through: Key("a")),
      into: plan.ranges[0], of: plan, syncID: first)
    try await writer.commit()
    let killed = try index.copyAfterKill()
    writer = try killed.writer()
    let second = try await writer.beginSync()
    plan = try await writer.beginVersions("bucket")
    var counts = try await writer.merge(
      PageCoverage(page: ObjectPage(keys.suffix(1)), after: Key("a"), through: Key("b")),
      into: plan.ranges[0], of: plan, syncID: second)
    #expect(counts == ChangeCounts(versions: 2))
    counts += try await writer.apply([.restart(isOrdered: true)], of: plan, syncID: second)
    #expect(counts == ChangeCounts(objects: -1, versions: -1))
    try await writer.commit()
    let tables = ["object", "object_version", "bucket_usage", "version_usage", "prefix_usage"]
    for table in tables {
      #expect(
        try killed.integers("SELECT count(*) FROM \(table) WHERE bucket_id = \(plan.bucketID)")
          == [0], "\(table)")
    }
    #expect(
      try killed.texts("SELECT objects || ' ' || added || ' ' || versions FROM syncs")
        == ["0 0 0", "0 0 0"])
    var random = SplitMix64(seed: 1)
    plan.ranges = [CrawlRange(lo: .start, hi: nil, cursor: .start)]
    _ = try await writer.list(Self.stacks, plan, syncID: second, &random)
    #expect(try await writer.finishCrawl(plan, outcome: .complete) == .complete)
    #expect(try killed.known(of: "bucket") == Self.stacks.known)
    #expect(try killed.versionSums(of: "bucket") == Self.stacks.known.versionSums)
    #expect(
      try killed.texts("SELECT objects || ' ' || added || ' ' || versions FROM syncs")
        == ["0 0 0", "1 1 3"])
  }

  /// What a complete crawl found is compared with what the server says in the end.
  @Test func aLaterCrawlThatBeginsAgainKeepsWhatIsThere() async throws {
    let index = try ScratchIndex()
    let writer = try index.writer()
    try await writer.syncVersions("bucket", Self.stacks)
    let syncID = try await writer.beginSync()
    var plan = try await writer.beginVersions("bucket")
    var random = SplitMix64(seed: 1)
    _ = try await writer.list(Self.stacks, plan, syncID: syncID, &random)
    _ = try await writer.apply([.restart(isOrdered: true)], of: plan, syncID: syncID)
    try await writer.commit()
    #expect(try index.known(of: "bucket") == Self.stacks.known)
    #expect(
      try index.texts("SELECT objects || ' ' || versions FROM syncs") == ["1 3", "0 0"])
    plan.ranges = [CrawlRange(lo: .start, hi: nil, cursor: .start)]
    _ = try await writer.list(Self.stacks, plan, syncID: syncID, &random)
    #expect(try await writer.finishCrawl(plan, outcome: .complete) == .complete)
    #expect(
      try index.texts("SELECT added || ' ' || changed || ' ' || removed FROM syncs")
        == ["1 0 0", "0 0 0"])
  }

  @Test func syncsCountVersionsWhereTheyWereListed() async throws {
    let index = try ScratchIndex()
    let writer = try index.writer()
    try await writer.sync("bucket", Self.stacks.contents)
    try await writer.syncVersions("bucket", Self.stacks)
    #expect(try index.texts("SELECT coalesce(versions, '-') FROM syncs") == ["-", "3"])
  }

  @Test(arguments: [false, true])
  func countsKeysWhoseLatestVersionNobodyNames(mayLackFirst: Bool) async throws {
    let index = try ScratchIndex()
    let writer = try index.writer()
    let syncID = try await writer.beginSync()
    let plan = try await writer.beginVersions("bucket")
    let keys = Self.stacks.sorted { $0.key < $1.key }
    let counts = try await writer.merge(
      PageCoverage(
        page: ObjectPage(keys[...], marksLatest: false), after: .start, through: nil,
        mayLackFirst: mayLackFirst),
      into: plan.ranges[0], of: plan, syncID: syncID)
    #expect(counts.keysWithoutLatest == (mayLackFirst ? 1 : 2))
    #expect(try await writer.finishCrawl(plan, outcome: .complete) == .complete)
    #expect(try index.known(of: "bucket") == Self.stacks.known)
  }

  /// A sync that was interrupted after a plain crawl has not listed the versions.
  @Test func aPlainCrawlIsNoFinishedCrawlOfVersions() async throws {
    let index = try ScratchIndex.ticking()
    let writer = try index.writer()
    let identity = BucketIdentity(endpoint: "", name: "bucket")
    func hasFinished(_ listsVersions: Bool) async throws -> Bool {
      let next = try await writer.beginSync()
      return try await writer.hasFinished(
        identity, prefix: .start, before: next, since: ScratchIndex.start,
        listsVersions: listsVersions)
    }
    let syncID = try await writer.beginSync()
    let plan = try await writer.begin("bucket")
    var random = SplitMix64(seed: 1)
    _ = try await writer.list(Self.stacks.contents, plan, syncID: syncID, &random)
    _ = try await writer.finishCrawl(plan, outcome: .complete)
    #expect(try await hasFinished(false))
    #expect(try await !hasFinished(true))
    let again = try await writer.beginVersions("bucket")
    let last = try await writer.beginSync()
    _ = try await writer.list(Self.stacks, again, syncID: last, &random)
    _ = try await writer.finishCrawl(again, outcome: .complete)
    #expect(try await hasFinished(true))
    #expect(try await hasFinished(false))
  }

  @Test func marksCountEntries() async throws {
    let index = try ScratchIndex()
    let writer = try index.writer()
    let stacks = Stacks(
      uniqueKeysWithValues: (0..<1_500).map { number in
        (Key("k\(10_000 + number)"), (0..<4).map { ModelVersion("v\($0)") })
      })
    try await writer.syncVersions("bucket", stacks)
    #expect(try index.integers("SELECT sum(objects) FROM bucket_mark") == [6_000])
    #expect(try index.integers("SELECT count(*) FROM bucket_mark")[0] >= 2)
  }

  @Test(arguments: [
    "DELETE FROM object_version WHERE kind = 0 AND key = 'a'",
    "UPDATE version_usage SET bytes = bytes + 1",
    "UPDATE version_usage SET markers = 2 WHERE markers = 1",
    "INSERT INTO object SELECT bucket_id, 'b', 1, 0, 'e', storage_class_id, NULL FROM object",
  ])
  func checksItselfAtTheEnd(damage: String) async throws {
    let index = try ScratchIndex()
    let writer = try index.writer()
    let syncID = try await writer.beginSync()
    let plan = try await writer.beginVersions("bucket")
    var random = SplitMix64(seed: 3)
    _ = try await writer.list(Self.stacks, plan, syncID: syncID, &random)
    try await writer.commit()
    try index.execute(damage)
    let outcome = try await writer.finishCrawl(plan, outcome: .complete)
    #expect(outcome.failure?.error is SelfCheckFailure)
    #expect(try index.bucket("bucket")?.state == "partial")
    #expect(try moments(index) == ["- -"])
    #expect(try await writer.syncVersions("bucket", Self.stacks).outcome == .complete)
    #expect(try index.known(of: "bucket") == Self.stacks.known)
    #expect(try index.versionSums(of: "bucket") == Self.stacks.known.versionSums)
  }

  @Test func refusesSizesThatCannotBe() async throws {
    let index = try ScratchIndex()
    let writer = try index.writer()
    let large = ModelObject(size: BucketTooLarge.bytesMax / 2 + 1)
    await #expect(throws: BucketTooLarge.self) {
      try await writer.syncVersions(
        "bucket", [Key("k"): [ModelVersion("v2", large), ModelVersion("v1", large)]])
    }
    #expect(try await writer.syncVersions("bucket", Self.stacks).outcome == .complete)
  }

  @Test func forgetsEverythingOfABucket() async throws {
    let index = try ScratchIndex()
    let writer = try index.writer()
    try await writer.syncVersions("bucket", [Key("a/k"): Self.stacks[Key("b")] ?? []])
    let id = try #require(try index.bucketID("bucket"))
    try await writer.replaceUploads(
      [
        StoredUpload(
          Upload(
            key: Key("k"), uploadID: "u", initiated: ScratchIndex.start, storageClass: "STANDARD"))
      ], of: id, prefix: .start, begun: ScratchIndex.start)
    try await writer.forget(bucket: "bucket", endpoint: "")
    let tables = try index.texts(
      """
      SELECT m.name FROM sqlite_schema AS m JOIN pragma_table_info(m.name) AS c
      WHERE m.type = 'table' AND c.name = 'bucket_id'
      """)
    #expect(tables.contains("object_version") && tables.contains("upload"))
    for table in tables {
      #expect(try index.integers("SELECT count(*) FROM \(table)") == [0], "\(table)")
    }
  }

  @Test func remembersWhatTheUserWants() async throws {
    let index = try ScratchIndex()
    let writer = try index.writer()
    #expect(try await writer.listsVersions(of: "bucket", endpoint: "") == nil)
    let plan = try await writer.beginVersions("bucket")
    #expect(try await writer.listsVersions(of: "bucket", endpoint: "") == nil)
    for wish in [true, false] {
      try await writer.rememberVersions(wish, ofBucket: plan.bucketID)
      try await writer.commit()
      #expect(try await writer.listsVersions(of: "bucket", endpoint: "") == wish)
    }
  }

  // MARK: - Size

  private static let keyCount = 4_000
  private static let pageBytes = 16_384

  /// Bytes of an index of keys of 64 bytes, when it is at rest.
  private func bytes(versions: Int, listsVersions: Bool) async throws -> Int {
    let index = try ScratchIndex()
    let writer = try index.writer()
    let etag = "0123456789abcdef0123456789abcdef"
    let stacks = Stacks(
      uniqueKeysWithValues: (0..<Self.keyCount).map { number in
        let key = Key(String(repeating: "0", count: 58) + "\(100_000 + number)")
        let stack = (0..<versions).map { version in
          let id = "\(number)-\(version)-" + String(repeating: "v", count: 32)
          return ModelVersion(
            String(id.prefix(32)),
            ModelObject(size: 1 << 20, lastModified: ScratchIndex.start, etag: etag))
        }
        return (key, stack)
      })
    if listsVersions {
      try await writer.syncVersions("bucket", stacks)
    } else {
      try await writer.sync("bucket", stacks.contents)
    }
    _ = try await writer.rest()
    let attributes = try FileManager.default.attributesOfItem(atPath: index.path)
    return Int(try #require(attributes[.size] as? Int64))
  }

  /// But for the first pages of tables that were empty.
  @Test func aVersionTakesItsKeyAnd110Bytes() async throws {
    let plain = try await bytes(versions: 1, listsVersions: false)
    let current = try await bytes(versions: 1, listsVersions: true)
    let all = try await bytes(versions: 3, listsVersions: true)
    #expect(all - current <= 2 * Self.keyCount * (64 + 110) + 4 * Self.pageBytes)
    // The id of the current one is in the object: 32 bytes and what a page is not full.
    #expect(current - plain <= Self.keyCount * 40)
  }
}
