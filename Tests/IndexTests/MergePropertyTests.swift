import Index
import IndexFixtures
import SQLite
import TestSupport
import Testing
import Vocabulary

/// Nights of random changes to random buckets, listed in random pages: the index must follow
/// exactly.
@Suite struct MergePropertyTests {
  @Test(arguments: 0..<8 as Range<UInt64>)
  func holdsWhatWasListed(seed: UInt64) async throws {
    var random = SplitMix64(seed: seed)
    let index = try ScratchIndex()
    let writer = try index.writer()
    var buckets: [String: Contents] = ["one": [:], "two": [:], "three": [:]]
    var listedWhole: Set<String> = []
    var listedPrefixes: [String: Set<Key>] = [:]
    for night in 0..<6 {
      let syncID = try await writer.beginSync()
      for name in buckets.keys.sorted() {
        let context = "seed \(seed), night \(night), bucket \(name)"
        let before = buckets[name] ?? [:]
        var served = before
        random.mutate(&served)
        let prefix = random.isOneIn(4) ? random.pick(Self.prefixes) : .start
        // Outside the prefix nothing was listed, so nothing may change.
        let after = before.filter { !$0.key.bytes.starts(with: prefix.bytes) }
          .merging(served.below(prefix)) { $1 }
        buckets[name] = after

        let counts = try await Self.crawl(
          name, served, prefix: prefix, syncID: syncID, writer, index, &random)
        let changes = before.changes(to: after)
        #expect(counts == Self.counts(changes, listed: after.below(prefix)), "\(context)")
        let isJournaled =
          listedWhole.contains(name)
          || listedPrefixes[name, default: []].contains { prefix.bytes.starts(with: $0.bytes) }
        #expect(
          try index.changes(inSync: syncID, of: name) == (isJournaled ? changes : []),
          "\(context)")
        try Self.expectAgreement(index, name, after, context)
        if prefix.isStart { listedWhole.insert(name) }
        listedPrefixes[name, default: []].insert(prefix)
      }
      for (name, contents) in buckets {
        try Self.expectAgreement(index, name, contents, "seed \(seed), night \(night), all")
      }
    }
  }

  @Test(arguments: 0..<8 as Range<UInt64>)
  func writesNothingWhenNothingChanged(seed: UInt64) async throws {
    var random = SplitMix64(seed: seed)
    let index = try ScratchIndex()
    let writer = try index.writer()
    var contents: Contents = [:]
    for _ in 0..<200 { contents[random.hostileKey()] = random.object() }
    try await writer.sync("bucket", contents)
    try index.execute(Self.refusalsOfWrites)
    for prefix in [.start] + Self.prefixes {
      let syncID = try await writer.beginSync()
      let counts = try await Self.crawl(
        "bucket", contents, prefix: prefix, syncID: syncID, writer, index, &random)
      #expect(counts == ChangeCounts(objects: Int64(contents.below(prefix).count)))
    }
    // The refusals do work.
    await #expect(throws: SQLiteError.self, "seed \(seed)") {
      try await writer.sync("bucket", contents.merging([Key("new"): ModelObject()]) { $1 })
    }
  }

  @Test func storesObjectsWithoutETagOrBytes() async throws {
    let index = try ScratchIndex()
    let contents: Contents = [
      Key("a"): ModelObject(size: 0, etag: ""), Key("b"): ModelObject(size: 0, etag: "e"),
    ]
    try await index.writer().sync("bucket", contents)
    #expect(try index.contents(of: "bucket") == contents)
    let changed: Contents = [
      Key("a"): ModelObject(size: 0, etag: "e"), Key("b"): ModelObject(size: 0, etag: ""),
    ]
    let counts = try await index.writer().sync("bucket", changed).counts
    #expect(counts == ChangeCounts(objects: 2, changed: 2))
    #expect(try index.contents(of: "bucket") == changed)
  }

  @Test(arguments: [
    ModelObject(size: 2), ModelObject(lastModified: Timestamp(millisecondsSinceEpoch: 1)),
    ModelObject(etag: "f"), ModelObject(etag: "ee"), ModelObject(etag: ""),
    ModelObject(storageClass: "GLACIER"),
  ])
  func noticesEveryChangedAttribute(changed: ModelObject) async throws {
    let index = try ScratchIndex()
    let writer = try index.writer()
    try await writer.sync("bucket", [Key("k"): ModelObject()])
    let result = try await writer.sync("bucket", [Key("k"): changed])
    #expect(result.counts == ChangeCounts(objects: 1, changed: 1))
    #expect(try index.contents(of: "bucket") == [Key("k"): changed])
  }

  @Test func deletesOnlyAmongTheKeysThatWereListed() async throws {
    let index = try ScratchIndex()
    let writer = try index.writer()
    let old = Contents(uniqueKeysWithValues: (0..<100).map { (Key("k\($0 + 100)"), ModelObject()) })
    try await writer.sync("bucket", old)
    let syncID = try await writer.beginSync()
    let plan = try await writer.begin("bucket")
    // All that is left is k150; the page says so of the keys up to it, and no more.
    let page = PageCoverage(
      page: ObjectPage([(key: Key("k150"), value: ModelObject())]), after: .start,
      through: Key("k150"))
    let counts = try await writer.merge(page, into: plan.ranges[0], of: plan, syncID: syncID)
    #expect(counts == ChangeCounts(objects: 1, removed: 50))
    #expect(
      try await writer.finishCrawl(plan, outcome: .failed(reason: "cut")) == .failed(reason: "cut"))
    #expect(try index.contents(of: "bucket") == old.filter { $0.key >= Key("k150") })
    #expect(
      try index.texts("SELECT cursor FROM crawl_range") == ["k150"])
  }

  @Test func ignoresObjectsThatAPageDoesNotAnswerFor() async throws {
    let index = try ScratchIndex()
    let writer = try index.writer()
    let syncID = try await writer.beginSync()
    let plan = try await writer.begin("bucket")
    let page = ObjectPage(["a", "b", "c", "d"].map { (key: Key($0), value: ModelObject()) })
    let counts = try await writer.merge(
      PageCoverage(page: page, after: Key("a"), through: Key("c")), into: plan.ranges[0],
      of: plan, syncID: syncID)
    #expect(counts == ChangeCounts(objects: 2, added: 2))
    try await writer.commit()
    #expect(Set(try index.contents(of: "bucket").keys) == [Key("b"), Key("c")])
  }

  // MARK: -

  private static let prefixes = [
    Key("a"), Key("a/"), Key("/"), Key("\u{10FFFF}"), Key([0xFF]), Key([0]), Key("zzz"),
  ]

  private static let refusalsOfWrites = ["object", "bucket_usage", "prefix_usage", "object_change"]
    .flatMap { table in
      ["INSERT", "UPDATE", "DELETE"].map { verb in
        """
        CREATE TRIGGER no_\(verb)_\(table) BEFORE \(verb) ON \(table)
        BEGIN SELECT RAISE(ABORT, '\(table) is written'); END;
        """
      }
    }.joined(separator: "\n")

  private static func crawl(
    _ bucket: String, _ contents: Contents, prefix: Key, syncID: Int64, _ writer: IndexWriter,
    _ index: ScratchIndex, _ random: inout SplitMix64
  ) async throws -> ChangeCounts {
    var plan = try await writer.begin(bucket, prefix: prefix)
    if random.isOneIn(2) { plan.ranges = try index.split(plan, &random) }
    let time = index.time
    let pageMax = random.pick([1, 3, 20, 1_000])
    var copy = random
    let counts = try await writer.list(
      contents, plan, syncID: syncID, &copy, pageMax: pageMax
    ) { random in
      // Past 250 ms the batch is committed, so commits fall between any two pages.
      if random.isOneIn(5) { time.advance(milliseconds: 300) }
    }
    random = copy
    let outcome = try await writer.finishCrawl(plan, outcome: .complete)
    #expect(outcome == .complete)
    return counts
  }

  private static func counts(_ changes: Set<Change>, listed: Contents) -> ChangeCounts {
    func count(_ kind: String) -> Int64 { Int64(changes.count { $0.change == kind }) }
    return ChangeCounts(
      objects: Int64(listed.count), added: count("added"), changed: count("modified"),
      removed: count("removed"))
  }

  private static func expectAgreement(
    _ index: ScratchIndex, _ bucket: String, _ contents: Contents, _ context: String
  ) throws {
    #expect(try index.contents(of: bucket) == contents, "\(context)")
    #expect(try index.classSums(of: bucket) == contents.classSums, "\(context)")
    #expect(try index.smallSums(of: bucket) == contents.smallSums, "\(context)")
    #expect(try index.prefixSums(of: bucket) == contents.prefixSums(), "\(context)")
    let newest = contents.values.map(\.lastModified.millisecondsSinceEpoch).max()
    #expect(try index.bucket(bucket)?.newestMs == newest, "\(context)")
  }
}

extension ScratchIndex {
  /// Cuts a crawl's only range at random keys, in the file and in what is returned.
  func split(_ plan: CrawlPlan, _ random: inout SplitMix64) throws -> [CrawlRange] {
    let cuts = Set((0..<random.below(4)).map { _ in random.hostileKey() }).sorted()
    let connection = try connection(.readWrite)
    try connection.setBusyTimeout(milliseconds: 10_000)
    try connection.run("DELETE FROM crawl_range WHERE crawl_id = ?1", .integer(plan.crawlID))
    let ends: [Key?] = cuts.map { $0 } + [nil]
    var lo = Key.start
    return try ends.map { hi in
      let range = CrawlRange(lo: lo, hi: hi, cursor: lo)
      try connection.run(
        "INSERT INTO crawl_range (crawl_id, lo, hi, cursor) VALUES (?1, ?2, ?3, ?2)",
        .integer(plan.crawlID), .text(lo.bytes), hi.map { .text($0.bytes) } ?? .null)
      lo = hi ?? lo
      return range
    }
  }
}
