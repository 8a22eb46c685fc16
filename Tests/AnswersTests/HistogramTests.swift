import Index
import IndexFixtures
import Report
import Testing
import Vocabulary

@testable import Answers

@Suite struct HistogramTests {
  @Test func printsHelp() {
    #expect(
      help(of: Histogram.self) == #"""
        OVERVIEW: How many objects are how large, or how old.

        One row for each class of sizes or ages that occurs, in rising order, with its
        share of all objects and of all bytes. Ages are counted from the time an object
        was last modified. Where a row begins and ends is in bytes, or in seconds of
        age.

        USAGE: s3audit query histogram [<options>] [<scope> ...]

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
          --versions <which>      Objects, or versions that are not the latest, or both.
                                  (values: all, current, noncurrent; default: current)

        OPTIONS:
          --of <what>             What is measured of each object. (values: size, age;
                                  default: size)
          --by <what>             A histogram for each of these. (values: class)
          -h, --help              Show help information.

        EXAMPLES:
          # Is it worth moving small objects?
          s3audit query histogram logs --of size

          # How old is what lies in Standard?
          s3audit query histogram --of age --class STANDARD

          # How old is what lies in each class?
          s3audit query histogram --of age --by class

          # How long ago were old versions written?
          s3audit query histogram logs --of age --versions noncurrent

        """#)
  }

  @Test func countsObjectsBySize() async throws {
    #expect(
      try cells(Histogram(), by: try await sampleIndex()) == [
        "size,at_least,below,objects,bytes,objects_percent,bytes_percent",
        "1 B to 1 KiB,1,1024,3,11,75.0,0.005499697516636585",
        "128 KiB to 1 MiB,131072,1048576,1,200000,25.0,99.99450030248336",
      ])
  }

  @Test func countsObjectsByAge() async throws {
    let rows = try cells(typed(Histogram.self, "--of", "age"), by: try await sampleIndex())
    #expect(
      rows.map { $0.split(separator: ",").prefix(3).joined(separator: ",") } == [
        "age,at_least,below", "1 day to 7 days,86400,604800",
        "1 year to 2 years,31536000,63072000",
      ])
  }

  @Test(arguments: IndexReader.Measure.allCases)
  func hasAHistogramForEachClass(of measure: IndexReader.Measure) async throws {
    let index = try ScratchIndex()
    try await index.writer().sync(
      "logs",
      [
        Key("a"): ModelObject(size: 10, storageClass: "STANDARD"),
        Key("b"): ModelObject(size: 2_000, storageClass: "GLACIER"),
        Key("c"): ModelObject(size: 12, storageClass: "STANDARD"),
      ])
    let rows = try cells(
      typed(Histogram.self, "--by", "class", "--of", measure.rawValue), by: index)
    let sums = rows.dropFirst().map { $0.split(separator: ",", omittingEmptySubsequences: false) }
    #expect(sums.map { $0[0] } == ["GLACIER", "STANDARD"])
    #expect(sums.map { $0[4...5].joined(separator: ",") } == ["1,2000", "2,22"])
  }

  /// A person compares lengths; a program gets the number.
  @Test func drawsABarInTables() async throws {
    let table = try answered(Histogram(), by: try await sampleIndex(), .init())
    #expect(table.contains("███████▌    75.00"))
    #expect(table.contains("██████████  99.99"))
    #expect(table.contains("▏            0.01"))
    #expect(try !cells(Histogram(), by: try await sampleIndex()).joined().contains("█"))
  }

  @Test func sharesOfNothingAreUnknown() async throws {
    let index = try ScratchIndex()
    try await index.writer().sync("empty", [Key("x"): ModelObject(size: 0)])
    #expect(try cells(Histogram(), by: index).last == "0 B,0,1,1,0,100.0,")
  }

  @Test func endsATableWithTheSumOfItsRows() async throws {
    let table = try answered(Histogram(), by: try await sampleIndex(), .init())
    #expect(table.split(separator: "\n").last?.hasPrefix("total") == true)
  }
}
