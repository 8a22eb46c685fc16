import Arguments
import Testing

@testable import S3AuditCLI

@Suite struct RootHelpTests {
  @Test func printsRootHelp() {
    #expect(
      tool.help(for: [], columns: 80) == #"""
        OVERVIEW: List S3 buckets once, then ask anything about them.

        s3audit lists buckets into one SQLite file, refreshes it cheaply each night, and
        answers from it at once: by command, by SQL, or in the plain sqlite3 shell.

        USAGE: s3audit <subcommand>

        OPTIONS:
          --version               Show the version.
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

        SUBCOMMANDS:
          sync                    List buckets into the index.
          query                   Answer from the index, at once and offline.
          browse                  Walk through buckets and prefixes on a terminal.
          serve                   Answer over HTTP, for scripts and people.
          status                  How the index and its last sync are, for people and
                                  monitors.
          list                    Stream a listing of one bucket, without an index.
          plan                    Cut a bucket into ranges for many machines.
          manifest                List the versions that were there at a moment, and
                                  compare lists.
          restore                 Bring versions back into a folder or a bucket.
          estimate                Sizes of buckets as CloudWatch has them, without
                                  listing any.
          import                  Take over listings, inventories, indexes and prices.
          check                   Look for damage and contradictions in the index, and
                                  mend them.
          backup                  Copy the index as it is at one moment, also while a
                                  sync writes.
          vacuum                  Give the index's unused space back to the disk.
          export                  Write the index's views as files for other engines.
          setting                 Show and change how much an index keeps.
          metadata                Tell another program what the index's views and
                                  columns hold.
          forget                  Drop buckets from the index, whether they still exist
                                  or not.
          doctor                  Check everything a sync needs; print policies.
          completions             Print a completion script for a shell.
          man                     Print the manual page.

        EXIT STATUS:
          0                       Done.
          1                       Failed.
          2                       restore --check: files are missing or have other
                                  bytes; manifest diff: they differ; query reconcile: a
                                  bucket differs from CloudWatch; check, plan --check:
                                  something was found.
          3                       Finished, but some buckets or keys were refused, or
                                  are not complete.
          64                      The command line could not be understood.
          130                     Interrupted; the same command goes on from there.

          See 's3audit help <subcommand>' for detailed help.

        """#)
  }
}
