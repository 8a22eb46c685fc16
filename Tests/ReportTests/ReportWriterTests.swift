import Report
import Testing

@Suite struct ReportWriterTests {
  private struct Full: Error {}

  @Test(arguments: [OutputFormat.json, .jsonl, .csv, .tsv, .markdown, .table])
  func handsOverPiecesOfBoundedSize(format: OutputFormat) throws {
    final class Sizes { var bytes: [Int] = [] }
    let sizes = Sizes()
    var writer = ReportWriter(
      columns: [Column("key", .text)], options: ReportOptions(format: format)
    ) { sizes.bytes.append($0.count) }
    for number in 0..<20_000 { try writer.append([.text("a/key/of/some/length/\(number)")]) }
    try writer.finish()
    #expect(sizes.bytes.count > 5)
    #expect(sizes.bytes.dropLast().allSatisfy { $0 >= 64 << 10 && $0 < 66 << 10 })
  }

  @Test func passesOnWhatSinkThrows() {
    #expect(throws: Full.self) {
      let writer = ReportWriter(
        columns: [Column("key", .text)], options: ReportOptions(format: .csv)
      ) { _ in throw Full() }
      try writer.finish()
    }
  }

  @Test func callsSinkOnlyWhenThereIsSomething() throws {
    final class Calls { var count = 0 }
    let calls = Calls()
    let writer = ReportWriter(
      columns: [Column("key", .text)], options: ReportOptions(format: .jsonl)
    ) { _ in calls.count += 1 }
    try writer.finish()
    #expect(calls.count == 0)
  }

  @Test(arguments: OutputFormat.allCases)
  func takesRowsValueByValue(format: OutputFormat) throws {
    final class Pieces { var bytes: [UInt8] = [] }
    let pieces = Pieces()
    let options = ReportOptions(format: format)
    let texts = nastyTexts.map { Array($0.utf8) } + [[0xFF, 0x41, 0xC3], []]
    let columns = [Column("key", .key), Column("size", .bytes), Column("note", .text)]
    var writer = ReportWriter(columns: columns, options: options) { pieces.bytes += $0 }
    for text in texts {
      writer.add(text: text.span)
      writer.add(.bytes(Int64(text.count)))
      writer.add(text: text.span)
      try writer.endRow()
    }
    try writer.finish()
    let rows: [[Value]] = texts.map { [.key($0), .bytes(Int64($0.count)), .key($0)] }
    #expect(pieces.bytes == (try written(columns, rows, options)))
  }
}
