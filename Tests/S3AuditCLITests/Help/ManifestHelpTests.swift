import Arguments
import Testing

@testable import S3AuditCLI

@Suite struct ManifestHelpTests {
  @Test func printsHelpOfManifest() {
    #expect(
      tool.help(for: ["manifest"], columns: 80) == #"""
        OVERVIEW: List the versions that were there at a moment, and compare lists.

        USAGE: s3audit manifest <subcommand>

        OPTIONS:
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
          create                  Write which version each key had at a moment.
          diff                    Compare two manifests key by key.

          See 's3audit help manifest <subcommand>' for detailed help.

        """#)
  }

  @Test func printsHelpOfDiff() {
    #expect(
      tool.help(for: ["manifest", "diff"], columns: 80) == #"""
        OVERVIEW: Compare two manifests key by key.

        A row for each key that only the second names (added), that only the first names
        (removed), or that they name with different versions (changed). Their formats
        may differ; buckets count where both name them. One of them may be - for
        standard input.

        USAGE: s3audit manifest diff [<options>] <first> <second>

        ARGUMENTS:
          <first>                 The manifest that comes first.
          <second>                The manifest that it is compared with.

        OPTIONS:
          --manifest-quote <character>
                                  What quotes the fields of a manifest without a header.
                                  Unless one alone makes sense of every line, it has to
                                  be said. (values: rfc, backslash)
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
          # What changed in a bucket between two days:
          s3audit manifest diff monday.csv tuesday.csv --format csv

        EXIT STATUS:
          0                       They name the same versions of the same keys.
          1                       Failed, as for a manifest that cannot be read.
          2                       They differ.
          64                      The command line could not be understood.
          130                     Interrupted.

        """#)
  }

  /// The command's own formats stand in the place of those of reports.
  @Test func formatsOfCreateAreThoseOfManifests() {
    let help = tool.help(for: ["manifest", "create"], columns: 80)
    #expect(help.contains("(values: plain, csv,"))
    #expect(!help.contains("Machine formats hold exact"))
    #expect(help.ranges(of: "--format <format>").count == 1)
  }
}
