import IndexFixtures
import SQLite
import TestSupport
import Testing
import Vocabulary

@testable import Index

@Suite struct RangeTests {
  private static let contents = Contents(
    uniqueKeysWithValues: (0..<9_000).map { (key($0), ModelObject(size: Int64($0))) })

  private static func key(_ number: Int) -> Key { Key("k\(number + 10_000)") }

  private func coverage(_ numbers: Range<Int>, after: Int?, isLast: Bool = false) -> PageCoverage {
    let page = ObjectPage(
      numbers.map { (key: Self.key($0), value: ModelObject(size: Int64($0))) })
    return PageCoverage(
      page: page, after: after.map { Self.key($0) } ?? .start,
      through: isLast ? nil : Self.key(numbers.upperBound - 1))
  }

  private func ranges(_ index: ScratchIndex) throws -> [String] {
    try index.texts(
      "SELECT lo || '<' || coalesce(hi, '') || ' ' || cursor || ' ' || objects || ' ' || done "
        + "FROM crawl_range ORDER BY lo")
  }

  @Test func splitRangesAreListedSideBySide() async throws {
    let index = try ScratchIndex()
    let writer = try index.writer()
    let syncID = try await writer.beginSync()
    let plan = try await writer.begin("bucket")
    let cut = Self.key(4_999)
    let whole = plan.ranges[0]
    let first = CrawlRange(lo: .start, hi: cut, cursor: Self.key(999))
    let second = CrawlRange(lo: cut, hi: nil, cursor: cut)
    var counts = try await writer.apply(
      [
        .merge(coverage(0..<1_000, after: nil), into: whole), .split(lo: .start, at: cut),
        .merge(coverage(5_000..<6_000, after: 4_999), into: second),
      ], of: plan, syncID: syncID)
    try await writer.commit()
    #expect(
      try ranges(index) == ["<k14999 k10999 1000 0", "k14999< k15999 1000 0"])
    counts += try await writer.apply(
      [
        .merge(coverage(6_000..<9_000, after: 5_999, isLast: true), into: second),
        // This page reaches beyond its range: the second one lists those keys.
        .merge(coverage(1_000..<5_500, after: 999, isLast: true), into: first),
      ], of: plan, syncID: syncID)
    #expect(counts == ChangeCounts(objects: 9_000, added: 9_000))
    #expect(try await writer.finishCrawl(plan, outcome: .complete) == .complete)
    #expect(try index.contents(of: "bucket") == Self.contents)
    #expect(try ranges(index).isEmpty)
  }

  @Test func rangesThatDoNotJoinAreNotComplete() async throws {
    let index = try ScratchIndex()
    let writer = try index.writer()
    let syncID = try await writer.beginSync()
    let plan = try await writer.begin("bucket")
    _ = try await writer.apply(
      [.merge(coverage(0..<9_000, after: nil, isLast: true), into: plan.ranges[0])], of: plan,
      syncID: syncID)
    try await writer.commit()
    try index.execute("UPDATE crawl_range SET hi = 'x'")
    let outcome = try await writer.finishCrawl(plan, outcome: .complete)
    #expect(
      outcome
        == .failed(
          reason: "the self-check failed: the ranges of keys that were listed do not join"))
  }

  @Test func restartGivesUpRangesAndCountsAgain() async throws {
    let index = try ScratchIndex()
    let writer = try index.writer()
    let syncID = try await writer.beginSync()
    let plan = try await writer.begin("bucket")
    let whole = plan.ranges[0]
    var counts = try await writer.apply(
      [
        .merge(coverage(0..<3_000, after: nil), into: whole),
        .split(lo: .start, at: Self.key(4_000)), .restart(isOrdered: true),
      ], of: plan, syncID: syncID)
    #expect(counts == ChangeCounts())
    counts += try await writer.apply(
      [.merge(coverage(0..<9_000, after: nil, isLast: true), into: whole)], of: plan,
      syncID: syncID)
    #expect(counts == ChangeCounts(objects: 9_000, added: 9_000))
    #expect(try await writer.finishCrawl(plan, outcome: .complete) == .complete)
    #expect(try index.integers("SELECT objects FROM syncs") == [9_000])
  }

  @Test func marksCutTheNextCrawlIntoEqualParts() async throws {
    let index = try ScratchIndex()
    let writer = try index.writer()
    try await writer.sync("bucket", Self.contents)
    let plan = try await writer.begin("bucket")
    #expect(plan.marks.count >= 4)
    #expect(plan.marks.reduce(0) { $0 + $1.objects } == 9_000)
    var before = Key.start
    for mark in plan.marks {
      let between = Self.contents.keys.count { $0 > before && $0 <= mark.key }
      #expect(between == Int(mark.objects))
      before = mark.key
    }
    #expect(try index.integers("SELECT count(*) FROM crawl_mark") == [0])
    try await writer.forget(bucket: "bucket", endpoint: "")
    #expect(try index.integers("SELECT count(*) FROM bucket_mark") == [0])
  }

  @Test func marksCountWhatCameBeforeALastPageThatIsAllOfTheNextRange() async throws {
    let index = try ScratchIndex()
    let writer = try index.writer()
    let syncID = try await writer.beginSync()
    let plan = try await writer.begin("bucket")
    let cut = Self.key(2_999)
    let first = CrawlRange(lo: .start, hi: cut, cursor: Self.key(2_999))
    let second = CrawlRange(lo: cut, hi: nil, cursor: cut)
    _ = try await writer.apply(
      [
        .merge(coverage(0..<2_000, after: nil), into: plan.ranges[0]),
        .split(lo: .start, at: cut),
        .merge(
          coverage(2_000..<3_000, after: 1_999),
          into: CrawlRange(lo: .start, hi: cut, cursor: Self.key(1_999))),
        .merge(coverage(3_000..<9_000, after: 2_999, isLast: true), into: second),
        .merge(coverage(3_000..<4_000, after: 2_999, isLast: true), into: first),
      ], of: plan, syncID: syncID)
    #expect(try await writer.finishCrawl(plan, outcome: .complete) == .complete)
    #expect(try index.integers("SELECT sum(objects) FROM bucket_mark") == [9_000])
    #expect(try index.integers("SELECT count(*) FROM bucket_mark WHERE objects = 0") == [0])
  }

  @Test func crawlOfAPrefixReplacesItsMarksOnly() async throws {
    let index = try ScratchIndex()
    let writer = try index.writer()
    try await writer.sync("bucket", Self.contents)
    let before = try await writer.begin("bucket").marks
    try await writer.sync("bucket", Self.contents, prefix: Key("k12"))
    let after = try await writer.begin("bucket").marks
    let prefix = KeyInterval(prefix: Key("k12"))
    #expect(after.filter { !prefix.contains($0.key) } == before.filter { !prefix.contains($0.key) })
    #expect(after.filter { prefix.contains($0.key) }.reduce(0) { $0 + $1.objects } == 1_000)
  }

  @Test func partsSumToTheWhole() async throws {
    let index = try ScratchIndex()
    try await index.writer().sync("bucket", Self.contents)
    let whole = KeyInterval(prefix: .start)
    let expected = StoredSums(
      objects: 9_000, bytes: 8_999 * 4_500,
      small: Usage(objects: 9_000, bytes: 8_999 * 4_500), newestMs: 0)
    for keys in [[], [4_500], [0, 1, 8_999], [2_000, 4_000, 6_000]] {
      let parts = whole.cut(at: keys.map { Self.key($0) } + [Key("zz")])
      #expect(try StoredSums.read(parts, of: 1, path: index.path) == expected)
    }
  }

  @Test func partsAreReadInOneRunOfKeys() async throws {
    let index = try ScratchIndex()
    try await index.writer().sync("bucket", Self.contents)
    let steps = try index.connection().all("EXPLAIN QUERY PLAN \(StoredSums.sql)") {
      $0.string(at: 3)
    }
    #expect(steps == ["SEARCH object USING PRIMARY KEY (bucket_id=? AND key>? AND key<?)"])
  }
}
