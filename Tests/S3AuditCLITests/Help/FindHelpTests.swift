import Arguments
import Testing

@testable import S3AuditCLI

@Suite struct FindHelpTests {
  @Test func printsHelpOfFind() {
    #expect(
      tool.help(for: ["query", "find"], columns: 80) == #"""
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
          --require-complete      Exit with 3 when a bucket or account behind the answer
                                  is not complete.
          --raw-csv               Do not put ' before CSV fields that a spreadsheet
                                  would run as a formula.
          -h, --help              Show help information.

        GLOBAL OPTIONS:
          --index <file>          The index file. (default:
                                  $XDG_DATA_HOME/s3audit/index.sqlite3; environment:
                                  S3AUDIT_INDEX)
          --format <format>       How results are written. Machine formats hold exact
                                  integers. (values: table, json, jsonl, csv, tsv,
                                  markdown; default: table)
          --unit <unit>           The unit of byte counts in tables. (values: auto, B,
                                  KB, MB, GB, TB, PB, KiB, MiB, GiB, TiB, PiB; default:
                                  auto)
          -q, --quiet             Print errors and results only.
          -v, --verbose           Say on standard error what is done.
          --no-color              No colors, also on a terminal. (environment: NO_COLOR)

        EXAMPLES:
          # Backups of last year, for a script:
          s3audit query find s3://backup/db/ --key '*.tar.gz' --before 2026-01-01 --format jsonl

        EXIT STATUS:
          0                       Done.
          1                       Failed.
          3                       Finished, but some buckets were refused or are not
                                  complete.
          64                      The command line could not be understood.
          130                     Interrupted; the same command goes on from there.

        """#)
  }
}
