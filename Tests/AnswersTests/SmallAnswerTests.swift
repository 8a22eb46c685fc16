import Arguments
import Index
import IndexFixtures
import Report
import Testing
import Vocabulary

@testable import Answers

@Suite struct SmallAnswerTests {
  @Test func printsHelp() {
    #expect(
      help(of: Small.self) == #"""
        OVERVIEW: Small objects, and what is billed beside their bytes.

        How many objects are under a size, and their share of all. padding_bytes are
        billed for nothing where a class bills objects under 128 KiB as that
        (STANDARD_IA, ONEZONE_IA, GLACIER_IR); overhead_bytes where each object has 32
        KiB more at the class's rate and 8 KiB at STANDARD's (GLACIER, DEEP_ARCHIVE).
        Both are of the small objects alone, and null where the rules of a class are not
        known. Whole buckets are answered from sums that are kept, as long as the size
        is 128 KiB; all else reads the objects.

        USAGE: s3audit query small [<options>] [<scope> ...]

        ARGUMENTS:
          <scope>                 A bucket, a pattern of buckets, or s3://BUCKET/PREFIX.

        FILTERS:
          -b, --bucket <pattern>  Buckets whose names match, like 'logs-*', among those
                                  named as arguments; may be repeated.
          --account <pattern>     Buckets of accounts whose number, owner, profile or
                                  server matches; may be repeated.
          --in-region <pattern>   Buckets in regions whose names match, like 'eu-*'; may
                                  be repeated.
          -p, --prefix <prefix>   Keys that begin with this.
          -k, --key <pattern>     Keys that match as a whole: * (also across /), ? and
                                  [a-z].
          -e, --regex <regex>     Keys in which this regular expression is found.
          --min-size <size>       Objects of at least this size, like 1MiB.
          --max-size <size>       Objects of at most this size.
          --older-than <age>      Last modified longer ago than this, like 90d.
          --newer-than <age>      Last modified within this time, like 12h.
          --since <date>          Last modified at this date (UTC) or later.
          --before <date>         Last modified before this date (UTC).
          --class <name>          Objects of this storage class, like GLACIER; may be
                                  repeated.

        OPTIONS:
          --under <size>          Objects of fewer bytes than this. (default: 128KiB)
          --by <what>             One row for each of these. (values: bucket, prefix,
                                  class; default: bucket)
          -d, --depth <levels>    Levels of prefixes to show, with '--by prefix'.
                                  (default: 1)
          --sort <column>         Order the rows by this column, or the other way round
                                  by -column, like -bytes.
          -n, --limit <count>     At most so many rows. (default: all)
          -h, --help              Show help information.

        EXAMPLES:
          # Where small objects cost the most:
          s3audit query small --sort -padding_bytes

          # In which class they are:
          s3audit query small --by class

          # What could be packed together:
          s3audit query small logs --under 16KiB --by prefix --depth 2

        """#)
  }

  private func index(_ classes: [String] = ["STANDARD_IA", "GLACIER"]) async throws -> ScratchIndex
  {
    let index = try ScratchIndex()
    var contents: Contents = [
      Key("a/1"): ModelObject(size: 1), Key("a/2"): ModelObject(size: 131_072),
      Key("a/3"): ModelObject(size: 200_000),
    ]
    for name in classes {
      contents[Key("b/\(name)")] = ModelObject(size: 31_072, storageClass: name)
    }
    try await index.writer().sync("logs", contents)
    return index
  }

  private static let columns = "objects,bytes,objects_percent,padding_bytes,overhead_bytes"

  @Test(arguments: [
    ("bucket", ["bucket,", "logs,3,62145,60.0,100000,40960"]),
    (
      "class",
      [
        "storage_class,", "GLACIER,1,31072,100.0,0,40960",
        "STANDARD,1,1,33.333333333333336,0,0", "STANDARD_IA,1,31072,100.0,100000,0",
      ]
    ),
    (
      "prefix",
      [
        "bucket,prefix,", "logs,\"\",3,62145,60.0,100000,40960",
        "logs,a/,1,1,33.333333333333336,0,0", "logs,b/,2,62144,100.0,100000,40960",
      ]
    ),
  ])
  func sums(by grouping: String, rows: [String]) async throws {
    #expect(
      try cells(typed(Small.self, "--by", grouping), by: try await index())
        == [rows[0] + Self.columns] + rows.dropFirst())
  }

  /// From 128 KiB on nothing is padded.
  @Test(arguments: [
    ("1", "0,0,0.0,0,0"), ("2", "1,1,20.0,0,0"), ("1MiB", "5,393217,100.0,100000,40960"),
  ])
  func countsWhatIsUnder(size: String, row: String) async throws {
    #expect(
      try cells(typed(Small.self, "--under", size), by: try await index()).last == "logs,\(row)")
  }

  @Test func whatNobodyKnowsIsNull() async throws {
    let index = try await index(["OUTPOSTS"])
    #expect(try cells(Small(), by: index).last == "logs,2,31073,50.0,,")
    #expect(try said(Small(), by: index).remarks.contains("OUTPOSTS"))
  }

  @Test func nothingHasNoShare() async throws {
    let index = try ScratchIndex()
    try await index.writer().sync("empty", [:])
    #expect(try cells(Small(), by: index).last == "empty,0,0,,0,0")
  }

  @Test func refusesADepthOfNothing() async throws {
    let index = try await index()
    let answer = try typed(Small.self, "--depth", "2")
    #expect(throws: UsageError.self) { try answered(answer, by: index) }
    #expect(throws: UsageError.self) { try typed(Small.self, "--under", "0") }
    #expect(throws: UsageError.self) { try typed(Small.self, "--by", "prefix", "--depth", "0") }
  }
}
