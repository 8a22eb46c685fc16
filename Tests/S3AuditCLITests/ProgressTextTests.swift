import Testing

@testable import Crawl
@testable import S3AuditCLI

@Suite struct ProgressTextTests {
  private func crawl(
    _ bucket: String, _ objects: Int64, of expected: Int64 = 0,
    _ state: SyncProgress.CrawlState = .running
  ) -> SyncProgress.Crawl {
    SyncProgress.Crawl(
      bucket: bucket, objects: objects, objectsExpected: expected, state: state)
  }

  private func sample(
    _ crawls: [SyncProgress.Crawl], total: Int? = nil, requests: Int64 = 0, retries: Int64 = 0
  ) -> ProgressSample {
    ProgressSample(
      snapshot: SyncProgress.Snapshot(bucketsTotal: total ?? crawls.count, crawls: crawls),
      requests: requests, retries: retries, milliseconds: 1_000)
  }

  @Test func totalSaysHowFarTheSyncIs() {
    let sample = sample(
      [crawl("a", 1_000_000, .complete), crawl("b", 234_567), crawl("c", 0, .refused("no"))],
      total: 40, requests: 1_300, retries: 1)
    #expect(
      ProgressText.total(sample, ratePerSecond: 45_000)
        == "2/40 buckets  1,234,567 objects  45,000 objects/s  1,300 requests  1 retry")
  }

  @Test func totalOfNothingIsZero() {
    #expect(
      ProgressText.total(sample([]), ratePerSecond: 0)
        == "0/0 buckets  0 objects  0 objects/s  0 requests  0 retries")
  }

  @Test(
    arguments: [
      (1_000, 100_000, 1_000, "99 s"), (0, 3_600_000, 1_000, "60 min"),
      (99_999, 100_000, 1_000, "0 s"), (0, 100_000, 0, nil), (100_000, 100_000, 1_000, nil),
      (200_000, 100_000, 1_000, nil), (5, 0, 1_000, nil),
    ] as [(Int64, Int64, Int64, String?)])
  func timeLeftIsSaidWhenTheIndexKnowsHowMuchThereIs(
    objects: Int64, expected: Int64, rate: Int64, text: String?
  ) {
    let total = ProgressText.total(
      sample([crawl("a", objects, of: expected)]), ratePerSecond: rate)
    #expect(total.firstRange(of: "ETA ").map { String(total[$0.upperBound...]) } == text)
  }

  @Test func timeLeftIsNotSaidBeforeAllBucketsHaveBegun() {
    let crawls = [crawl("a", 0, of: 100_000)]
    #expect(!ProgressText.total(sample(crawls, total: 2), ratePerSecond: 10).contains("ETA"))
  }

  @Test func timeLeftIsNotSaidWhileOneBucketIsUnknown() {
    let crawls = [crawl("a", 0, of: 100_000), crawl("new", 5)]
    #expect(!ProgressText.total(sample(crawls), ratePerSecond: 10).contains("ETA"))
    let done = [crawl("a", 0, of: 100_000), crawl("new", 5, .complete)]
    #expect(ProgressText.total(sample(done), ratePerSecond: 10).hasSuffix("  ETA 2 h"))
  }

  private func lines(
    _ crawls: [SyncProgress.Crawl], columns: Int = 80, rows: Int = 24
  ) -> [String] {
    ProgressText.lines(sample(crawls), ratePerSecond: 0, columns: columns, rows: rows)
  }

  @Test func showsTheLargestFirstAndTheTotalLast() {
    let shown = lines([
      crawl("small", 1), crawl("done", 9_999, .complete), crawl("large", 12_000, of: 48_000),
      crawl("full", 500, of: 500),
    ])
    #expect(
      shown == [
        "  large                            12,000 of about 48,000 objects (25 %)",
        "  full                             500 of about 500 objects (99 %)",
        "  small                            1 object",
        "1/4 buckets  22,500 objects  0 objects/s  0 requests  0 retries",
      ])
  }

  @Test(arguments: [(24, 8, 12), (8, 5, 15), (4, 1, 19), (3, 0, 20), (1, 0, 20), (0, 0, 20)])
  func showsNoMoreThanFits(rows: Int, buckets: Int, more: Int) {
    let shown = lines((1...20).map { crawl("b\($0)", Int64($0)) }, rows: rows)
    #expect(shown.count == buckets + 2)
    #expect(shown[buckets] == "  and \(more) more")
  }

  @Test(arguments: [1, 10, 40, 80, 200])
  func noLineIsWiderThanTheTerminal(columns: Int) {
    let shown = lines([crawl("a", 1), crawl("b", 2, of: 3)], columns: columns)
    #expect(shown.count == 3)
    #expect(shown.allSatisfy { $0.count <= max(1, columns - 1) })
  }

  @Test func namesAreCutAndHarmless() {
    let long = String(repeating: "x", count: 63)
    #expect(lines([crawl(long, 1)])[0] == "  \(long.prefix(31))… 1 object")
    let exact = String(repeating: "y", count: 32)
    #expect(lines([crawl(exact, 1)])[0] == "  \(exact) 1 object")
    #expect(lines([crawl("a\u{1B}[2J\n", 1)])[0].hasPrefix(#"  a\e[2J\n "#))
  }
}
