import IndexFixtures
import Migrations
import SQLite
import TestSupport
import Testing
import Vocabulary

@testable import Index

/// What is kept of each complete crawl: points, prefixes where they differ, gaps.
@Suite struct PrefixHistoryTests {
  /// Objects in twenty prefixes of two levels, some of which come and go from night to night.
  private func contents(_ random: inout SplitMix64) -> Contents {
    var contents: Contents = [Key("top"): ModelObject(size: 1)]
    for _ in 0..<12 {
      let key = "\(random.next() % 5)/\(random.next() % 4)/x\(random.next() % 3)"
      contents[Key(key)] = ModelObject(size: Int64(random.next() % 3) * 1_000)
    }
    return contents
  }

  @Test(arguments: [UInt64(1), 2, 3])
  func tellsWhatEachPrefixHeldOnEachNight(seed: UInt64) async throws {
    let index = try ScratchIndex()
    let writer = try index.writer()
    var random = SplitMix64(seed: seed)
    var nights: [(at: Timestamp, sums: [Key: Sum])] = []
    for _ in 0..<12 {
      let contents = contents(&random)
      nights.append((index.now(), contents.prefixSums(depthMax: 2)))
      try await writer.sync("bucket", contents)
      index.time.advance(days: 1)
    }
    let reader = try index.reader()
    let id = try #require(try index.bucketID("bucket"))
    let points = try reader.points(of: id)
    #expect(points.map(\.at) == nights.map(\.at))
    let all = Set(nights.flatMap(\.sums.keys))
    for (point, night) in zip(points, nights) {
      let levels = try Dictionary(
        uniqueKeysWithValues: ["", "0/", "1/", "2/", "3/", "4/"].map { prefix in
          (prefix, try reader.pastPrefixes(of: id, below: Key(prefix), at: point))
        })
      for prefix in all {
        let expected = night.sums[prefix].map { Usage(objects: $0.objects, bytes: $0.bytes) }
        let found = try reader.pastUsage(of: id, prefix: prefix, at: point)
        #expect(found == expected ?? Usage(), "\(prefix.text)")
        let parent = prefix.depth == 1 ? "" : String(prefix.text.prefix(2))
        #expect(levels[parent]?.usage(of: prefix) == expected ?? Usage(), "\(prefix.text)")
      }
    }
    // A row where a prefix differs from the night before, and nowhere else.
    var rows = 0
    for (night, before) in zip(nights, [[:]] + nights.map(\.sums)) {
      rows += all.count { night.sums[$0] != before[$0] }
    }
    #expect(try index.integers("SELECT count(*) FROM prefix_history") == [Int64(rows)])
  }

  @Test func knowsNothingOfPrefixesThatAreNotAmongTheLargest() async throws {
    let index = try ScratchIndex()
    try await index.writer().sync("bucket", [:])
    try index.execute("UPDATE setting SET value = '2' WHERE name = 'history_prefixes'")
    let nights: [[(String, Int64)]] = [
      [("a/1", 30), ("b/1", 20), ("c/1", 10)], [("a/1", 30), ("b/1", 20), ("c/1", 25)],
      [("a/1", 30), ("c/1", 25)],
    ]
    for night in nights {
      index.time.advance(days: 1)
      let objects = night.map { (Key($0.0), ModelObject(size: $0.1)) }
      try await index.writer().sync("bucket", Contents(objects) { first, _ in first })
    }
    let reader = try index.reader()
    let id = try #require(try index.bucketID("bucket"))
    let points = try reader.points(of: id).dropFirst()
    #expect(points.map(\.hasAllPrefixes) == [false, false, true])
    func bytes(_ prefix: String) throws -> [Int64?] {
      try points.map { try reader.pastUsage(of: id, prefix: Key(prefix), at: $0)?.bytes }
    }
    #expect(try bytes("a/") == [30, 30, 30])
    #expect(try bytes("b/") == [20, nil, 0])
    #expect(try bytes("c/") == [nil, 25, 25])
    #expect(try bytes("never/") == [nil, nil, 0])
    #expect(
      try index.texts(
        "SELECT prefix || coalesce(bytes, 'null') FROM prefix_history ORDER BY prefix, at")
        == ["a/30", "b/20", "b/null", "c/25"])
    #expect(
      try index.integers("SELECT prefixes_left_out FROM points ORDER BY at") == [0, 1, 1, 0])
  }

  @Test func recordsNoDeeperLevelThanIsAskedFor() async throws {
    let index = try ScratchIndex()
    let contents: Contents = [Key("a/b/c/d"): ModelObject()]
    try await index.writer().sync("bucket", contents)
    #expect(try index.texts("SELECT prefix FROM prefix_history") == ["a/", "a/b/"])
    try index.execute("UPDATE setting SET value = '1' WHERE name = 'history_depth'")
    index.time.advance(days: 1)
    try await index.writer().sync("bucket", contents)
    #expect(
      try index.texts("SELECT prefix || coalesce(bytes, 'null') FROM prefix_history ORDER BY at")
        == ["a/1", "a/b/1", "a/b/null"])
    try index.execute("UPDATE setting SET value = '0' WHERE name = 'history_prefixes'")
    index.time.advance(days: 1)
    try await index.writer().sync("bucket", contents)
    let reader = try index.reader()
    let id = try #require(try index.bucketID("bucket"))
    let known = try reader.points(of: id).map { point in
      try ["a/", "a/b/", "z/"].map { prefix in
        try reader.pastUsage(of: id, prefix: Key(prefix), at: point)?.bytes
      }
    }
    #expect(known == [[1, 1, 0], [1, nil, 0], [nil, nil, nil]])
  }

  @Test func onlyCompleteCrawlsOfWholeBucketsLeaveAPoint() async throws {
    let index = try ScratchIndex()
    let writer = try index.writer()
    try await writer.sync("bucket", [:])
    index.time.advance(days: 1)
    try await writer.sync("bucket", [Key("a/x"): ModelObject()], prefix: Key("a/"))
    index.time.advance(days: 1)
    let failure = CrawlFailure(SelfCheckFailure(difference: "refused"))
    let plan = try await writer.begin("bucket")
    _ = try await writer.finishCrawl(plan, outcome: .denied(failure))
    index.time.advance(days: 1)
    try await writer.recordRefusal(
      of: BucketIdentity(endpoint: "", name: "bucket"), owner: nil, outcome: .failed(failure))
    let reader = try index.reader()
    let id = try #require(try index.bucketID("bucket"))
    // An empty bucket has a point too.
    #expect(try reader.points(of: id).map(\.usage) == [Usage()])
    #expect(try reader.gaps(of: id).map(\.state) == [.denied, .partial])
    #expect(try index.integers("SELECT count(*) FROM prefix_history") == [0])
  }

  @Test func aCrawlThatWasTakenUpAndEndedIsNoGap() async throws {
    let index = try ScratchIndex()
    let writer = try index.writer()
    let contents: Contents = [Key("a"): ModelObject(), Key("b"): ModelObject()]
    let plan = try await writer.begin("bucket")
    let failure = CrawlFailure(SelfCheckFailure(difference: "cut off"))
    _ = try await writer.finishCrawl(plan, outcome: .failed(failure))
    let id = try #require(try index.bucketID("bucket"))
    #expect(try index.reader().gaps(of: id).count == 1)
    try await writer.sync("bucket", contents)
    #expect(try index.reader().gaps(of: id).isEmpty)
    #expect(try index.reader().points(of: id).map(\.usage.objects) == [2])
  }

  /// An older inventory that is put back has a point, and changes nothing of what is known of prefixes.
  @Test func olderMomentsChangeNoLaterOnes() async throws {
    let index = try ScratchIndex()
    let writer = try index.writer()
    let id = try await { () async throws -> Int64 in
      try await writer.sync("bucket", [Key("a/x"): ModelObject(size: 5)])
      return try #require(try index.bucketID("bucket"))
    }()
    let first = index.now()
    index.time.advance(days: 2)
    try await writer.sync("bucket", [Key("a/x"): ModelObject(size: 5)])
    let syncID = try await writer.beginSync()
    let plan = try await writer.beginImport(
      of: BucketIdentity(endpoint: "", name: "bucket"), prefix: .start, listsVersions: false,
      created: Timestamp(millisecondsSinceEpoch: first.millisecondsSinceEpoch + 1_000))
    var random = SplitMix64(seed: 1)
    _ = try await writer.list(
      [Key("a/x"): ModelObject(size: 9)], plan, syncID: syncID, &random, pageMax: 10)
    #expect(try await writer.finishCrawl(plan, outcome: .complete) == .complete)
    try await writer.finishSync(syncID, state: .complete, requests: 0, retries: 0)
    index.time.advance(days: 1)
    try await writer.sync("bucket", [Key("a/x"): ModelObject(size: 5)])
    let reader = try index.reader()
    let points = try reader.points(of: id)
    #expect(points.map(\.usage.bytes) == [5, 9, 5, 5])
    let known = try points.map { try reader.pastUsage(of: id, prefix: Key("a/"), at: $0)?.bytes }
    #expect(known == [5, nil, 5, 5])
  }

  @Test func upgradesTheHistoryOfAnOlderIndex() throws {
    let index = try ScratchIndex()
    _ = try IndexFile.openForWriting(
      path: index.path, now: index.now(), migrations: Array(migrations.prefix(17)), views: nil)
    try index.execute(
      """
      INSERT INTO bucket (id, endpoint, name) VALUES (1, '', 'b');
      INSERT INTO sync (id, pid, started_ms, state) VALUES (7, 1, 1000, 'complete');
      INSERT INTO crawl (id, bucket_id, prefix, state, started_ms, journaled) VALUES
        (1, 1, '', 'complete', 1000, 0), (2, 1, '', 'complete', 2000, 1),
        (3, 1, 'p/', 'complete', 3000, 1), (4, 1, '', 'failed', 4000, 1);
      INSERT INTO sync_crawl (sync_id, crawl_id) VALUES (7, 1);
      INSERT INTO storage_class (id, name) VALUES (1, 'A'), (2, 'B');
      INSERT INTO usage_history VALUES (1, 1000, 1, 2, 9223372036854775807), (1, 1000, 2, 3, 9),
        (1, 500, 1, 4, 40), (1, 500, 2, 1, 2);
      """)
    let reader = try index.reader()
    let points = try reader.points(of: 1)
    #expect(points.map(\.at.millisecondsSinceEpoch) == [500, 1_000, 2_000])
    #expect(points.map(\.syncID) == [nil, 7, nil])
    #expect(points.map(\.usage.objects) == [5, 5, 0])
    #expect(points.map(\.usage.bytes) == [42, .max, 0])
    #expect(points.allSatisfy { $0.prefixDepth == nil && !$0.hasAllPrefixes })
    #expect(try reader.pastUsage(of: 1, prefix: Key("a/"), at: points[2]) == nil)
  }

  @Test func tellsSeriesOfClassesAndPrefixes() async throws {
    let index = try ScratchIndex()
    let writer = try index.writer()
    let cold = ModelObject(size: 4, storageClass: "GLACIER")
    let nights: [Contents] = [
      [Key("a/x"): ModelObject(size: 1)], [Key("a/x"): ModelObject(size: 1), Key("b/y"): cold],
      [Key("b/y"): cold],
    ]
    for night in nights {
      try await writer.sync("bucket", night)
      index.time.advance(days: 1)
    }
    let reader = try index.reader()
    let keys = try #require(try reader.followed(ObjectFilter()).first)
    let points = try reader.points(of: keys.bucket.id)
    func series(_ kind: SeriesKind, at points: [UsagePoint]) throws -> [String] {
      var found: [String] = []
      try reader.forEachSeries(of: keys, by: kind, at: points) { series in
        let sums = series.usage.map { $0.map { "\($0.objects):\($0.bytes)" } ?? "-" }
        let name = series.storageClass ?? series.prefix.text
        found.append("\(name) \(sums.joined(separator: " ")) \(series.start)")
      }
      return found
    }
    #expect(try series(.whole, at: points) == [" 1:1 2:5 1:4 0"])
    #expect(
      try series(.classes, at: points) == ["GLACIER 0:0 1:4 1:4 0", "STANDARD 1:1 1:1 0:0 0"])
    #expect(try series(.prefixes, at: points) == ["a/ 1:1 1:1 0:0 0", "b/ 0:0 1:4 1:4 1"])
    #expect(
      try series(.classes, at: [points[0], points[2]])
        == ["GLACIER 0:0 1:4 0", "STANDARD 1:1 0:0 0"])
    #expect(try series(.prefixes, at: [points[0]]) == ["a/ 1:1 0", "b/ 0:0 1"])
    let one = FollowedKeys(bucket: keys.bucket, prefix: Key("b/"))
    var usage: [Usage?] = []
    try reader.forEachSeries(of: one, by: .whole, at: points) { usage = $0.usage }
    #expect(usage == [Usage(), Usage(objects: 1, bytes: 4), Usage(objects: 1, bytes: 4)])
  }
}
