import Index
import IndexFixtures
import SQLite
import Synchronization
import TestSupport
import Testing
import Vocabulary

@Suite struct QueryTests {
  private func key(_ text: String, size: Int64 = 1) -> (Key, ModelObject) {
    (Key(text), ModelObject(size: size))
  }

  @Test func namesTheBucketsThatItKnowsWhenNoneMatches() async throws {
    let index = try ScratchIndex()
    let writer = try index.writer()
    for name in ["b", "a"] { try await writer.sync(name, [:]) }
    let reader = try index.reader()
    let scopes = [ObjectFilter.Scope(bucketPattern: "a"), .init(bucketPattern: "c*")]
    #expect(throws: IndexError.noBucket(pattern: "c*", known: ["a", "b"])) {
      _ = try reader.buckets(matching: scopes)
    }
  }

  @Test(
    arguments: [
      (["cold_Store"], ["a"]), (["COLD_STORE"], ["a"]), (["glacier"], ["b"]), (["GLACIER"], ["c"]),
      (["Glacier"], ["b", "c"]), (["Glacier", "cold_store"], ["a", "b", "c"]), (["Snow"], []),
      (["SNOW", "glacier"], ["b"]),
    ] as [([String], [String])])
  func findsStorageClassesByTheirSpelling(names: [String], keys: [String]) async throws {
    let index = try ScratchIndex()
    let classes = ["a": "cold_Store", "b": "glacier", "c": "GLACIER"]
    try await index.writer().sync(
      "bucket",
      Contents(
        uniqueKeysWithValues: classes.map { (Key($0), ModelObject(storageClass: $1)) }))
    let reader = try index.reader()
    var filter = ObjectFilter()
    filter.storageClasses = names
    var found: [String] = []
    try reader.find(filter, limit: nil) { _, _, key, _ in
      found.append(key.withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) })
      return true
    }
    #expect(found == keys)
    let count = Int64(keys.count)
    let totals = try reader.totals(by: nil, filter, now: index.now())
    #expect(totals.map(\.usage.objects) == [count])
    #expect(try reader.bucketUsage(filter).map(\.objects) == [count])
  }

  @Test(arguments: ["GLACEIR", "", "warm"])
  func refusesAStorageClassThatNobodyHas(name: String) async throws {
    let index = try ScratchIndex()
    let writer = try index.writer()
    var filter = ObjectFilter()
    filter.storageClasses = ["STANDARD", name]
    #expect(throws: IndexError.noStorageClass(name: name, known: [])) {
      _ = try index.reader().totals(by: nil, filter, now: index.now())
    }
    try await writer.sync(
      "bucket", [Key("a"): ModelObject(), Key("b"): ModelObject(storageClass: "cold")])
    let error = IndexError.noStorageClass(name: name, known: ["STANDARD", "cold"])
    #expect(throws: error) {
      _ = try index.reader().totals(by: .bucket, filter, now: index.now())
    }
    #expect(
      error.description
        == "no object in the index has the storage class '\(name)', nor is it one of AWS")
  }

  @Test func looksBehindZeroBytesInKeys() async throws {
    let index = try ScratchIndex()
    let keys = ["a", "a\0b.txt", "c.txt", "\0"]
    try await index.writer().sync(
      "bucket", Contents(uniqueKeysWithValues: keys.map { key($0) }))
    let reader = try index.reader()
    for (pattern, expected) in [
      ("*.txt", ["a\0b.txt", "c.txt"]), ("a", ["a"]), ("a*", ["a", "a\0b.txt"]),
      ("?", ["\0", "a"]),
      ("a?b*", ["a\0b.txt"]), ("[^c]*", ["\0", "a", "a\0b.txt"]), ("*b*", ["a\0b.txt"]), ("", []),
    ] {
      var filter = ObjectFilter()
      filter.keyGlob = pattern
      let rows = try reader.top(.newest, count: 9, perBucket: false, filter)
      #expect(rows.map(\.key.text) == expected, "\(pattern)")
    }
  }

  @Test func answersFromAnEmptyIndex() throws {
    let index = try ScratchIndex()
    _ = try index.writer()
    let reader = try index.reader()
    #expect(try reader.buckets(matching: []) == [])
    let totals = try reader.totals(by: nil, ObjectFilter(), now: index.now())
    #expect(totals.map(\.usage) == [Usage()])
    #expect(try reader.top(.largest, count: 5, perBucket: false, ObjectFilter()) == [])
    #expect(try reader.prefixUsage(ObjectFilter(), depth: 2) == [])
  }

  @Test func countsOverlappingScopesOnce() async throws {
    let index = try ScratchIndex()
    let contents = Contents(
      uniqueKeysWithValues: [key("a/1"), key("a/b/2"), key("a/c"), key("b")])
    try await index.writer().sync("bucket", contents)
    var filter = ObjectFilter()
    filter.scopes = [
      .init(bucketPattern: "buck*", prefix: Key("a/b/")),
      .init(bucketPattern: "bucket", prefix: Key("a/")),
      .init(bucketPattern: "*", prefix: Key("a/b")),
      .init(bucketPattern: "bucket", prefix: Key("a/")),
    ]
    let totals = try index.reader().totals(by: .bucket, filter, now: index.now())
    #expect(totals.map(\.usage) == [Usage(objects: 3, bytes: 3)])
  }

  @Test func stopsFindingWhenToldTo() async throws {
    let index = try ScratchIndex()
    try await index.writer().sync(
      "bucket", Contents(uniqueKeysWithValues: (0..<10).map { key("k\($0)") }))
    var seen: [String] = []
    try index.reader().find(ObjectFilter(), limit: nil) { _, _, key, _ in
      seen.append(key.withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) })
      return seen.count < 3
    }
    #expect(seen == ["k0", "k1", "k2"])
  }

  @Test func breaksTiesByBucketAndKeyHoweverItLooks() async throws {
    let index = try ScratchIndex()
    let writer = try index.writer()
    // The bucket that was seen first has the last name.
    for name in ["z", "a"] {
      let contents = Contents(
        uniqueKeysWithValues: (0..<5).map { key("k\($0)", size: 1 << 30) })
      try await writer.sync(name, contents)
    }
    let reader = try index.reader()
    var scanned = ObjectFilter()
    scanned.sizeMin = 0
    for count in [1, 3, 5, 7, 10, 12] as [Int64] {
      let indexed = try reader.top(.largest, count: count, perBucket: false, ObjectFilter())
      let expected = try reader.top(.largest, count: count, perBucket: false, scanned)
      #expect(indexed == expected)
      #expect(indexed.first.map { "\($0.bucket)/\($0.key.text)" } == "a/k0")
    }
  }

  @Test func fallsBackToAScanWhereFewObjectsAreLarge() async throws {
    let index = try ScratchIndex()
    let contents = Contents(
      uniqueKeysWithValues: [key("large", size: 1 << 30), key("small", size: (1 << 30) - 1)])
    try await index.writer().sync("bucket", contents)
    let rows = try index.reader().top(.largest, count: 2, perBucket: false, ObjectFilter())
    #expect(rows.map(\.key.text) == ["large", "small"])
  }

  @Test func endsAQueryThatShouldStop() async throws {
    let index = try ScratchIndex()
    let contents = Contents(uniqueKeysWithValues: (0..<20_000).map { key("k\($0)") })
    try await index.writer().sync("bucket", contents)
    let isStopping = Mutex(false)
    let reader = try IndexReader(path: index.path, now: index.now()) {
      isStopping.withLock { $0 }
    }
    var filter = ObjectFilter()
    filter.sizeMin = 1
    let totals = try reader.totals(by: nil, filter, now: index.now())
    #expect(totals.map(\.usage.objects) == [20_000])
    isStopping.withLock { $0 = true }
    let error = #expect(throws: SQLiteError.self) {
      _ = try reader.totals(by: nil, filter, now: index.now())
    }
    #expect(error?.primaryCode == .interrupted)
  }

  // MARK: - Freshness

  @Test func aScopeOfTwoPatternsMeansWhatFitsBoth() async throws {
    let index = try ScratchIndex()
    let writer = try index.writer()
    for name in ["logs-1", "logs-2", "raw-1"] {
      try await writer.sync(name, [Key("a"): ModelObject(), Key("b/c"): ModelObject()])
    }
    let reader = try index.reader()
    func names(_ pairs: (String, String)...) throws -> [String] {
      var filter = ObjectFilter()
      filter.scopes = pairs.compactMap { left, right in
        ObjectFilter.Scope(bucketPattern: left).intersecting(.init(bucketPattern: right))
      }
      let reach = try reader.reach(of: filter)
      #expect(try reader.buckets(matching: filter).map(\.name) == reach.buckets.map(\.name))
      let found = try reader.totals(by: .bucket, filter, now: index.now())
      #expect(found.map { $0.group[0].text } == reach.buckets.map(\.name))
      return reach.buckets.map(\.name)
    }
    #expect(try names(("logs-*", "*-1")) == ["logs-1"])
    #expect(try names(("logs-*", "*-1"), ("raw-1", "*-1")) == ["logs-1", "raw-1"])
    #expect(try names(("logs-2", "*-1"), ("raw-1", "*-1")) == ["raw-1"])
    for (left, right, pattern) in [
      ("logs-2", "*-1", "logs-2' and '*-1"), ("x", "*-1", "x"), ("logs-2", "y*", "y*"),
    ] {
      let error = #expect(throws: IndexError.self) { try names((left, right)) }
      #expect(error?.description == "no bucket in the index matches '\(pattern)'")
    }
    let apart = ObjectFilter.Scope(bucketPattern: "a", prefix: Key("x/"))
      .intersecting(.init(bucketPattern: "a", prefix: Key("y/")))
    #expect(apart == nil)
  }

  @Test func tellsHowFreshAnAnswerIs() async throws {
    let index = try ScratchIndex()
    let writer = try index.writer()
    let early = index.now()
    try await writer.sync("early", [:])
    index.time.advance(days: 1)
    let late = index.now()
    try await writer.sync("late", [:])
    let denied = BucketIdentity(endpoint: "", name: "closed")
    try await writer.recordRefusal(of: denied, owner: nil, outcome: .denied(reason: "no"))
    let reader = try index.reader()
    func freshness(_ patterns: String...) throws -> Freshness? {
      var filter = ObjectFilter()
      filter.scopes = patterns.map { .init(bucketPattern: $0) }
      return try reader.totals(by: nil, filter, now: late).first?.freshness
    }
    #expect(try freshness("early") == Freshness(state: .complete, syncedAt: early))
    #expect(try freshness("late", "early") == Freshness(state: .complete, syncedAt: early))
    #expect(try freshness("late", "closed") == Freshness(state: .partial, syncedAt: late))
    #expect(try freshness("closed") == Freshness(state: .denied, syncedAt: nil))
    let each = try reader.totals(by: .bucket, ObjectFilter(), now: late)
    #expect(each.map(\.freshness.state) == [.denied, .complete, .complete])
  }

  @Test func describesBuckets() async throws {
    let index = try ScratchIndex()
    let writer = try index.writer()
    try await writer.sync(
      "bucket",
      [
        Key("a"): ModelObject(size: 3, lastModified: Timestamp(millisecondsSinceEpoch: 9_000)),
        Key("b"): ModelObject(size: 4, storageClass: "GLACIER"),
      ], region: "eu-west-1")
    let bucket = try #require(try index.reader().buckets(matching: []).first)
    #expect(bucket.name == "bucket")
    #expect(bucket.region == "eu-west-1")
    #expect(bucket.newestObject == Timestamp(millisecondsSinceEpoch: 9_000))
    #expect(bucket.freshness == Freshness(state: .complete, syncedAt: index.now()))
    #expect(bucket.classes.map(\.storageClass) == ["GLACIER", "STANDARD"])
    #expect(bucket.objects == 2)
    #expect(bucket.bytes == 7)
  }

  // MARK: - Views

  @Test func showsObjectsWithTimesInTheView() async throws {
    let index = try ScratchIndex()
    let contents: Contents = [
      Key("a"): ModelObject(size: 3, lastModified: Timestamp(millisecondsSinceEpoch: 1_500)),
      Key("b"): ModelObject(lastModified: Timestamp(millisecondsSinceEpoch: 2_007), etag: ""),
      Key("c"): ModelObject(
        lastModified: Timestamp(millisecondsSinceEpoch: 3_000), storageClass: "GLACIER"),
    ]
    try await index.writer().sync("bucket", contents)
    #expect(
      try index.texts(
        """
        SELECT bucket || ' ' || key || ' ' || size || ' ' || last_modified || ' ' || etag || ' '
          || storage_class
        FROM objects ORDER BY key
        """) == [
          "bucket a 3 1970-01-01T00:00:01.500Z e STANDARD",
          "bucket b 1 1970-01-01T00:00:02.007Z  STANDARD",
          "bucket c 1 1970-01-01T00:00:03Z e GLACIER",
        ])
  }

  @Test func keepsThePublishedColumnsOfEveryView() throws {
    let index = try ScratchIndex()
    _ = try index.writer()
    for (view, columns) in [
      ("objects", "bucket, key, size, last_modified, etag, storage_class"),
      (
        "buckets",
        "bucket, region, created, objects, bytes, last_modified, synced_at, state, error"
      ), ("bucket_classes", "bucket, storage_class, objects, bytes"),
      ("prefixes", "bucket, prefix, depth, objects, bytes"),
      (
        "syncs",
        """
        sync, started, finished, state, buckets, objects, added, changed, removed, requests, \
        retries
        """
      ), ("changes", "sync, at, bucket, key, change, size_before, size_after"),
      ("history", "at, bucket, storage_class, objects, bytes"),
    ] {
      let names = try index.texts("SELECT name FROM pragma_table_info('\(view)')")
      #expect(names.joined(separator: ", ").hasPrefix(columns), "\(view)")
    }
  }
}
