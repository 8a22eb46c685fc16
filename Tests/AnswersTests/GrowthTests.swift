import Arguments
import Index
import IndexFixtures
import Report
import TestSupport
import Testing
import Vocabulary

@testable import Answers

@Suite struct GrowthTests {
  private func lines(_ nights: Nights, _ arguments: String...) throws -> [String] {
    try answered(typed(Growth.self, arguments), by: nights.index).split(separator: "\n")
      .map(String.init)
  }

  /// The cells of the first row by their columns.
  private func row(_ nights: Nights, _ arguments: String...) throws -> [String: String] {
    let lines = try answered(typed(Growth.self, arguments), by: nights.index)
      .split(separator: "\n")
    let cells = lines.prefix(2).map {
      $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }
    return Dictionary(uniqueKeysWithValues: zip(cells[0], cells[1]))
  }

  @Test func printsHelp() {
    #expect(
      help(of: Growth.self) == #"""
        OVERVIEW: How much more there is, and where that leads.

        The last complete listing is compared with the last one that is as old as --over
        says, or with the first that there is: since tells which. percent is null where
        there was nothing. budget_reached is the day on which so many bytes are there by
        the straight line through the last 30 listings (days, of several buckets), at
        least seven; null where it does not rise, or gets there in more than ten years.
        Where they are there already, it is the day since when. Numbers are null where a
        bucket was not listed to its end at both moments.

        USAGE: s3audit query growth [<options>] [<scope> ...]

        ARGUMENTS:
          <scope>                 A bucket, a pattern of buckets, or s3://BUCKET/PREFIX.

        FILTERS:
          -b, --bucket <pattern>  Buckets whose names match, like 'logs-*', among those
                                  named as arguments; may be repeated.
          --account <pattern>     Buckets of accounts whose number, owner, profile or
                                  server matches; may be repeated.
          --in-region <pattern>   Buckets in regions whose names match, like 'eu-*'; may
                                  be repeated.

        OPTIONS:
          --by <what>             One row for each of these. (values: bucket, class,
                                  account, region, prefix)
          --over <age>            Compare with what was so long ago, like 7d or 1y.
                                  (default: 30d)
          --budget <size>         Tell when so many bytes are reached, like 500TiB.
          --sort <column>         Order the rows by this column, or the other way round
                                  by -column, like -bytes.
          -n, --limit <count>     At most so many rows. (default: all)
          -h, --help              Show help information.

        EXAMPLES:
          # When are 500 TiB reached?
          s3audit query growth --budget 500TiB

          # The buckets that grew most in a week:
          s3audit query growth --by bucket --over 7d --sort -bytes_change -n 10

          # The folders of a bucket over a quarter:
          s3audit query growth logs --by prefix --over 90d

        """#)
  }

  @Test func comparesWithTheLastListingThatIsAsOld() async throws {
    let nights = try Nights()
    for bytes in [100, 110, 120, 130] as [Int64] {
      try await nights.night([("logs", object(bytes))])
    }
    // It is 02:00 on the fifth.
    #expect(
      try lines(nights, "--over", "60h") == [
        "bucket,since,objects_before,bytes_before,objects,bytes,objects_change,bytes_change,percent,"
          + "bytes_per_day,budget_reached,state,synced_at",
        "logs,2026-11-02T02:00:00Z,1,110,1,130,0,20,18.181818181818183,10,,complete,"
          + "2026-11-04T02:00:00Z",
      ])
    #expect(try row(nights, "--over", "3d")["since"] == "2026-11-02T02:00:00Z")
    // Nothing is as old: it says since when.
    #expect(try row(nights, "--over", "30d")["since"] == "2026-11-01T02:00:00Z")
    #expect(try row(nights, "--over", "30d")["bytes_change"] == "30")
  }

  @Test func saysNothingOfWhatWasListedOnce() async throws {
    let nights = try Nights()
    try await nights.night([("logs", object(100))])
    let one = try row(nights)
    #expect(one["bytes"] == "100" && one["bytes_change"] == "" && one["percent"] == "")
    #expect(one["bytes_per_day"] == "")
    // Neither of what was not listed since.
    try await nights.night([("logs", object(200))])
    nights.index.time.advance(days: 10)
    let stale = try row(nights, "--over", "5d")
    #expect(stale["since"] == "2026-11-02T02:00:00Z" && stale["bytes_change"] == "")
  }

  @Test func percentOfNothingIsNull() async throws {
    let nights = try Nights()
    try await nights.night([("logs", [:])])
    try await nights.night([("logs", object(100))])
    let row = try row(nights)
    #expect(row["bytes_before"] == "0" && row["bytes_change"] == "100" && row["percent"] == "")
  }

  @Test func sumsBucketsThatAreKnownAtBothMoments() async throws {
    let nights = try Nights()
    try await nights.night([("a", object(100))])
    try await nights.night([("a", object(110)), ("b", object(1_000))])
    try await nights.night([("a", object(120)), ("b", object(1_001))])
    // Since b is known, as it may have been there before.
    let sum = try row(nights)
    #expect(sum["since"] == "2026-11-02T02:00:00Z" && sum["bytes_change"] == "11")
    // Since it was made, where that is known.
    let created = ScratchIndex.start.millisecondsSinceEpoch - 18 * 86_400_000
    try nights.index.execute("UPDATE bucket SET created_ms = \(created) WHERE name = 'b'")
    let all = try row(nights)
    #expect(all["since"] == "2026-11-01T02:00:00Z" && all["bytes_change"] == "1021")
    #expect(all["bucket"] == "")
    // Each by itself.
    let rows = try lines(nights, "--by", "bucket").dropFirst().map { $0.prefix(28) }
    #expect(rows == ["a,2026-11-01T02:00:00Z,1,100", "b,2026-11-02T02:00:00Z,1,100"])
  }

  @Test func sumsClassesOfWhichABucketHasNone() async throws {
    let nights = try Nights()
    try await nights.night([("a", object(1)), ("b", object(5, "GLACIER"))])
    try await nights.night([("a", object(3)), ("b", object(5, "STANDARD"))])
    let rows = try lines(nights, "--by", "class").dropFirst().map {
      $0.split(separator: ",", omittingEmptySubsequences: false).prefix(10).joined(separator: ",")
    }
    #expect(
      rows == [
        ",GLACIER,2026-11-01T02:00:00Z,1,5,0,0,-1,-5,-100.0",
        ",STANDARD,2026-11-01T02:00:00Z,1,1,2,8,1,7,700.0",
      ])
  }

  @Test func tellsPrefixesThatCameAndWent() async throws {
    let nights = try Nights()
    try await nights.night([
      ("logs", [Key("a/x"): ModelObject(size: 4), Key("c/x"): ModelObject()])
    ])
    try await nights.night([
      ("logs", [Key("b/x"): ModelObject(size: 9), Key("c/x"): ModelObject()])
    ])
    let rows = try lines(nights, "--by", "prefix").dropFirst().map {
      $0.split(separator: ",", omittingEmptySubsequences: false).prefix(10).joined(separator: ",")
    }
    #expect(
      rows == [
        "logs,a/,2026-11-01T02:00:00Z,1,4,0,0,-1,-4,-100.0",
        "logs,b/,2026-11-01T02:00:00Z,0,0,1,9,1,9,", "logs,c/,2026-11-01T02:00:00Z,1,1,1,1,0,0,0.0",
      ])
    #expect(try row(nights, "s3://logs/b/")["bytes_change"] == "9")
  }

  @Test func aTableEndsWithTheSumOfAllRows() async throws {
    let nights = try Nights()
    try await nights.night([("a", object(1)), ("b", object(5))])
    try await nights.night([("a", object(3)), ("b", object(6))])
    let table = try answered(typed(Growth.self, "--by", "bucket"), by: nights.index, .init())
    let last = try #require(table.split(separator: "\n").last)
    #expect(last.hasPrefix("total") && last.contains("6 B") && last.contains("9 B"))
  }

  @Test(arguments: [
    ["--over", "0d"], ["--over", "-1d"], ["--over", "30"], ["--budget", "0"],
    ["--budget", "-5GiB"],
    ["--budget", "99999999PiB"], ["--by", "size"],
  ])
  func refusesWhatMeansNothing(arguments: [String]) {
    #expect(throws: UsageError.self) { try typed(Growth.self, arguments) }
  }

  @Test func seesTheDayOnWhichABudgetIsReached() async throws {
    let nights = try Nights()
    for night in 0..<6 { try await nights.night([("logs", object(100 + 10 * Int64(night)))]) }
    #expect(try row(nights, "--budget", "1000")["budget_reached"] == "")
    try await nights.night([("logs", object(160))])
    // Ten a day, from 160 on the seventh at 02:00.
    #expect(try row(nights, "--budget", "1000")["budget_reached"] == "2027-01-30")
    #expect(try row(nights, "--budget", "161")["budget_reached"] == "2026-11-07")
    #expect(try row(nights, "--budget", "130")["budget_reached"] == "2026-11-04")
    #expect(try row(nights, "--budget", "1")["budget_reached"] == "2026-11-01")
    #expect(try row(nights, "--budget", "1MiB")["budget_reached"] == "")
    #expect(try row(nights, "--budget", "1000", "--by", "prefix")["budget_reached"] == "2027-01-30")
    #expect(try row(nights, "--budget", "1000", "--by", "class")["budget_reached"] == "2027-01-30")
  }

  @Test func aTrendOfSeveralBucketsIsOfDaysOnWhichAllAreKnown() async throws {
    let nights = try Nights()
    for night in 0..<8 as Range<Int64> {
      let other = night == 3 ? nil : object(100)
      try await nights.night([("a", object(100 + 10 * night)), ("b", other)])
    }
    #expect(try row(nights, "--budget", "1000")["budget_reached"] == "2027-01-20")
    try nights.index.execute(
      "DELETE FROM usage_point WHERE bucket_id = 2 AND at_ms < (SELECT min(at_ms) + 1 FROM usage_point)"
    )
    #expect(try row(nights, "--budget", "1000")["budget_reached"] == "")
  }

  @Test func aTrendNeedsToRise() {
    func points(_ bytes: [Int64]) -> [(at: Timestamp, bytes: Int64)] {
      bytes.enumerated().map {
        (Timestamp(millisecondsSinceEpoch: Int64($0.offset) * 86_400_000), $0.element)
      }
    }
    func day(_ bytes: [Int64], _ budget: Int64) -> Int64? {
      Trend(points(bytes)).moment(ofReaching: budget).map { $0.millisecondsSinceEpoch / 86_400_000 }
    }
    let rising = (0..<30).map { Int64($0) * 10 }
    #expect(day(rising, 1_000) == 100)
    #expect(day(rising.reversed(), 1_000) == nil)
    #expect(day(Array(repeating: 5, count: 30), 1_000) == nil)
    #expect(day(Array(rising.prefix(6)), 1_000) == nil)
    // Ten years and no more: 3,652 days after the last point, which is on day 29.
    #expect(day(rising, 36_810) == 3_681)
    #expect(day(rising, 36_820) == nil)
    // Only the last thirty count.
    #expect(day(Array(repeating: 9_999, count: 5) + rising, 20_000) == 2_005)
    #expect(day(rising, .max) == nil)
  }
}
