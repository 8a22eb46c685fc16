import Index
import IndexFixtures
import SQLite
import TestSupport
import Testing
import Vocabulary

/// Sizes that no server should name must not end the program, nor spoil the index for good.
@Suite struct LargeSumTests {
  private static let largest: Int64 = 1 << 53

  /// As many of the largest objects as a bucket may hold.
  private static func full() -> Contents {
    let count = BucketTooLarge.bytesMax / largest
    return Contents(
      uniqueKeysWithValues: (0..<count).map { (Key("a/\($0)"), ModelObject(size: largest)) })
  }

  /// A full bucket in which one more object turned up, in one batch with the page of another.
  private func refusal() async throws -> (ScratchIndex, IndexWriter) {
    let index = try ScratchIndex()
    let writer = try index.writer()
    let contents = Self.full()
    #expect(try await writer.sync("full", contents).outcome == .complete)

    let syncID = try await writer.beginSync()
    let (plan, other) = (try await writer.begin("full"), try await writer.begin("other"))
    var random = SplitMix64(seed: 1)
    _ = try await writer.list(Self.small, other, syncID: syncID, &random)
    var more = contents
    more[Key("z")] = ModelObject(size: 1)
    await #expect(throws: BucketTooLarge.self) {
      var random = SplitMix64(seed: 1)
      _ = try await writer.list(more, plan, syncID: syncID, &random, pageMax: 1_000)
    }
    #expect(try await writer.finishCrawl(other, outcome: .complete) == .complete)
    let failure = CrawlOutcome.failed(reason: "too large")
    #expect(try await writer.finishCrawl(plan, outcome: failure) == failure)
    return (index, writer)
  }

  private static let small: Contents = [Key("x"): ModelObject(size: 7)]

  @Test func refusesThePageThatABucketCannotHold() async throws {
    let (index, _) = try await refusal()
    #expect(try index.contents(of: "full") == Self.full())
    #expect(try index.classSums(of: "full") == Self.full().classSums)
  }

  @Test func refusalSparesOtherPagesOfTheBatch() async throws {
    let (index, _) = try await refusal()
    #expect(try index.contents(of: "other") == Self.small)
  }

  @Test func fullBucketTakesAnObjectInPlaceOfAnother() async throws {
    let (index, writer) = try await refusal()
    var less = Self.full()
    less[Key("a/0")] = nil
    less[Key("z")] = ModelObject(size: 1)
    let again = try await writer.sync("full", less)
    #expect(again.outcome == .complete)
    #expect(try index.classSums(of: "full") == less.classSums)
  }

  @Test func refusesAPageThatIsTooMuchByItself() async throws {
    let index = try ScratchIndex()
    let writer = try index.writer()
    let syncID = try await writer.beginSync()
    let plan = try await writer.begin("bucket")
    let contents: Contents = [
      Key("a"): ModelObject(size: .max), Key("b"): ModelObject(size: 1),
    ]
    await #expect(throws: BucketTooLarge.self) {
      var random = SplitMix64(seed: 1)
      _ = try await writer.list(contents, plan, syncID: syncID, &random, pageMax: 1_000)
    }
    try await writer.commit()
    #expect(try index.contents(of: "bucket").isEmpty)
  }

  /// An index of before there was a limit.
  private func spoiledIndex() async throws -> ScratchIndex {
    let index = try ScratchIndex()
    let writer = try index.writer()
    for bucket in ["one", "two"] {
      try await writer.sync(bucket, [Key("a/k"): ModelObject(), Key("z"): ModelObject()])
    }
    try index.execute(
      """
      UPDATE object SET size = 9223372036854775806 WHERE key = 'a/k';
      UPDATE bucket_usage
      SET bytes = 9223372036854775807, small_objects = 1, small_bytes = 1;
      UPDATE prefix_usage SET bytes = 9223372036854775806;
      """)
    return index
  }

  @Test func answersWithAsMuchAsFits() async throws {
    let index = try await spoiledIndex()
    let reader = try index.reader()
    #expect(Usage(of: try reader.totals(by: nil, ObjectFilter(), now: index.now())) == .max)
    for grouping in Grouping.allCases {
      let rows = try reader.totals(by: grouping, ObjectFilter(), now: index.now())
      #expect(rows.reduce(0) { $0 + $1.usage.objects } == 4, "\(grouping)")
    }
    #expect(try reader.buckets(matching: []).map(\.bytes) == [.max, .max])
    #expect(try reader.prefixUsage(ObjectFilter(), depth: 1).count == 4)
  }

  /// Numbers that no page can have brought: another program, or a disk, has written them.
  @Test func answersWithAsMuchAsFitsWhateverTheSumsAre() async throws {
    let index = try await spoiledIndex()
    try index.execute(
      """
      UPDATE object SET size = 9223372036854775807, last_modified_ms = -9223372036854775808;
      UPDATE bucket_usage SET objects = 9223372036854775807, bytes = 9223372036854775807;
      UPDATE prefix_usage SET objects = 9223372036854775807, bytes = 9223372036854775807;
      UPDATE sync_crawl SET objects = 9223372036854775807, added = 9223372036854775807;
      INSERT INTO storage_class (name) VALUES ('STANDARD_IA');
      INSERT INTO bucket_usage SELECT bucket_id, 2, objects, bytes, objects, 0 FROM bucket_usage;
      UPDATE bucket SET synced_ms = -9223372036854775808, newest_object_ms = 9223372036854775807;
      """)
    let reader = try index.reader()
    var small = ObjectFilter()
    small.sizeMin = 1
    for filter in [ObjectFilter(), small] {
      for grouping in [nil] + Grouping.allCases.map({ Optional($0) }) {
        let rows = try reader.totals(by: grouping, filter, now: index.now())
        #expect(rows.reduce(into: Usage()) { $0 += $1.usage }.bytes == .max, "\(filter)")
      }
      _ = try reader.top(.largest, count: 3, perBucket: false, filter)
      _ = try reader.prefixUsage(filter, depth: 2)
      _ = try reader.bucketUsage(filter)
    }
    _ = try reader.findings(of: [], atLeast: .info)
    #expect(try index.integers("SELECT bytes FROM buckets") == [.max, .max])
    #expect(try index.integers("SELECT objects FROM syncs") == [.max, .max])
    #expect(try index.integers("SELECT count(*) FROM accounts") == [0])
  }

  @Test func healsFromSumsThatDoNotFit() async throws {
    let index = try await spoiledIndex()
    try index.execute(
      """
      UPDATE bucket_usage SET objects = 9223372036854775807;
      UPDATE prefix_usage SET objects = 9223372036854775807;
      UPDATE object SET size = 9223372036854775807;
      """)
    let contents: Contents = [Key("a/k"): ModelObject(size: 3), Key("z"): ModelObject(size: 5)]
    let writer = try index.writer()
    // The first finds the difference, and the next one has true sums to begin with.
    _ = try await writer.sync("one", contents)
    #expect(try await writer.sync("one", contents).outcome == .complete)
    #expect(try index.classSums(of: "one") == contents.classSums)
  }

  @Test func healsWithTheServer() async throws {
    let index = try await spoiledIndex()
    let contents: Contents = [Key("a/k"): ModelObject(size: 3), Key("z"): ModelObject()]
    let outcome = try await index.writer().sync("one", contents).outcome
    #expect(outcome == .complete)
    #expect(try index.classSums(of: "one") == contents.classSums)
    #expect(try index.prefixSums(of: "one") == contents.prefixSums())
  }
}

extension Usage {
  fileprivate static let max = Usage(objects: 4, bytes: .max)

  fileprivate init(of rows: [TotalsRow]) {
    self = rows.reduce(into: Usage()) { $0 += $1.usage }
  }
}
