import Foundation
import Report
import TestSupport
import Testing
import Vocabulary

@Suite struct MachineFormatTests {
  @Test(arguments: [
    (
      OutputFormat.json,
      """
      [
      {"bucket":"logs","objects":1234567,"size_bytes":1610612736,"cost":1234.5,\
      "last_modified":"2026-11-20T01:02:03.045Z","is_public":false,"key":"2026/é.gz"},
      {"bucket":"写真","objects":-5,"size_bytes":0,"cost":0.005,\
      "last_modified":null,"is_public":null,"key":null}
      ]

      """
    ),
    (
      .jsonl,
      """
      {"bucket":"logs","objects":1234567,"size_bytes":1610612736,"cost":1234.5,\
      "last_modified":"2026-11-20T01:02:03.045Z","is_public":false,"key":"2026/é.gz"}
      {"bucket":"写真","objects":-5,"size_bytes":0,"cost":0.005,\
      "last_modified":null,"is_public":null,"key":null}

      """
    ),
    (
      .csv,
      """
      bucket,objects,size_bytes,cost,last_modified,is_public,key
      logs,1234567,1610612736,1234.5,2026-11-20T01:02:03.045Z,false,2026/é.gz
      写真,-5,0,0.005,,,

      """
    ),
    (
      .tsv,
      "bucket\tobjects\tsize_bytes\tcost\tlast_modified\tis_public\tkey\n"
        + "logs\t1234567\t1610612736\t1234.5\t2026-11-20T01:02:03.045Z\tfalse\t2026/é.gz\n"
        + "写真\t-5\t0\t0.005\t\t\t\n"
    ),
    (
      .markdown,
      """
      | Bucket | Objects | Size | Cost | Last modified | Is public | Key |
      | --- | ---: | ---: | ---: | --- | --- | --- |
      | logs | 1,234,567 | 1.5 GiB | 1,234.50 | 2026-11-20 01:02:03Z | no | 2026/é.gz |
      | 写真 | -5 | 0 B | 0.01 | | | |

      """
    ),
  ])
  func writesSameColumns(format: OutputFormat, expected: String) throws {
    #expect(try text(sampleColumns, sampleRows, ReportOptions(format: format)) == expected)
  }

  @Test(arguments: [
    (OutputFormat.table, "A  B\n-  -\n"), (.json, "[]\n"), (.jsonl, ""), (.csv, "a,b\n"),
    (.tsv, "a\tb\n"), (.markdown, "| A | B |\n| --- | ---: |\n"),
  ])
  func writesEmptyResult(format: OutputFormat, expected: String) throws {
    let columns = [Column("a", .text), Column("b", .count)]
    #expect(try text(columns, [], ReportOptions(format: format)) == expected)
  }

  @Test(arguments: OutputFormat.allCases) func keepsTotalsAndNotesForPeople(format: OutputFormat)
    throws
  {
    let report = try text(
      [Column("a", .text)], [[.text("x")]], ReportOptions(format: format), totals: [.text("sum")],
      notes: ["a note", "another"])
    let isForPeople = format == .table || format == .markdown
    #expect(report.contains("sum") == isForPeople)
    #expect(report.contains("a note") == isForPeople)
  }

  @Test(arguments: [OutputFormat.json, .jsonl, .csv, .tsv]) func ignoresUnitColorAndWidth(
    format: OutputFormat
  ) throws {
    let plain = try written(sampleColumns, sampleRows, ReportOptions(format: format))
    let dressed = try written(
      sampleColumns, sampleRows,
      ReportOptions(format: format, unit: .TB, width: 10, isTerminal: true, usesColor: true))
    #expect(plain == dressed)
  }

  // MARK: JSON

  @Test(arguments: [OutputFormat.json, .jsonl]) func jsonReadsBack(format: OutputFormat) throws {
    let rows: [[Value]] = nastyTexts.map { [.text($0), .key(Array($0.utf8)), .integer(.max)] }
    let columns = [Column("a\"\\\n", .text), Column("key", .key), Column("n", .count)]
    let bytes = try written(columns, rows, ReportOptions(format: format))
    let objects: [Any] =
      switch format {
      case .json:
        try #require(try JSONSerialization.jsonObject(with: Data(bytes)) as? [Any])
      default:
        try bytes.split(separator: UInt8(ascii: "\n"))
          .map { try JSONSerialization.jsonObject(with: Data($0)) }
      }
    try #require(objects.count == nastyTexts.count)
    for (object, text) in zip(objects, nastyTexts) {
      let object = try #require(object as? [String: Any])
      #expect(object.count == 3)
      #expect((object["a\"\\\n"] as? String).map { Array($0.utf8) } == Array(text.utf8))
      #expect((object["key"] as? String).map { Array($0.utf8) } == Array(text.utf8))
      #expect(object["n"] as? Int64 == .max)
    }
  }

  @Test func jsonReplacesEachInvalidByte() throws {
    let bytes = try written(
      [Column("k", .key), Column("r", .real)],
      [[.key([0x61, 0xE2, 0x82, 0xFF, 0x62]), .real(.infinity)]],
      ReportOptions(format: .jsonl))
    #expect(
      String(decoding: bytes, as: UTF8.self)
        == "{\"k\":\"a\u{FFFD}\u{FFFD}\u{FFFD}b\",\"r\":null}\n")
  }

  @Test func jsonEscapesControlCharacters() throws {
    #expect(
      try text(
        [Column("k", .text)], [[.text("\u{0}\u{1F}\u{7F}\n\"\\/")]], ReportOptions(format: .jsonl))
        == "{\"k\":\"\\u0000\\u001f\u{7F}\\n\\\"\\\\/\"}\n")
  }

  // MARK: CSV

  @Test func csvReadsBack() throws {
    let keys = nastyTexts.map { Array($0.utf8) } + [[0xFF, 0x2C, 0x00], [0xC3]]
    let rows: [[Value]] = keys.map { [.key($0), .integer(7), .text("end")] }
    let columns = [Column("key", .key), Column("n", .count), Column("last", .text)]
    let bytes = try written(columns, rows, ReportOptions(format: .csv, guardsFormulas: false))
    let records = try readCSV(bytes)
    let expected =
      [["key", "n", "last"].map { Array($0.utf8) }]
      + keys.map { [$0, Array("7".utf8), Array("end".utf8)] }
    #expect(records == expected)
  }

  @Test(arguments: [
    ("=1+1", "'=1+1"), ("+1", "'+1"), ("-1", "'-1"), ("@SUM(A1)", "'@SUM(A1)"), ("\t=1", "'\t=1"),
    ("\r=1", "\"'\r=1\""), ("\n=1", "\"'\n=1\""), ("=\"a\",b", "\"'=\"\"a\"\",b\""), ("a=1", "a=1"),
    ("'=1", "'=1"), ("", "\"\""), (" =1", " =1"),
  ])
  func csvGuardsFormulas(raw: String, field: String) throws {
    let columns = [Column("k", .text), Column("n", .count)]
    let rows: [[Value]] = [[.text(raw), .integer(-1)]]
    #expect(try text(columns, rows, ReportOptions(format: .csv)) == "k,n\n\(field),-1\n")
  }

  @Test func csvLeavesNumbersAlone() throws {
    let columns = [
      Column("a", .count), Column("b", .real), Column("c", .bytes), Column("d", .text),
    ]
    let rows: [[Value]] = [
      [.integer(-1), .real(-0.5), .bytes(-3), .null], [.null, .real(.nan), .null, .boolean(true)],
    ]
    #expect(
      try text(columns, rows, ReportOptions(format: .csv)) == "a,b,c,d\n-1,-0.5,-3,\n,,,true\n")
  }

  // MARK: TSV

  @Test func tsvReadsBack() throws {
    let keys = nastyTexts.map { Array($0.utf8) } + [[0xFF, 0x09, 0x5C, 0x74]]
    let rows: [[Value]] = keys.map { [.key($0), .text("end")] }
    let bytes = try written(
      [Column("key", .key), Column("last", .text)], rows, ReportOptions(format: .tsv))
    let lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false)
    #expect(lines.last?.isEmpty == true)
    let fields = lines.dropFirst().dropLast().map { line in
      line.split(separator: 0x09, omittingEmptySubsequences: false).map(unescapedTSV)
    }
    #expect(fields == keys.map { [$0, Array("end".utf8)] })
  }

  // MARK: Markdown

  @Test func markdownEscapesPipesAndLines() throws {
    #expect(
      try text(
        [Column("k", .text)], [[.text("a|b\\c\n*_<b>_*`")]], ReportOptions(format: .markdown),
        totals: [.text("sum")], notes: ["one", "two"]) == #"""
          | K |
          | --- |
          | a\|b\\\\c\\n\*\_\<b\>\_\*\` |
          | sum |

          one

          two

          """#)
  }

  @Test func markdownKeepsEveryRowOnOneLine() throws {
    let report = try text(
      [Column("k", .text)], nastyTexts.map { [.text($0)] }, ReportOptions(format: .markdown))
    #expect(report.utf8.count { $0 == 0x0A } == nastyTexts.count + 2)
  }

  @Test(.enabled(if: Vectors.havePart("blns.txt"), Comment(rawValue: Vectors.notice("blns.txt"))))
  func includesPublicNastyStrings() {
    #expect(nastyTexts.count > 400)
  }
}
