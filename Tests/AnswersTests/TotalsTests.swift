import Index
import Report
import Testing

@testable import Answers

@Suite struct TotalsTests {
  @Test func printsHelp() {
    #expect(
      help(of: Totals.self) == #"""
        OVERVIEW: Objects and bytes, in all or by something.

        USAGE: s3audit query totals [<options>] [<scope> ...]

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
          --by <what>             One row for each of these. (values: bucket, account,
                                  region, class, prefix, extension, age, size)
          --sort <column>         Order the rows by this column, or the other way round
                                  by -column, like -bytes.
          -n, --limit <count>     At most so many rows. (default: all)
          -h, --help              Show help information.

        EXAMPLES:
          # Everything, by storage class:
          s3audit query totals --by class

          # The largest buckets:
          s3audit query totals --by bucket --sort -bytes -n 10

          # What each account holds:
          s3audit query totals --by account

          # What is old and large in one bucket:
          s3audit query totals logs --older-than 1y --min-size 100MiB

        """#)
  }

  @Test func readsAccountPatterns() throws {
    let totals = try typed(Totals.self, "--by", "account", "--account", "prod", "--account", "1*")
    #expect(totals.filter.accounts == ["prod", "1*"])
    #expect(totals.grouping == .account)
  }

  @Test func sumsEverything() async throws {
    #expect(try cells(Totals(), by: try await sampleIndex()) == ["objects,bytes", "4,200011"])
  }

  @Test func sumsByClass() async throws {
    #expect(
      try cells(typed(Totals.self, "--by", "class"), by: try await sampleIndex()) == [
        "storage_class,objects,bytes", "STANDARD,3,11", "STANDARD_IA,1,200000",
      ])
  }

  @Test func endsATableWithTheSumOfItsRows() async throws {
    let table = try answered(
      typed(Totals.self, "--by", "bucket"), by: try await sampleIndex(), .init())
    #expect(table.split(separator: "\n").last?.hasPrefix("total         4  195.3 KiB") == true)
  }

  @Test func closesEveryRowWithItsFreshness() async throws {
    #expect(
      try answered(Totals(), by: try await sampleIndex())
        == "objects,bytes,state,synced_at\n4,200011,complete,2026-11-20T00:00:00Z\n")
  }
}
