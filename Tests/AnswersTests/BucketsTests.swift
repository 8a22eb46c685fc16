import Testing
import Vocabulary

@testable import Answers

@Suite struct BucketsTests {
  @Test func printsHelp() {
    #expect(
      help(of: Buckets.self) == #"""
        OVERVIEW: Every bucket with its size, its age and its state.

        One column for the bytes of each storage class that occurs; names of classes
        that differ in nothing but case are spelled as they are. The state is
        'complete', 'partial' (unfinished or failed: what it holds is true, but not
        all), 'denied' or 'never'; synced_at is the moment before which everything is
        in. With --properties there is a column for each property that the last sync
        read: its value, or none, denied, unsupported or failed.

        USAGE: s3audit query buckets [<options>] [<scope> ...]

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
          --properties            Show also how each bucket is set up.
          --sort <column>         Order the rows by this column, or the other way round
                                  by -column, like -bytes.
          -n, --limit <count>     At most so many rows. (default: all)
          -h, --help              Show help information.

        EXAMPLES:
          # The ten largest buckets:
          s3audit query buckets --sort -bytes -n 10

          # The buckets as CSV:
          s3audit query buckets --format csv

          # How the buckets of one team are set up:
          s3audit query buckets 'data-*' --properties

        """#)
  }

  @Test func givesEveryClassAColumn() async throws {
    let lines = try answered(Buckets(), by: try await sampleIndex()).split(separator: "\n")
    #expect(
      lines.first == """
        bucket,region,created,last_modified,objects,bytes,bytes_standard,bytes_standard_ia,state,\
        synced_at,error,account
        """)
    #expect(lines.dropFirst().map { $0.prefix { $0 != "," } } == ["logs", "media"])
  }

  @Test(arguments: [
    (["GLACIER", "STANDARD"], ["bytes_glacier", "bytes_standard"]),
    (["STANDARD", "Standard"], ["bytes_STANDARD", "bytes_Standard"]),
    (["Cold", "GLACIER", "cOLD"], ["bytes_Cold", "bytes_glacier", "bytes_cOLD"]),
  ])
  func namesOfClassColumnsTellWhoseTheyAre(classes: [String], names: [String]) {
    #expect(Buckets.classColumnNames(classes) == names)
  }

  @Test func showsPropertiesOnRequest() async throws {
    let header = try answered(
      typed(Buckets.self, "--properties"), by: try await sampleIndex()
    ).prefix { $0 != "\n" }
    #expect(header.hasSuffix("error,account,\(names)"))
  }

  private var names: String {
    BucketProperty.Name.allCases.map(\.rawValue).joined(separator: ",")
  }
}
