import Testing

@testable import Answers

@Suite struct DuTests {
  @Test func printsHelp() {
    #expect(
      help(of: Du.self) == #"""
        OVERVIEW: What lies below a prefix, level by level.

        USAGE: s3audit query du [<options>] [<scope> ...]

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
          -d, --depth <levels>    Levels of prefixes to show. (default: 1)
          --sort <column>         Order the rows by this column, or the other way round
                                  by -column, like -bytes.
          -n, --limit <count>     At most so many rows. (default: all)
          -h, --help              Show help information.

        EXAMPLES:
          # Two levels of one bucket:
          s3audit query du s3://logs/2026/ --depth 2

          # The ten largest:
          s3audit query du logs --depth 3 --sort -bytes -n 10

        """#)
  }

  @Test func sumsBelowEveryPrefix() async throws {
    #expect(
      try cells(typed(Du.self, "logs"), by: try await sampleIndex()) == [
        "bucket,prefix,objects,bytes", #"logs,"",3,200004"#, "logs,2025/,1,3",
        "logs,2026/,2,200001",
      ])
  }

  @Test func showsNoPrefixAtDepthZero() async throws {
    let rows = try cells(typed(Du.self, "--depth", "0"), by: try await sampleIndex())
    #expect(rows.dropFirst() == [#"logs,"",3,200004"#, #"media,"",1,7"#])
  }
}
