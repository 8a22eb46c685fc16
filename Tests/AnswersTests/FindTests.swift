import Testing

@testable import Answers

@Suite struct FindTests {
  @Test func printsHelp() {
    #expect(
      help(of: Find.self) == #"""
        OVERVIEW: The objects that pass the filters.

        USAGE: s3audit query find [<options>] [<scope> ...]

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
          -n, --limit <count>     At most so many rows. (default: all)
          -h, --help              Show help information.

        EXAMPLES:
          # Backups of last year, for a script:
          s3audit query find s3://backup/db/ --key '*.tar.gz' --before 2026-01-01 --format jsonl

        """#)
  }

  @Test func findsInTheOrderOfKeys() async throws {
    let rows = try cells(typed(Find.self, "logs", "--key", "*.gz"), by: try await sampleIndex())
    #expect(rows.dropFirst().map { $0.split(separator: ",")[1] } == ["2025/a.gz", "2026/b.gz"])
  }

  @Test func stopsAtItsLimit() async throws {
    let rows = try cells(typed(Find.self, "--limit", "1"), by: try await sampleIndex())
    #expect(rows.count == 2)
  }
}
