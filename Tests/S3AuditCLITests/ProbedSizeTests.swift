import Index
import Report
import Testing
import Vocabulary

@testable import Crawl
@testable import S3AuditCLI
@testable import Sync

/// What is said of probes: counts as counts, estimates as estimates.
@Suite struct ProbedSizeTests {
  private static let prices = RequestPrices(lists: ["us-east-1": 5_000])

  private func size(_ outcome: SizeProbe.Outcome, requests: Int64 = 71) -> ProbedSize {
    ProbedSize(
      BucketProbes.Result(finding: .found(outcome), requests: requests, region: "us-east-1"))
  }

  @Test(arguments: [
    (SizeProbe.Outcome.exact(12), "12 objects"), (.exact(1), "1 object"),
    (.exact(3_512), "3,512 objects"),
    (
      .estimate(SizeEstimate(objects: 3_512_345, range: nil)),
      "about 3.5 million objects (estimated from 71 requests)"
    ),
    (
      .estimate(SizeEstimate(objects: 309_500, range: 301_000...9_960_000)),
      "about 310,000 objects (estimated from 71 requests, from 300,000 to 10 million)"
    ),
    (
      .estimate(SizeEstimate(objects: 12_400_000_000, range: nil)),
      "about 12 billion objects (estimated from 71 requests)"
    ),
    (.unknown(.startAfter), "not known: the server does not list from a key on"),
  ])
  func saysWhatItIs(outcome: SizeProbe.Outcome, sentence: String) {
    #expect(size(outcome).sentence == sentence)
  }

  @Test func hasColumnsForPrograms() {
    #expect(
      size(.estimate(SizeEstimate(objects: 309_500, range: 301_000...391_000))).values == [
        .null, .integer(310_000), .integer(300_000), .integer(400_000), .integer(71),
      ])
    #expect(
      size(.exact(3_512), requests: 4).values == [
        .integer(3_512), .null, .null, .null, .integer(4),
      ])
    #expect(
      size(.unknown(.disorder), requests: 2).values == [.null, .null, .null, .null, .integer(2)])
  }

  @Test func saysAtLeastHowManyWereSeen() {
    let size = ProbedSize(
      BucketProbes.Result(
        finding: .found(.unknown(.contradiction)), requests: 6, seen: 4_000, keysPerPage: 1_000,
        region: nil))
    #expect(size.sentence == "at least 4,000 objects: the server's pages contradict each other")
    #expect(size.values == [.null, .null, .integer(4_000), .null, .integer(6)])
    var forecast = ListForecast(at: Self.prices)
    #expect(forecast.add(bucket("a"), nil, size, isBilled: false) == nil)
    #expect(forecast.text.hasPrefix("1 bucket, at least 4 LIST requests, estimated by 6 probes."))
  }

  // MARK: - The forecast

  @Test func countsPagesAsLongAsThoseThatWereSeen() {
    let estimate = SizeProbe.Outcome.estimate(SizeEstimate(objects: 5_000, range: nil))
    for outcome in [estimate, .exact(5_000)] {
      let size = ProbedSize(
        BucketProbes.Result(
          finding: .found(outcome), requests: 50, keysPerPage: 100, region: nil))
      var forecast = ListForecast(at: Self.prices)
      #expect(forecast.add(bucket("a"), nil, size, isBilled: false) == 50)
    }
  }

  @Test func countsWhatIsAskedBesidesAsTheLeast() {
    var forecast = ListForecast(
      .init(uploads: true, parts: true, properties: true), at: Self.prices)
    let size = size(.exact(1_500), requests: 2)
    #expect(forecast.add(bucket("a"), nil, size, besides: .nothing, isBilled: true) == 3)
    #expect(
      forecast.text == """
        1 bucket, at least 3 LIST requests, at least $0.000015, estimated by 2 probes. How many \
        unfinished uploads there are is not known before they are listed, and their parts take a \
        request for each at least. Besides, at least 11 small requests ask how buckets are set up.
        """)
  }

  private func bucket(_ name: String, prefix: Key = .start) -> SelectedBucket {
    SelectedBucket(
      identity: BucketIdentity(endpoint: "", name: name), owner: nil, prefix: prefix)
  }

  @Test func saysThatItIsEstimated() {
    var forecast = ListForecast(at: Self.prices)
    let estimate = size(.estimate(SizeEstimate(objects: 3_500_000, range: nil)), requests: 117)
    #expect(forecast.add(bucket("a"), nil, estimate, isBilled: true) == 3_500)
    #expect(forecast.add(bucket("b"), nil, size(.exact(0), requests: 1), isBilled: true) == 1)
    #expect(
      forecast.add(
        bucket("c", prefix: Key("x/")), nil, size(.exact(1_001), requests: 2), isBilled: true) == 2)
    #expect(
      forecast.text
        == "3 buckets, about 3,503 LIST requests, about $0.017515, estimated by 120 probes.")
  }

  @Test func saysAtLeastWhereAProbeCouldNotTell() {
    var forecast = ListForecast(at: Self.prices)
    _ = forecast.add(
      bucket("a"), nil, size(.estimate(SizeEstimate(objects: 9_000, range: nil)), requests: 30),
      isBilled: false)
    #expect(
      forecast.add(bucket("b"), nil, size(.unknown(.startAfter), requests: 2), isBilled: false)
        == nil)
    #expect(
      forecast.text == """
        2 buckets, at least 10 LIST requests, estimated by 32 probes. 1 of them has never been \
        listed whole: how many objects are there is not known.
        """)
  }
}
