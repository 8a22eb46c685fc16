import Testing
import Vocabulary

@testable import Crawl
@testable import Index
@testable import S3AuditCLI

@Suite struct ProgressTextTests {
  private func crawl(
    _ bucket: String, _ objects: Int64, of expected: Int64 = 0,
    _ state: CrawlProgress.CrawlState = .running
  ) -> CrawlProgress.Crawl {
    CrawlProgress.Crawl(
      bucket: bucket, objects: objects, objectsExpected: expected, state: state)
  }

  private func sample(
    _ crawls: [CrawlProgress.Crawl], total: Int? = nil, requests: Int64 = 0, retries: Int64 = 0,
    milliseconds: Int64 = 1_000
  ) -> ProgressSample {
    ProgressSample(
      snapshot: CrawlProgress.Snapshot(bucketsTotal: total ?? crawls.count, crawls: crawls),
      requests: requests, retries: retries, milliseconds: milliseconds)
  }

  /// The same moment a second earlier, when the first crawl had listed `objects` less.
  private func earlier(_ sample: ProgressSample, objects: Int64) -> ProgressSample {
    var earlier = sample
    earlier.milliseconds -= 1_000
    if !earlier.snapshot.crawls.isEmpty { earlier.snapshot.crawls[0].objects -= objects }
    return earlier
  }

  private func total(_ sample: ProgressSample, rate: Int64) -> String {
    ProgressText.total(sample, since: earlier(sample, objects: rate))
  }

  @Test func totalSaysHowFarTheSyncIs() {
    let sample = sample(
      [
        crawl("a", 1_000_000, .complete), crawl("b", 234_567),
        crawl("c", 0, .refused(CrawlFailure(BucketTooLarge()))),
      ],
      total: 40, requests: 1_300, retries: 1)
    #expect(
      total(sample, rate: 45_000)
        == "2/40 buckets  1,234,567 objects  45,000 objects/s  1,300 requests  1 retry")
  }

  @Test func totalOfNothingIsZero() {
    #expect(
      total(sample([]), rate: 0)
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
    let total = total(sample([crawl("a", objects, of: expected)]), rate: rate)
    #expect(total.firstRange(of: "ETA ").map { String(total[$0.upperBound...]) } == text)
  }

  @Test func timeLeftIsNotSaidBeforeAllBucketsHaveBegun() {
    let crawls = [crawl("a", 0, of: 100_000)]
    #expect(!total(sample(crawls, total: 2), rate: 10).contains("ETA"))
  }

  @Test func timeLeftIsNotSaidWhileOneBucketIsUnknown() {
    let crawls = [crawl("a", 0, of: 100_000), crawl("new", 5)]
    #expect(!total(sample(crawls), rate: 10).contains("ETA"))
    let done = [crawl("a", 0, of: 100_000), crawl("new", 5, .complete)]
    #expect(total(sample(done), rate: 10).hasSuffix("  ETA 2 h"))
  }

  private func lines(
    _ crawls: [CrawlProgress.Crawl], columns: Int = 120, rows: Int = 24
  ) -> [String] {
    let sample = sample(crawls)
    return ProgressText.lines(sample, since: sample, columns: columns, rows: rows)
  }

  @Test func showsTheLargestFirstAndTheTotalLast() {
    let shown = lines([
      crawl("small", 1), crawl("done", 9_999, .complete), crawl("large", 12_000, of: 48_000),
      crawl("full", 500, of: 500),
    ])
    #expect(
      shown == [
        "  large                    12,000 of 48,000 objects (25 %)  0 objects/s  0 requests  0 retries",
        "  full                     500 of 500 objects (99 %)  0 objects/s  0 requests  0 retries",
        "  small                    1 object  0 objects/s  0 requests  0 retries",
        "1/4 buckets  22,500 objects  0 objects/s  0 requests  0 retries",
      ])
  }

  @Test func bucketThatHasGrownIsOfNoKnownSize() {
    #expect(
      lines([crawl("grown", 350_932, of: 268_195)])[0]
        == "  grown                    350,932 objects  0 objects/s  0 requests  0 retries")
  }

  @Test func eachBucketHasItsRateAndItsTimeLeft() {
    var now = sample([crawl("a", 3_000, of: 9_000), crawl("b", 50)])
    now.snapshot.crawls[0].requests = 3
    now.snapshot.crawls[0].retries = 1
    let shown = ProgressText.lines(
      now, since: earlier(now, objects: 2_000), columns: 120, rows: 24)
    #expect(
      shown[0].hasSuffix(
        "3,000 of 9,000 objects (33 %)  2,000 objects/s  ETA 3 s  3 requests  1 retry"))
    #expect(shown[1].hasSuffix("50 objects  0 objects/s  0 requests  0 retries"))
  }

  @Test func objectsOfAnEarlierSyncAreNoSpeed() {
    var now = sample([crawl("a", 3_000)])
    now.snapshot.crawls[0].objectsBefore = 2_900
    #expect(now.rate(since: nil) == 100)
    #expect(now.rate(ofCrawl: 0, since: nil) == 100)
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
    #expect(
      lines([crawl(long, 1)])[0]
        == "  \(long.prefix(23))… 1 object  0 objects/s  0 requests  0 retries")
    let exact = String(repeating: "y", count: 24)
    #expect(
      lines([crawl(exact, 1)])[0] == "  \(exact) 1 object  0 objects/s  0 requests  0 retries")
    #expect(lines([crawl("a\u{1B}[2J\n", 1)])[0].hasPrefix(#"  a\e[2J\n "#))
  }
}
