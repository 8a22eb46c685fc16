import Arguments
import Index
import IndexFixtures
import Report
import TestSupport
import Testing
import Vocabulary

@testable import Answers

/// An index of some nights from 2026-11-01 on, at 02:00, one bucket after another.
struct Nights {
  let index: ScratchIndex
  private(set) var writer: IndexWriter

  init() throws {
    index = try ScratchIndex()
    index.time.advance(milliseconds: -19 * 86_400_000 + 2 * 3_600_000)
    writer = try index.writer()
  }

  /// One sync; nil for a bucket that is refused.
  func night(_ buckets: [(name: String, contents: Contents?)]) async throws {
    let syncID = try await writer.beginSync()
    for (name, contents) in buckets {
      guard let contents else {
        try await writer.recordRefusal(
          of: BucketIdentity(endpoint: "", name: name), owner: nil,
          outcome: .denied(CrawlFailure(UnexpectedAnswer())))
        continue
      }
      let plan = try await writer.begin(name)
      var random = SplitMix64(seed: 1)
      _ = try await writer.list(contents, plan, syncID: syncID, &random, pageMax: 100)
      _ = try await writer.finishCrawl(plan, outcome: .complete)
    }
    try await writer.finishSync(syncID, state: .complete, requests: 1, retries: 0)
    index.time.advance(days: 1)
  }

  private struct UnexpectedAnswer: Error {}
}

func object(_ bytes: Int64, _ storageClass: String = "STANDARD") -> Contents {
  [Key("p/x"): ModelObject(size: bytes, storageClass: storageClass)]
}

@Suite struct HistoryTests {
  private func lines(
    _ nights: Nights, _ arguments: String...
  ) throws -> [String] {
    try answered(typed(History.self, arguments), by: nights.index).split(separator: "\n")
      .map(String.init)
  }

  @Test func printsHelp() {
    #expect(
      help(of: History.self) == #"""
        OVERVIEW: What was there from sync to sync.

        One row for each moment, and with --by for each of these. Only syncs and imports
        that listed a whole bucket count. Where a bucket was refused or not listed to
        its end the numbers are null, and so is a sum that it would be part of: the gap
        is a blank in the sparkline below a table. With --every a row is of the last
        complete listing in the day, week (from Monday on) or month, in UTC, and a
        period without one has a row too. Of prefixes the larger ones are known, down to
        two levels: those directly below the scope with --by prefix, or one that the
        scope names. synced_at is when the numbers were so.

        USAGE: s3audit query history [<options>] [<scope> ...]

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
          --every <period>        One row for each of these. (values: sync, day, week,
                                  month; default: sync)
          --since <when>          From this date (UTC) or so long ago on, like 30d.
          --before <when>         Before this date (UTC), or so long ago.
          -h, --help              Show help information.

        EXAMPLES:
          # Every night of one bucket:
          s3audit query history logs

          # Which classes grow?
          s3audit query history --by class --every month

          # The folders of a bucket over four weeks:
          s3audit query history s3://logs/2026/ --by prefix --every day --since 28d

        """#)
  }

  /// Logs is refused on the third night, and not tried on the fifth.
  private func gappy() async throws -> Nights {
    let nights = try Nights()
    try await nights.night([("logs", object(10)), ("media", object(100))])
    try await nights.night([("logs", object(11)), ("media", object(101, "GLACIER"))])
    try await nights.night([("logs", nil), ("media", object(102))])
    try await nights.night([("logs", object(13)), ("media", object(103))])
    try await nights.night([("media", object(104))])
    return nights
  }

  @Test func hasARowForEachListingAndEachRefusal() async throws {
    #expect(
      try await lines(gappy(), "logs") == [
        "at,bucket,storage_class,objects,bytes,state,synced_at",
        "2026-11-01T02:00:00Z,logs,,1,10,complete,2026-11-01T02:00:00Z",
        "2026-11-02T02:00:00Z,logs,,1,11,complete,2026-11-02T02:00:00Z",
        "2026-11-03T02:00:00Z,logs,,,,denied,",
        "2026-11-04T02:00:00Z,logs,,1,13,complete,2026-11-04T02:00:00Z",
      ])
  }

  @Test func aDayWithoutAListingIsAGap() async throws {
    #expect(
      try await lines(gappy(), "logs", "--every", "day").dropFirst() == [
        "2026-11-01T00:00:00Z,logs,,1,10,complete,2026-11-01T02:00:00Z",
        "2026-11-02T00:00:00Z,logs,,1,11,complete,2026-11-02T02:00:00Z",
        "2026-11-03T00:00:00Z,logs,,,,denied,",
        "2026-11-04T00:00:00Z,logs,,1,13,complete,2026-11-04T02:00:00Z",
        "2026-11-05T00:00:00Z,logs,,,,partial,",
      ])
  }

  @Test func aSumWithAGapIsNotKnown() async throws {
    let nights = try await gappy()
    #expect(
      try lines(nights).dropFirst() == [
        "2026-11-01T02:00:00Z,,,2,110,complete,2026-11-01T02:00:00Z",
        "2026-11-02T02:00:00Z,,,2,112,complete,2026-11-02T02:00:00Z",
        "2026-11-03T02:00:00Z,,,,,partial,",
        "2026-11-04T02:00:00Z,,,2,116,complete,2026-11-04T02:00:00Z",
        "2026-11-05T02:00:00Z,,,,,partial,",
      ])
    #expect(
      try lines(nights, "--every", "week").dropFirst() == [
        "2026-10-26T00:00:00Z,,,2,110,complete,2026-11-01T02:00:00Z",
        "2026-11-02T00:00:00Z,,,2,117,complete,2026-11-04T02:00:00Z",
      ])
    #expect(
      try lines(nights, "--every", "month").dropFirst() == [
        "2026-11-01T00:00:00Z,,,2,117,complete,2026-11-04T02:00:00Z"
      ])
  }

  @Test func classesAreKnownWhereAllBucketsAre() async throws {
    let nights = try await gappy()
    #expect(
      try lines(nights, "--by", "class", "--every", "day").dropFirst() == [
        "2026-11-01T00:00:00Z,,GLACIER,0,0,complete,2026-11-01T02:00:00Z",
        "2026-11-02T00:00:00Z,,GLACIER,1,101,complete,2026-11-02T02:00:00Z",
        "2026-11-03T00:00:00Z,,GLACIER,,,partial,",
        "2026-11-04T00:00:00Z,,GLACIER,0,0,complete,2026-11-04T02:00:00Z",
        "2026-11-05T00:00:00Z,,GLACIER,,,partial,",
        "2026-11-01T00:00:00Z,,STANDARD,2,110,complete,2026-11-01T02:00:00Z",
        "2026-11-02T00:00:00Z,,STANDARD,1,11,complete,2026-11-02T02:00:00Z",
        "2026-11-03T00:00:00Z,,STANDARD,,,partial,",
        "2026-11-04T00:00:00Z,,STANDARD,2,116,complete,2026-11-04T02:00:00Z",
        "2026-11-05T00:00:00Z,,STANDARD,,,partial,",
      ])
  }

  @Test func countsFromTheWindow() async throws {
    let nights = try await gappy()
    #expect(
      try lines(nights, "logs", "--every", "day", "--since", "2026-11-03", "--before", "2026-11-05")
        .dropFirst() == [
          "2026-11-03T00:00:00Z,logs,,,,denied,",
          "2026-11-04T00:00:00Z,logs,,1,13,complete,2026-11-04T02:00:00Z",
        ])
    #expect(throws: UsageError.self) {
      try lines(nights, "--since", "1d", "--before", "2d")
    }
    for wrong in ["-1d", "hour", "", "99999999999999999999y"] {
      #expect(throws: UsageError.self, "\(wrong)") {
        try typed(History.self, "--since", wrong)
      }
    }
    #expect(throws: UsageError.self) { try typed(History.self, "--every", "hour") }
  }

  @Test func tellsPrefixesFromTheirFirstRowOn() async throws {
    let nights = try Nights()
    let old = ModelObject(size: 5)
    try await nights.night([("logs", [Key("a/x"): old])])
    try await nights.night([("logs", [Key("a/x"): old, Key("b/1/y"): ModelObject(size: 7)])])
    try await nights.night([("logs", [Key("b/1/y"): ModelObject(size: 7)])])
    #expect(
      try lines(nights, "--by", "prefix").dropFirst().map { $0.prefix { $0 != "c" } } == [
        "2026-11-01T02:00:00Z,logs,a/,,1,5,", "2026-11-02T02:00:00Z,logs,a/,,1,5,",
        "2026-11-03T02:00:00Z,logs,a/,,0,0,", "2026-11-02T02:00:00Z,logs,b/,,1,7,",
        "2026-11-03T02:00:00Z,logs,b/,,1,7,",
      ])
    #expect(
      try lines(nights, "s3://logs/b/", "--by", "prefix").dropFirst().map {
        $0.prefix { $0 != "c" }
      }
        == ["2026-11-02T02:00:00Z,logs,b/1/,,1,7,", "2026-11-03T02:00:00Z,logs,b/1/,,1,7,"])
    #expect(
      try lines(nights, "s3://logs/b/").dropFirst().map { $0.prefix { $0 != "c" } } == [
        "2026-11-01T02:00:00Z,logs,,0,0,", "2026-11-02T02:00:00Z,logs,,1,7,",
        "2026-11-03T02:00:00Z,logs,,1,7,",
      ])
  }

  @Test(arguments: [
    ["s3://logs/b"], ["s3://logs/b/c/d/"], ["s3://logs/b/1/", "--by", "prefix"],
    ["s3://logs/b/", "--by", "class"],
  ])
  func refusesWhatIsNotRecorded(arguments: [String]) async throws {
    let nights = try Nights()
    try await nights.night([("logs", [Key("b/1/y"): ModelObject(size: 7)])])
    #expect(throws: UsageError.self) {
      try answered(typed(History.self, arguments), by: nights.index)
    }
  }

  @Test func aBucketThatWasMadeLaterIsNoGapBefore() async throws {
    let nights = try Nights()
    try await nights.night([("logs", object(1))])
    try await nights.night([("logs", object(2)), ("new", object(10))])
    // It may have been there before, as nobody knows when it was made.
    #expect(
      try lines(nights).dropFirst() == [
        "2026-11-01T02:00:00Z,,,,,partial,",
        "2026-11-02T02:00:00Z,,,2,12,complete,2026-11-02T02:00:00Z",
      ])
    let created = ScratchIndex.start.millisecondsSinceEpoch - 18 * 86_400_000
    try nights.index.execute("UPDATE bucket SET created_ms = \(created) WHERE name = 'new'")
    #expect(
      try lines(nights).dropFirst() == [
        "2026-11-01T02:00:00Z,,,1,1,complete,2026-11-01T02:00:00Z",
        "2026-11-02T02:00:00Z,,,2,12,complete,2026-11-02T02:00:00Z",
      ])
  }

  @Test func tablesHaveASparklineWithBlanks() async throws {
    let table = try answered(
      typed(History.self, "logs", "--every", "day"), by: try await gappy().index, .init())
    #expect(table.contains("▁▃ █   logs 10 B to 13 B"))
  }

  @Test(
    arguments: [
      ([nil, nil], "  "), ([5, 5], "▅▅"), ([0, 0], "▁▁"), ([1_000, 1_001], "▄▅"),
      ([0, 1, nil, 8], "▁▂ █"), ([Int64.max, 0], "█▁"),
    ] as [([Int64?], String)])
  func drawsAtLeastFourPercent(values: [Int64?], line: String) {
    #expect(Sparkline.text(values) == line)
  }
}
