import Index
import IndexFixtures
import SQLite
import TestSupport
import Testing
import Vocabulary

/// Buckets that never had versioning, whose versions were asked for: each object has the id `null`.
@Suite struct NullIDTests {
  private static let old = ModelObject(size: 3, lastModified: days(-3))
  private static let contents: Contents = [
    Key("a/1"): old, Key("a/2"): ModelObject(size: 4, lastModified: days(-1)), Key("b"): old,
  ]

  private static func days(_ count: Int64) -> Timestamp {
    Timestamp(
      millisecondsSinceEpoch: ScratchIndex.start.millisecondsSinceEpoch + count * 86_400_000)
  }

  /// Each object with its id as the view has it.
  private func ids(_ index: ScratchIndex) throws -> [String] {
    let view = try index.texts(
      "SELECT key || ' ' || coalesce(version_id, '-') FROM versions ORDER BY bucket, key, rank")
    var found: [String] = []
    var filter = ObjectFilter()
    filter.entries = .all
    try index.reader().find(filter, limit: nil) { _, object, key, _ in
      let key = key.withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) }
      found.append("\(key) \(object.version?.id ?? "-")")
      return true
    }
    // What an answer shows is what the view shows.
    if !view.isEmpty { #expect(found == view) }
    return view
  }

  private static let allNull = ["a/1 null", "a/2 null", "b null"]

  @Test func everyObjectHasTheID() async throws {
    let index = try ScratchIndex()
    let writer = try index.writer()
    try await writer.syncAlone("bucket", Self.contents)
    #expect(try ids(index) == Self.allNull)
    // No row says so.
    #expect(try index.integers("SELECT count(version_id) FROM object") == [0])
    #expect(
      try index.texts("SELECT versions_synced_at || noncurrent_objects FROM buckets")
        == ["2026-11-20T00:00:00Z0"])
    index.time.advance(days: 1)
    try index.execute(refusalsOfVersionWrites)
    try await writer.syncAlone("bucket", Self.contents)
    #expect(try ids(index) == Self.allNull)
  }

  @Test func whoeverNeverAskedKnowsNothing() async throws {
    let index = try ScratchIndex()
    try await index.writer().sync("bucket", Self.contents)
    #expect(try ids(index) == [])
    #expect(try index.integers("SELECT count(*) FROM bucket WHERE null_ids_before_ms > 0") == [0])
  }

  /// As the program before this left it: no object is written.
  @Test func anIndexFromBeforeBecomesRight() async throws {
    let index = try ScratchIndex()
    let writer = try index.writer()
    try await writer.sync("bucket", Self.contents)
    _ = try await writer.rest()
    try index.execute("UPDATE bucket SET versions_begun_ms = 1, versions_synced_ms = 1")
    #expect(try ids(index) == ["a/1 -", "a/2 -", "b -"])
    try index.execute(refusalsOfVersionWrites)
    try await writer.syncAlone("bucket", Self.contents)
    #expect(try ids(index) == Self.allNull)
  }

  @Test func whatAPlainCrawlWritesIsInDoubt() async throws {
    let index = try ScratchIndex()
    let writer = try index.writer()
    var contents = Self.contents
    // So late that it may have been written again in the same second.
    contents[Key("c")] = ModelObject(lastModified: ScratchIndex.start)
    try await writer.syncAlone("bucket", contents)
    index.time.advance(days: 1)
    // An upload that was begun long ago has an old time.
    contents[Key("b")] = ModelObject(size: 9, lastModified: Self.days(-4))
    contents[Key("d")] = ModelObject(lastModified: Self.days(-4))
    contents[Key("e")] = ModelObject(lastModified: Self.days(1))
    try await writer.sync("bucket", contents)
    #expect(try ids(index) == ["a/1 null", "a/2 null", "b -", "c -", "d -", "e -"])
    try index.execute(refusalsOfVersionWrites)
    try await writer.sync("bucket", contents)
    try index.execute(undoingRefusals)
    try await writer.syncAlone("bucket", contents)
    #expect(try Set(ids(index).map { $0.suffix(5) }) == [" null"])
    #expect(try index.integers("SELECT count(version_id) FROM object") == [0])
  }

  /// Versioning was turned on before the crawl ended.
  @Test func whatIsNotConfirmedIsNotSaid() async throws {
    let index = try ScratchIndex()
    let writer = try index.writer()
    try await writer.syncAlone("bucket", Self.contents)
    var contents = Self.contents
    contents[Key("b")] = ModelObject(size: 5, lastModified: Self.days(1))
    contents[Key("new")] = ModelObject(lastModified: Self.days(1))
    index.time.advance(days: 1)
    try await writer.syncAlone("bucket", contents, isConfirmed: false)
    #expect(try ids(index) == ["a/1 null", "a/2 null", "b -", "new -"])
    // What was not written since is not written now.
    let stacks = contents.mapValues { object in
      [
        ModelVersion(
          object == Self.contents[Key("a/2")] || object == Self.old ? "null" : "v", object)
      ]
    }
    try index.execute(refusals(ofKeys: ["a/1", "a/2"]))
    try await writer.syncVersions("bucket", stacks)
    #expect(try ids(index) == ["a/1 null", "a/2 null", "b v", "new v"])
  }

  @Test func aFirstCrawlThatIsNotConfirmedSaysNothing() async throws {
    let index = try ScratchIndex()
    try await index.writer().syncAlone("bucket", Self.contents, isConfirmed: false)
    #expect(try ids(index) == [])
    #expect(try index.texts("SELECT coalesce(versions_synced_at, '-') FROM buckets") == ["-"])
  }

  /// The first half was listed by a plain crawl, before versions were asked for.
  @Test func whatWasTakenUpIsKnownToo() async throws {
    let index = try ScratchIndex()
    let writer = try index.writer()
    try await writer.syncAlone("bucket", Self.contents)
    var contents = Self.contents
    contents[Key("a/1")] = ModelObject(size: 8, lastModified: Self.days(1))
    index.time.advance(days: 1)
    let syncID = try await writer.beginSync()
    let plan = try await writer.begin("bucket")
    _ = try await writer.merge(
      PageCoverage(
        page: ObjectPage(contents.below(Key("a/")).sorted { $0.key < $1.key }), after: .start,
        through: Key("a/2")), into: plan.ranges[0], of: plan, syncID: syncID)
    try await writer.commit()
    #expect(try ids(index) == ["a/1 -", "a/2 null", "b null"])
    let killed = try index.copyAfterKill()
    let resumed = try await killed.writer().syncAlone("bucket", contents)
    #expect(resumed.crawlID == plan.crawlID && resumed.isResumed)
    #expect(try ids(killed) == Self.allNull)
  }

  @Test func aPrefixIsKnownByItself() async throws {
    let index = try ScratchIndex()
    let writer = try index.writer()
    try await writer.sync("bucket", Self.contents)
    index.time.advance(days: 1)
    try await writer.syncAlone("bucket", Self.contents, prefix: Key("a/"))
    #expect(try ids(index) == Self.allNull)
    var question = VersionQuestion(ObjectFilter())
    question.filter.prefix = Key("a/")
    let part = try #require(try index.reader().versionSums(question).rows.first)
    #expect(part.freshness.state == .complete && part.freshness.syncedAt == index.now())
    #expect(part.sums?.usage == Usage())
    question.filter.prefix = .start
    #expect(try index.reader().versionSums(question).rows.map(\.freshness.state) == [.partial])
  }

  @Test func anotherBucketOfTheNameSaysNothing() async throws {
    let index = try ScratchIndex()
    let writer = try index.writer()
    try await writer.syncAlone("bucket", Self.contents)
    for day: Int64 in [1, 2] {
      _ = try await writer.beginCrawl(
        of: BucketIdentity(endpoint: "", name: "bucket", created: Self.days(day)), owner: nil,
        prefix: .start, resumeAfter: nil)
    }
    #expect(try ids(index) == [])
    #expect(try index.integers("SELECT count(*) FROM bucket WHERE null_ids_before_ms > 0") == [0])
  }

  /// Random histories of a bucket whose versioning is turned on some day.
  @Test(arguments: 0..<30 as Range<UInt64>)
  func neverShowsAWrongID(seed: UInt64) async throws {
    var random = SplitMix64(seed: seed)
    let index = try ScratchIndex()
    let writer = try index.writer()
    var stacks: Stacks = [:]
    var hasVersioning = false
    for night in 0..<12 {
      index.time.advance(days: 1)
      let first = night * 100
      for number in 0..<random.below(12) {
        let key = Key(random.pick(["a", "a/b", "b", "c/d", "e"]))
        var stack = stacks[key] ?? []
        // Some were begun long before they came.
        let time =
          index.now().millisecondsSinceEpoch - random.pick([0, 1_000, 3_600_000, 900_000_000])
        let version = ModelVersion(
          hasVersioning ? "v\(first + number)" : "null",
          ModelObject(
            size: Int64(first + number), lastModified: Timestamp(millisecondsSinceEpoch: time)))
        if !hasVersioning { stack = [] }
        if random.isOneIn(4), !stack.isEmpty {
          stack.removeFirst()
        } else {
          stack.insert(version, at: 0)
        }
        stacks[key] = stack.isEmpty ? nil : stack
      }
      let isComplete: Bool
      switch random.below(4) {
      case 0:
        try await writer.sync("bucket", stacks.contents)
        isComplete = false
      case 1 where !hasVersioning:
        // It is turned on while they are listed.
        try await writer.syncAlone("bucket", stacks.contents, isConfirmed: false)
        isComplete = false
      case _ where hasVersioning:
        try await writer.syncVersions("bucket", stacks)
        isComplete = true
      default:
        try await writer.syncAlone("bucket", stacks.contents)
        isComplete = true
      }
      let truth = stacks.sorted { $0.key < $1.key }.flatMap { key, stack in
        stack.map { "\(key.text) \($0.id)" }
      }
      let shown = try ids(index)
      if isComplete {
        #expect(shown == truth, "seed \(seed), night \(night)")
      } else {
        let latest = Set(
          stacks.compactMap { key, stack in stack.first.map { "\(key.text) \($0.id)" } })
        let current = try index.texts(
          "SELECT key || ' ' || version_id FROM versions WHERE is_latest AND version_id IS NOT NULL"
        )
        #expect(Set(current).subtracting(latest) == [], "seed \(seed), night \(night)")
      }
      if night > 4, random.isOneIn(4) { hasVersioning = true }
    }
  }
}

/// Has SQLite refuse whatever is written of some objects.
private func refusals(ofKeys keys: [String]) -> String {
  let list = keys.map { "'\($0)'" }.joined(separator: ", ")
  return """
    CREATE TRIGGER refuse_keys BEFORE UPDATE ON object WHEN old.key IN (\(list))
    BEGIN SELECT raise(ABORT, 'a row was written that was the same'); END;
    """
}

/// Takes back `refusalsOfVersionWrites`.
private let undoingRefusals = [
  "object", "object_version", "bucket_usage", "prefix_usage", "version_usage",
  "prefix_version_usage", "object_change",
].flatMap { table in ["INSERT", "UPDATE", "DELETE"].map { "DROP TRIGGER no_\($0)_\(table);" } }
  .joined(separator: "\n")

extension IndexWriter {
  /// One sync of a bucket that never had versioning, whose versions were asked for.
  @discardableResult
  fileprivate func syncAlone(
    _ bucket: String, _ contents: Contents, prefix: Key = .start, isConfirmed: Bool = true
  ) throws -> CrawlPlan {
    let syncID = try beginSync()
    var plan = try beginCrawl(
      of: BucketIdentity(endpoint: "", name: bucket), owner: nil, prefix: prefix,
      hasNoVersions: true, resumeAfter: Timestamp(millisecondsSinceEpoch: 0))
    var random = SplitMix64(seed: 1)
    _ = try list(contents, plan, syncID: syncID, &random, pageMax: 3)
    plan.hasNoVersions = isConfirmed
    #expect(try finishCrawl(plan, outcome: .complete) == .complete)
    try finishSync(syncID, state: .complete, requests: 1, retries: 0)
    return plan
  }
}
