import Arguments
import Testing

@testable import S3AuditCLI

@Suite struct CompletionsHelpTests {
  @Test func printsHelpOfCompletions() {
    #expect(
      tool.help(for: ["completions"], columns: 80) == #"""
        OVERVIEW: Print a completion script for a shell.

        USAGE: s3audit completions <shell>

        ARGUMENTS:
          <shell>                 The shell. (values: bash, zsh, fish)

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
          # For this bash session:
          s3audit completions bash

        """#)
  }
}
