import Arguments
import Testing

@testable import S3AuditCLI

@Suite struct ManHelpTests {
  @Test func printsHelpOfMan() {
    #expect(
      tool.help(for: ["man"], columns: 80) == #"""
        OVERVIEW: Print the manual page.

        USAGE: s3audit man

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

        EXAMPLES:
          # For man to show:
          s3audit man

        """#)
  }
}
