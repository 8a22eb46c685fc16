import Report
import Testing
import Vocabulary

@Suite struct TableTests {
  @Test func alignsColumns() throws {
    #expect(
      try text(sampleColumns, sampleRows, ReportOptions()) == """
        Bucket    Objects     Size      Cost  Last modified         Is public  Key
        ------  ---------  -------  --------  --------------------  ---------  ---------
        logs    1,234,567  1.5 GiB  1,234.50  2026-11-20 01:02:03Z  no         2026/é.gz
        写真           -5      0 B      0.01

        """)
  }

  @Test func writesTotalsAndNotes() throws {
    #expect(
      try text(
        Array(sampleColumns.prefix(3)), sampleRows.map { Array($0.prefix(3)) },
        ReportOptions(unit: .MB), totals: [.text("2 buckets"), .integer(1_234_562), .bytes(1)],
        notes: ["synced 3 hours ago", "1 bucket was \u{1B}refused"]) == """
          Bucket       Objects        Size
          ---------  ---------  ----------
          logs       1,234,567  1,610.6 MB
          写真              -5      0.0 MB
          ---------  ---------  ----------
          2 buckets  1,234,562      0.0 MB

          synced 3 hours ago
          1 bucket was \\erefused

          """)
  }

  @Test func colorsHeaderAndNotesOnly() throws {
    #expect(
      try text(
        [Column("a", .text), Column("b", .count)], [[.text("xy"), .integer(1)]],
        ReportOptions(usesColor: true), notes: ["n"]) == """
          \u{1B}[1mA\u{1B}[0m   \u{1B}[1mB\u{1B}[0m
          --  -
          xy  1

          \u{1B}[2mn\u{1B}[0m

          """)
  }

  @Test func escapesWhatCouldDeceive() throws {
    let rows: [[Value]] = [
      [.text("\u{1B}[2J\u{7}")], [.key([0x61, 0xFF, 0x0A])], [.text("\u{202E}gnp")],
      [.text("a\\n")],
    ]
    #expect(
      try text([Column("key", .key)], rows, ReportOptions()) == #"""
        Key
        -----------
        \e[2J\x07
        a\xFF\n
        \u{202E}gnp
        a\\n

        """#)
  }

  static let narrowColumns = [
    Column("bucket", .text, rank: .stays), Column("key", .key), Column("size", .bytes),
  ]
  static let narrowRows: [[Value]] = [
    [.text("photographs"), .key(Array("2026/11/20/漢字漢字-\u{1B}.jpg".utf8)), .bytes(5)],
    [.text("b"), .key(Array("short".utf8)), .bytes(7)],
  ]

  @Test func cutsTextInTheMiddleToFitTheTerminal() throws {
    #expect(
      try text(
        Self.narrowColumns, Self.narrowRows, ReportOptions(width: 36, isTerminal: true)) == """
          Bucket    Key                   Size
          --------  --------------------  ----
          phot…phs  2026/11/20…字-\\e.jpg   5 B
          b         short                  7 B

          """)
  }

  @Test(arguments: 1...60) func neverExceedsTerminal(width: Int) throws {
    let report = try text(
      Self.narrowColumns, Self.narrowRows, ReportOptions(width: width, isTerminal: true))
    let rule = report.split(separator: "\n")[1]
    #expect(rule.count <= width)
  }

  @Test func cutsNothingInPipe() throws {
    let report = try text(Self.narrowColumns, Self.narrowRows, ReportOptions(width: 20))
    #expect(report.contains("2026/11/20/漢字漢字-\\e.jpg"))
  }

  @Test func streamsWithWidthsOfFirstThousandRows() throws {
    var rows: [[Value]] = (0..<1_000).map { [.text("k\($0)"), .integer(1)] }
    rows.append([.text("a longer one"), .integer(2)])
    rows.append([.text("k"), .integer(3)])
    let lines = try text(
      [Column("key", .text), Column("objects", .count)], rows, ReportOptions(),
      totals: [.null, .integer(1_005)]
    ).split(separator: "\n")
    #expect(lines.count == 1_006)
    #expect(
      lines.suffix(5) == [
        "k999        1", "a longer one        2", "k           3", "----  -------", "        1,005",
      ])
  }

  @Test(arguments: [
    (Value.integer(2026), Column.Kind.text, "2026"), (.integer(2026), .count, "2,026"),
    (.integer(.min), .count, "-9,223,372,036,854,775,808"), (.integer(2048), .bytes, "2.0 KiB"),
    (.integer(100), .count, "100"), (.integer(-100), .count, "-100"),
    (.real(-0.001), .real, "0.00"), (.real(-1234567.895), .real, "-1,234,567.90"),
    (.real(1e300), .real, "1e+300"), (.real(.nan), .real, "nan"), (.real(0.1), .text, "0.1"),
    (.boolean(true), .boolean, "yes"),
  ])
  func showsNumbersForPeople(value: Value, kind: Column.Kind, shown: String) throws {
    let lines = try text([Column("n", kind)], [[value]], ReportOptions()).split(separator: "\n")
    #expect(lines.last.map { String($0.drop { $0 == " " }) } == shown)
  }

  @Test func derivesTitles() {
    #expect(Column("last_modified", .timestamp).title == "Last modified")
    #expect(Column("etag", .text, title: "ETag").title == "ETag")
  }
}
