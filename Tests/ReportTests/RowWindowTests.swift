import Report
import Testing

@Suite struct RowWindowTests {
  private final class Output { var text: [UInt8] = [] }

  /// Ten rows through a window, and whether it was said that there are more.
  private func written(
    _ window: RowWindow, _ format: OutputFormat = .csv
  ) throws -> (text: String, isCut: Bool, rows: Int64) {
    let output = Output()
    var writer = ReportWriter(options: ReportOptions(format: format), window: window) {
      output.text += $0
    }
    writer.begin([Column("n", .count)])
    var isCut = false
    do {
      for number in 0..<10 { try writer.append([.integer(Int64(number))]) }
    } catch is RowWindow.End { isCut = true }
    let rows = writer.rowsWritten
    try writer.finish()
    return (String(decoding: output.text, as: UTF8.self), isCut, rows)
  }

  @Test(
    arguments: [
      (0, 3, "n\n0\n1\n2\n", true), (3, 3, "n\n3\n4\n5\n", true), (8, 2, "n\n8\n9\n", false),
      (8, 5, "n\n8\n9\n", false), (10, 5, "n\n", false), (99, 1, "n\n", false),
    ] as [(Int64, Int64, String, Bool)])
  func writesAPage(skipping: Int64, rowsMax: Int64, text: String, isCut: Bool) throws {
    let page = try written(RowWindow(skipping: skipping, rowsMax: rowsMax))
    #expect(page.text == text)
    #expect(page.isCut == isCut)
  }

  @Test(arguments: [
    (OutputFormat.json, "[\n{\"n\":4},\n{\"n\":5}\n]\n"), (.jsonl, "{\"n\":4}\n{\"n\":5}\n"),
    (.tsv, "n\n4\n5\n"),
  ])
  func isWholeInEveryFormat(format: OutputFormat, text: String) throws {
    #expect(try written(RowWindow(skipping: 4, rowsMax: 2), format).text == text)
  }

  /// A row that is longer than the page is a page of its own.
  @Test func endsAtItsBytes() throws {
    let page = try written(RowWindow(rowsMax: 10, bytesMax: 7))
    #expect(page.text == "n\n0\n1\n2\n" && page.isCut && page.rows == 3)
    #expect(try written(RowWindow(rowsMax: 10, bytesMax: 1), .jsonl).rows == 1)
  }

  @Test func encodesKeysThatAreNoText() throws {
    let output = Output()
    let options = ReportOptions(format: .json, encodesKeys: true)
    var writer = ReportWriter(
      columns: [Column("key", .key), Column("n", .count)], options: options
    ) {
      output.text += $0
    }
    try writer.append([.key([0x61, 0xFF, 0x2F]), .integer(1)])
    try writer.append([.key(Array("é".utf8)), .integer(2)])
    try writer.finish()
    let text = String(decoding: output.text, as: UTF8.self)
    #expect(text.contains("\"n\":1,\"key_encoded\":\"a%FF%2F\"}"))
    #expect(text.contains("\"key\":\"é\",\"n\":2}"))
  }
}
