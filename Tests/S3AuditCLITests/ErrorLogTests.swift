import Testing
import Vocabulary

@testable import S3AuditCLI

@Suite struct ErrorLogTests {
  static let time = Timestamp(millisecondsSinceEpoch: 1_764_469_807_000)

  @Test func wordsForPeopleBecomeRecords() {
    let words = """
      Error: cannot list s3://bad:
        access denied
      Help:  ask for it
      Help:  or leave it out
      Warning: "odd"
      2 buckets

      """
    let text = ErrorLog(format: .text, isQuiet: false).lines(of: words, at: Self.time)
    #expect(
      text == """
        2025-11-30T02:30:07Z error error message="cannot list s3://bad: access denied" help="ask for it; or leave it out"
        2025-11-30T02:30:07Z warning warning message="\\"odd\\""
        2025-11-30T02:30:07Z info message message="2 buckets"

        """)
  }

  @Test func jsonIsAnObjectALine() {
    let log = ErrorLog(format: .json, isQuiet: false)
    let line = log.line(
      .init(
        level: .info, event: "bucket_complete",
        fields: [("bucket", .string("a\n\u{1B}")), ("objects", .integer(7))]),
      at: Self.time)
    #expect(
      line == """
        {"bucket":"a\\n\\u001b","event":"bucket_complete","level":"info","objects":7,"time":"2025-11-30T02:30:07Z"}

        """)
  }

  @Test func aQuietLogSaysWhatIsWrongAlone() {
    let log = ErrorLog(format: .text, isQuiet: true)
    #expect(log.lines(of: "Note: x\n", at: Self.time) == "")
    #expect(log.lines(of: "Warning: x\n", at: Self.time) != "")
  }
}
