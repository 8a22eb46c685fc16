import Answers
import Arguments
import Testing

@testable import S3AuditCLI

@Suite struct QueryHelpTests {
  /// A line for each: their own words are shown as they are, whatever questions there are.
  private var questions: String {
    allAnswers.map { answer in
      let (name, abstract) = words(of: answer)
      return "  \(name)\(String(repeating: " ", count: max(1, 24 - name.count)))\(abstract)"
    }.joined(separator: "\n")
  }

  private func words<A: Answer>(of answer: A.Type) -> (name: String, abstract: String) {
    (A.words.name, A.words.abstract)
  }

  @Test func printsHelpOfQuery() {
    #expect(
      tool.help(for: ["query"], columns: 80) == #"""
        OVERVIEW: Answer from the index, at once and offline.

        USAGE: s3audit query <subcommand>

        OPTIONS:
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

        SUBCOMMANDS:
        \#(questions)

          See 's3audit help query <subcommand>' for detailed help.

        """#)
  }
}
