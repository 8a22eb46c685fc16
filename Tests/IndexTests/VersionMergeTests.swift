import Index
import IndexFixtures
import SQLite
import TestSupport
import Testing
import Vocabulary

/// How stacks of versions become rows, and how few are written.
@Suite struct VersionMergeTests {
  private func time(_ seconds: Int64) -> Timestamp {
    Timestamp(millisecondsSinceEpoch: seconds * 1_000)
  }

  private func version(_ id: String, size: Int64 = 1) -> ModelVersion {
    ModelVersion(id, ModelObject(size: size))
  }

  /// What is written to the tables of a bucket from now on, a row a line: `INSERT object k`.
  private func watchWrites(_ index: ScratchIndex) throws {
    var script = "CREATE TABLE written (text TEXT NOT NULL) STRICT;"
    for table in ["object", "object_version"] {
      for (verb, row) in [("INSERT", "new"), ("UPDATE", "new"), ("DELETE", "old")] {
        script += """
          CREATE TRIGGER watch_\(verb)_\(table) AFTER \(verb) ON \(table)
          BEGIN INSERT INTO written VALUES ('\(verb) \(table) ' || \(row).key); END;
          """
      }
    }
    for table in ["bucket_usage", "prefix_usage", "version_usage", "prefix_version_usage"] {
      for verb in ["INSERT", "UPDATE", "DELETE"] {
        script += """
          CREATE TRIGGER watch_\(verb)_\(table) AFTER \(verb) ON \(table)
          BEGIN INSERT INTO written VALUES ('\(verb) \(table)'); END;
          """
      }
    }
    try index.execute(script)
  }

  private func ranks(_ index: ScratchIndex) throws -> [String] {
    try index.texts(
      "SELECT version_id || ' ' || rank || ' ' || kind FROM object_version ORDER BY key, rank")
  }

  @Test func aWriteMakesTheObjectAVersion() async throws {
    let index = try ScratchIndex()
    let writer = try index.writer()
    try await writer.syncVersions("bucket", [Key("a/k"): [version("v2"), version("v1")]])
    #expect(try ranks(index) == ["v1 0 0"])
    try watchWrites(index)
    try await writer.syncVersions(
      "bucket", [Key("a/k"): [version("v3"), version("v2"), version("v1")]])
    #expect(try ranks(index) == ["v2 -1024 0", "v1 0 0"])
    // The object's attributes are the same, so its sums are too.
    #expect(
      try index.texts("SELECT text FROM written WHERE text NOT LIKE '%usage'")
        == ["UPDATE object a/k", "INSERT object_version a/k"])
    try await writer.syncVersions(
      "bucket",
      [Key("a/k"): [.marker("m"), version("v3"), version("v2"), version("v1")]])
    #expect(try ranks(index) == ["m -3072 2", "v3 -2048 0", "v2 -1024 0", "v1 0 0"])
    #expect(try index.contents(of: "bucket") == [:])
  }

  @Test(arguments: [false, true])
  func aWriteToAKeyOfManyVersionsWritesFewRows(hides: Bool) async throws {
    let index = try ScratchIndex()
    let writer = try index.writer()
    var stack = (0..<100_000).map { version("v\($0)") }
    try await writer.syncVersions("bucket", [Key("a/b/c/d/k"): stack])
    try watchWrites(index)
    stack.insert(hides ? .marker("new") : version("new", size: 5), at: 0)
    let result = try await writer.syncVersions("bucket", [Key("a/b/c/d/k"): stack])
    #expect(result.outcome == .complete)
    #expect(result.counts.versions == 100_000 + (hides ? 1 : 0))
    let rows = try index.texts("SELECT text FROM written")
    #expect(rows.count { !$0.hasSuffix("usage") } <= 3, "\(rows)")
    #expect(try index.known(of: "bucket") == [Key("a/b/c/d/k"): stack].known)
  }

  @Test func newVersionsFindRoomBetweenOthers() async throws {
    let index = try ScratchIndex()
    let writer = try index.writer()
    var stack = ["now", "x", "y"].map { version($0) }
    try await writer.syncVersions("bucket", [Key("k"): stack])
    stack.insert(version("between"), at: 2)
    try await writer.syncVersions("bucket", [Key("k"): stack])
    #expect(try ranks(index) == ["x 0 0", "between 512 0", "y 1024 0"])
    // Half of the room goes each time, until the key is numbered anew.
    for number in 0..<12 {
      stack.insert(version("n\(number)"), at: 2)
      try await writer.syncVersions("bucket", [Key("k"): stack])
      #expect(try index.known(of: "bucket") == [Key("k"): stack].known, "\(number)")
    }
    #expect(try index.integers("SELECT max(rank) FROM object_version") == [12 * 1_024])
  }

  @Test func aKeyWithoutALatestVersionHasTheFirst() async throws {
    let index = try ScratchIndex()
    let writer = try index.writer()
    let stacks: Stacks = [
      Key("k"): [version("v2"), version("v1")], Key("m"): [.marker("m"), version("v1")],
    ]
    let syncID = try await writer.beginSync()
    let plan = try await writer.beginVersions("bucket")
    let page = ObjectPage(stacks.sorted { $0.key < $1.key }, marksLatest: false)
    _ = try await writer.merge(
      PageCoverage(page: page, after: .start, through: nil), into: plan.ranges[0], of: plan,
      syncID: syncID)
    #expect(try await writer.finishCrawl(plan, outcome: .complete) == .complete)
    #expect(try index.known(of: "bucket") == stacks.known)
  }

  /// As of servers whose clocks differ: the order is the server's, and what is latest too.
  @Test func theLatestVersionNeedNotBeTheFirst() async throws {
    let index = try ScratchIndex()
    let writer = try index.writer()
    var page = ObjectPage()
    for (id, isLatest) in [("c", false), ("b", true), ("a", false)] {
      page.append(
        key: Key("k"), versionID: id, kind: .version, isLatest: isLatest, etag: "e", size: 1,
        lastModified: time(0), storageClass: "STANDARD")
    }
    page.append(
      key: Key("m"), versionID: "old", kind: .version, isLatest: false, etag: "e", size: 1,
      lastModified: time(0), storageClass: "STANDARD")
    page.append(
      key: Key("m"), versionID: "mark", kind: .deleteMarker, isLatest: true,
      lastModified: time(0))
    for isAgain in [false, true] {
      let syncID = try await writer.beginSync()
      let plan = try await writer.beginVersions("bucket")
      let counts = try await writer.merge(
        PageCoverage(page: page, after: .start, through: nil), into: plan.ranges[0], of: plan,
        syncID: syncID)
      #expect(counts.objects == 1 && counts.versions == 4)
      #expect(try await writer.finishCrawl(plan, outcome: .complete) == .complete)
      #expect(try index.texts("SELECT key || version_id FROM object") == ["kb"])
      #expect(try ranks(index) == ["c 0 0", "a 1024 0", "old 0 0", "mark 1024 2"])
      if !isAgain { try index.execute(refusalsOfVersionWrites) }
    }
  }

  @Test func anEmptyPageEmptiesItsRange() async throws {
    let index = try ScratchIndex()
    let writer = try index.writer()
    try await writer.syncVersions(
      "bucket", [Key("a"): [.marker("m"), version("v")], Key("b"): [version("w"), version("v")]])
    let syncID = try await writer.beginSync()
    let plan = try await writer.beginVersions("bucket")
    let counts = try await writer.merge(
      PageCoverage(page: ObjectPage(), after: .start, through: nil), into: plan.ranges[0],
      of: plan, syncID: syncID)
    #expect(counts == ChangeCounts(removed: 1))
    #expect(try await writer.finishCrawl(plan, outcome: .complete) == .complete)
    #expect(try index.known(of: "bucket") == [:])
    #expect(try index.integers("SELECT count(*) FROM version_usage") == [0])
  }

  /// What is listed for the first time has been there before: its id is new, the object is not.
  @Test func aVersionIDAloneIsNoChange() async throws {
    let index = try ScratchIndex()
    let writer = try index.writer()
    try await writer.sync("bucket", [Key("k"): ModelObject()])
    let result = try await writer.syncVersions("bucket", [Key("k"): [ModelVersion("v1")]])
    #expect(result.counts == ChangeCounts(objects: 1))
    #expect(try index.texts("SELECT version_id FROM object") == ["v1"])
    #expect(try index.changes(inSync: result.syncID, of: "bucket") == [])
  }

  // MARK: - Plain crawls afterwards

  /// A version that was written again in the same second looks the same to a listing of objects.
  @Test(
    arguments: [(900_001, "v"), (900_000, nil), (899_999, nil), (-5_000, nil)] as [(Int64, String?)]
  )
  func keepsAVersionIDThatIsSure(age: Int64, id: String?) async throws {
    let index = try ScratchIndex()
    let writer = try index.writer()
    let time = Timestamp(
      millisecondsSinceEpoch: ScratchIndex.start.millisecondsSinceEpoch - age)
    let object = ModelObject(lastModified: time)
    try await writer.syncVersions("bucket", [Key("k"): [ModelVersion("v", object)]])
    index.time.advance(days: 1)
    let result = try await writer.sync("bucket", [Key("k"): object])
    #expect(result.counts == ChangeCounts(objects: 1))
    #expect(try index.known(of: "bucket")[Key("k")]?.id == id)
    try index.execute(refusalsOfVersionWrites)
    try await writer.sync("bucket", [Key("k"): object])
  }

  @Test func aChangedObjectHasNoVersionID() async throws {
    let index = try ScratchIndex()
    let writer = try index.writer()
    try await writer.syncVersions("bucket", [Key("k"): [ModelVersion("v")]])
    try await writer.sync("bucket", [Key("k"): ModelObject(size: 2)])
    #expect(try index.known(of: "bucket") == [Key("k"): KnownKey(object: ModelObject(size: 2))])
  }

  @Test func anObjectThatComesUncoversItsMarker() async throws {
    let index = try ScratchIndex()
    let writer = try index.writer()
    try await writer.syncVersions("bucket", [Key("k"): [.marker("m"), version("v")]])
    try await writer.sync("bucket", [Key("k"): ModelObject()])
    #expect(try ranks(index) == ["m 0 1", "v 1024 0"])
    #expect(try index.versionSums(of: "bucket")[""] == VersionSum(markers: 1))
  }
}
