import Report
import Testing

@Suite struct RowWindowTests {
  private final class Output { var text: [UInt8] = [] }

  /// Ten rows through a window, and whether it was said that there are more.
  private func written(
    _ window: RowWindow, _ format: OutputFormat = .csv, of numbers: [Int64] = Array(0..<10),
    inOrderOfNames: Bool = false
  ) throws -> Page {
    let output = Output()
    var writer = ReportWriter(options: ReportOptions(format: format), window: window) {
      output.text += $0
    }
    writer.begin([Column("n", .count)])
    writer.isInOrderOfNames = inOrderOfNames
    var isCut = false
    do {
      for number in numbers { try writer.append([.integer(number)]) }
    } catch is RowWindow.End { isCut = true }
    try writer.checkStart()
    let next = isCut ? writer.nextStart : nil
    try writer.finish()
    return Page(text: String(decoding: output.text, as: UTF8.self), next: next)
  }

  private struct Page {
    var text: String
    var next: RowWindow.Start?

    var isCut: Bool { next != nil }
  }

  private func window(_ rowsMax: Int64, _ start: RowWindow.Start = .first) -> RowWindow {
    RowWindow(from: start, rowsMax: rowsMax, naming: ["n"])
  }

  /// Where a page begins after so many of the ten rows.
  private func start(after count: Int64, inOrderOfNames: Bool = false) throws -> RowWindow.Start {
    guard count > 0 else { return .first }
    let page = try written(
      window(count), of: Array(0...count), inOrderOfNames: inOrderOfNames)
    return try #require(page.next)
  }

  @Test(
    arguments: [
      (0, 3, "n\n0\n1\n2\n", true), (3, 3, "n\n3\n4\n5\n", true), (8, 2, "n\n8\n9\n", false),
      (8, 5, "n\n8\n9\n", false), (10, 5, "n\n", false),
    ] as [(Int64, Int64, String, Bool)])
  func writesAPage(after: Int64, rowsMax: Int64, text: String, isCut: Bool) throws {
    for inOrderOfNames in [true, false] {
      let start = try start(after: after, inOrderOfNames: inOrderOfNames)
      let page = try written(window(rowsMax, start), inOrderOfNames: inOrderOfNames)
      #expect(page.text == text)
      #expect(page.isCut == isCut)
    }
  }

  /// Rows that came or went between others of an order of names change nothing of the next page.
  @Test func goesOnBehindANameWhateverCameBefore() throws {
    let start = try start(after: 4, inOrderOfNames: true)
    let page = try written(window(2, start), of: [-7, -5, 0, 3, 5, 8, 9], inOrderOfNames: true)
    #expect(page.text == "n\n5\n8\n")
    #expect(throws: RowWindow.Changed.self) {
      try written(window(2, start), of: [0, 1, 2, 4, 5], inOrderOfNames: true)
    }
  }

  /// Five findings of a kind in a bucket have one name.
  @Test func tellsRowsOfOneNameApart() throws {
    let rows: [Int64] = [3, 3, 3, 5, 3, 7]
    var (numbers, start): ([String], RowWindow.Start?) = ([], .first)
    while let next = start {
      let page = try written(window(1, next), of: rows, inOrderOfNames: true)
      numbers += page.text.split(separator: "\n").dropFirst().map(String.init)
      start = page.isCut ? page.next : nil
      try #require(numbers.count <= rows.count)
    }
    #expect(numbers == rows.map(String.init))
  }

  /// In any other order, rows before it that are others would be missed, or come twice.
  @Test(arguments: [[0, 1, 3, 2, 4, 5], [0, 1, 2, 9, 3, 4], [0, 1, 2], [0, 2, 1, 3]])
  func noticesThatTheOrderIsAnother(numbers: [Int64]) throws {
    let start = try start(after: 4)
    #expect(throws: RowWindow.Changed.self) { try written(window(2, start), of: numbers) }
    #expect(try written(window(2, start), of: [0, 1, 2, 3, 8]).text == "n\n8\n")
  }

  @Test(arguments: [
    (OutputFormat.json, "[\n{\"n\":4},\n{\"n\":5}\n]\n"), (.jsonl, "{\"n\":4}\n{\"n\":5}\n"),
    (.tsv, "n\n4\n5\n"),
  ])
  func isWholeInEveryFormat(format: OutputFormat, text: String) throws {
    #expect(try written(window(2, try start(after: 4)), format).text == text)
  }

  /// A row that is longer than the page is a page of its own.
  @Test func endsAtItsBytes() throws {
    let page = try written(RowWindow(rowsMax: 10, bytesMax: 7))
    #expect(page.text == "n\n0\n1\n2\n" && page.isCut)
    #expect(try written(RowWindow(rowsMax: 10, bytesMax: 1), .jsonl).text == "{\"n\":0}\n")
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
