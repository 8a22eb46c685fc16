import Testing
import Vocabulary

@testable import Report

/// What a person sees who asks for a machine's format on a terminal.
@Suite struct TerminalFormatTests {
  private static let machineFormats = [OutputFormat.json, .jsonl, .csv, .tsv, .markdown]

  private func shown(_ format: OutputFormat, _ names: [String], _ texts: [String]) throws -> String
  {
    try text(
      names.map { Column($0, .text) }, texts.map { text in names.map { _ in .text(text) } },
      ReportOptions(format: format, width: 80, isTerminal: true))
  }

  @Test(arguments: machineFormats) func nothingReachesATerminal(format: OutputFormat) throws {
    let names = ["\u{1B}[2J", "a\u{9B}b", "\u{202E}c"]
    let report = try shown(format, names, nastyTexts)
    for scalar in report.unicodeScalars where scalar != "\n" && scalar != "\t" {
      #expect(scalar.visibleForm == nil, "\(scalar.value)")
    }
  }

  @Test(arguments: machineFormats) func bytesThatAreNoTextReachNoTerminal(format: OutputFormat)
    throws
  {
    let report = try written(
      [Column("key", .key)], [[.key([0x61, 0xFF, 0x9B, 0x1B])]],
      ReportOptions(format: format, isTerminal: true))
    for scalar in String(decoding: report, as: UTF8.self).unicodeScalars where scalar != "\n" {
      #expect(scalar.visibleForm == nil, "\(scalar.value)")
    }
  }

  @Test(arguments: [
    (OutputFormat.csv, "k\na\\e[31mb\\nc\n"), (.tsv, "k\na\\e[31mb\\nc\n"),
    (.jsonl, "{\"k\":\"a\\u001b[31mb\\nc\"}\n"),
  ])
  func escapesAreThoseOfTables(format: OutputFormat, report: String) throws {
    #expect(try shown(format, ["k"], ["a\u{1B}[31mb\nc"]) == report)
  }

  @Test func jsonOnATerminalMeansTheSame() throws {
    #expect(
      try shown(.jsonl, ["k"], ["\u{7F}\u{202E}\u{E0041}é\u{FEFF}"])
        == "{\"k\":\"\\u007f\\u202e\\udb40\\udc41é\\ufeff\"}\n")
  }

  @Test(arguments: machineFormats) func plainTextIsTheSameAsInAPipe(format: OutputFormat) throws {
    let texts = ["plain/ünïcode 🎉.gz", "a,b \"c\"", "=1+1", ""]
    let columns = [Column("k", .text), Column("n", .bytes)]
    let rows = texts.map { [Value.text($0), .bytes(7)] }
    #expect(
      try text(columns, rows, ReportOptions(format: format, width: 20, isTerminal: true))
        == text(columns, rows, ReportOptions(format: format)))
  }
}
