import Report
import TestSupport
import Testing
import Vocabulary

@Suite struct ObjectLinesTests {
  private static let keys =
    nastyTexts.map { Array($0.utf8) } + [[0xFF], [0x61, 0xC3], [0x61, 0xED, 0xA0, 0x80, 0x62]]

  /// Objects with every key and some of every other column.
  private static let page: ObjectPage = {
    var random = SplitMix(state: 3)
    var page = ObjectPage()
    for (number, key) in keys.enumerated() {
      let day = Int64.random(in: -20_000...40_000, using: &random)
      let milliseconds = number % 3 == 0 ? Int64.random(in: 0..<86_400_000, using: &random) : 0
      page.append(
        key: Key(key),
        etag: number % 5 == 0 ? nastyTexts[number % nastyTexts.count] : "0f1e2d-\(number)",
        size: [0, 7, 10, 999, 1_000, .max, .random(in: 0 ... .max, using: &random)][number % 7],
        lastModified: Timestamp(millisecondsSinceEpoch: day * 86_400_000 + milliseconds),
        storageClass: ["STANDARD", "GLACIER", "a\"b,c\t\\d", "=1"][number % 4])
    }
    return page
  }()

  private func lines(
    _ shape: ObjectLines.Shape, _ records: Range<Int>? = nil, forTerminal: Bool = false
  ) throws -> [UInt8] {
    let lines = ObjectLines(shape, forTerminal: forTerminal)
    var output = lines.header
    try lines.append(Self.page, records ?? Self.page.records.indices, to: &output)
    return output
  }

  private func report(_ options: ReportOptions, _ records: Range<Int>? = nil) throws -> [UInt8] {
    let columns = zip(
      ObjectLines.columnNames, [Column.Kind.key, .bytes, .timestamp, .text, .text]
    ).map { Column($0, $1) }
    let page = Self.page
    return try written(
      columns,
      (records ?? page.records.indices).map { index in
        [
          .key(page.key(at: index).bytes), .bytes(page.records[index].size),
          .timestamp(page.records[index].lastModified), .text(page.etag(at: index)),
          .text(page.storageClass(at: index)),
        ]
      }, options)
  }

  @Test(arguments: [
    (ObjectLines.Shape.jsonl, OutputFormat.jsonl), (.csv(guardsFormulas: true), .csv),
    (.tsv, .tsv),
  ])
  func areWhatTheWriterOfReportsWrites(shape: ObjectLines.Shape, format: OutputFormat) throws {
    #expect(try lines(shape) == report(ReportOptions(format: format)))
    #expect(try lines(shape, 3..<9) == report(ReportOptions(format: format), 3..<9))
  }

  @Test func guardOfFormulasCanBeLeftOut() throws {
    let exact = try report(ReportOptions(format: .csv, guardsFormulas: false))
    #expect(try lines(.csv(guardsFormulas: false)) == exact)
    #expect(try lines(.csv(guardsFormulas: true)) != exact)
  }

  @Test(arguments: [
    (ObjectLines.Shape.jsonl, OutputFormat.jsonl), (.csv(guardsFormulas: true), .csv), (.tsv, .tsv),
  ])
  func touchNoTerminal(shape: ObjectLines.Shape, format: OutputFormat) throws {
    let bytes = try lines(shape, forTerminal: true)
    let shown = String(decoding: bytes, as: UTF8.self)
    #expect(shown.contains(format == .jsonl ? "\\u001b[31mred" : "\\e[31mred\\e[0m"))
    #expect(shown.contains(format == .jsonl ? "\\u202egnp.exe" : "\\u{202E}gnp.exe"))
    for scalar in shown.unicodeScalars where scalar != "\n" && scalar != "\t" {
      #expect(scalar.visibleForm == nil)
    }
    #expect(bytes == (try report(ReportOptions(format: format, isTerminal: true))))
  }

  @Test func keysBeforeZerosTouchNoTerminal() throws {
    var page = ObjectPage()
    for key in ["a\u{1B}[2Jb", "c\nd", "plain"] {
      page.append(
        key: Key(key), etag: "e", size: 1, lastModified: Timestamp(millisecondsSinceEpoch: 0),
        storageClass: "STANDARD")
    }
    var output: [UInt8] = []
    try ObjectLines(.keysBeforeZeros, forTerminal: true).append(
      page, page.records.indices, to: &output)
    #expect(
      String(decoding: output, as: UTF8.self) == #"""
        a\e[2Jb\x00
        c\nd\x00
        plain\x00

        """#)
  }

  @Test func keysBeforeZerosAreExact() throws {
    var page = ObjectPage()
    let keys = Self.keys.filter { !$0.contains(0) }
    for key in keys {
      page.append(
        key: Key(key), etag: "e", size: 1, lastModified: Timestamp(millisecondsSinceEpoch: 0),
        storageClass: "STANDARD")
    }
    var output: [UInt8] = []
    try ObjectLines(.keysBeforeZeros).append(page, page.records.indices, to: &output)
    #expect(output == keys.flatMap { $0 + [0] })
  }

  @Test func keyWithAZeroIsRefusedWhereZerosEndKeys() throws {
    let error = #expect(throws: KeyWithZero.self) { try lines(.keysBeforeZeros) }
    #expect(error?.description.contains("'\\x00'") == true)
  }
}
