import Testing
import Vocabulary

@testable import Report

/// A table on a terminal of so many columns.
@Suite struct TableFitTests {
  static let widths = [40, 60, 80, 100, 200]

  private static let longBucket = "prod-eu-west-1-application-access-logs-of-the-last-seven-years"
  private static let etag = "9b2cf535f27731c974343645a3985328"

  private static let objectColumns = [
    Column("bucket", .text, rank: .stays), Column("key", .key), Column("size", .bytes),
    Column("last_modified", .timestamp), Column("etag", .text, title: "ETag", rank: .aside),
    Column("storage_class", .text), Column("state", .text, expected: "complete"),
    Column("synced_at", .timestamp, title: "Synced", rank: .aside),
  ]

  private static func object(
    _ key: String, bucket: String = "logs", size: Int64 = 1_610_612_736, state: String = "complete"
  ) -> [Value] {
    let moment = Timestamp(year: 2026, month: 11, day: 20)
    return [
      .text(bucket), .key(Array(key.utf8)), .bytes(size), .timestamp(moment), .text(etag),
      .text("STANDARD"), .text(state), .timestamp(moment),
    ]
  }

  private static let objects = [
    object("2026/11/20/eu-west-1/application/access-00017.log.gz"),
    object("short", size: 7),
  ]

  private func table(
    _ columns: [Column], _ rows: [[Value]], _ width: Int, totals: [Value]? = nil
  ) throws -> String {
    try text(columns, rows, ReportOptions(width: width, isTerminal: true), totals: totals)
  }

  private func widest(_ shown: String) -> Int {
    shown.split(separator: "\n").map { line in
      line.unicodeScalars.reduce(0) { $0 + displayWidth($1) }
    }.max() ?? 0
  }

  // MARK: - What is shown

  @Test func theKeyGetsTheRoomAt40() throws {
    #expect(
      try table(Self.objectColumns, Self.objects, 40) == """
        Bucket  Key                         Size
        ------  -----------------------  -------
        logs    2026/11/20/…0017.log.gz  1.5 GiB
        logs    short                        7 B

        not shown at 40 columns: last_modified,
          etag, storage_class, state, synced_at

        """)
  }

  @Test func theKeyGetsTheRoomAt80() throws {
    #expect(
      try table(Self.objectColumns, Self.objects, 80) == """
        Bucket  Key                                                      Size  State
        ------  ----------------------------------------------------  -------  --------
        logs    2026/11/20/eu-west-1/application/access-00017.log.gz  1.5 GiB  complete
        logs    short                                                     7 B  complete

        not shown at 80 columns: last_modified, etag, storage_class, synced_at

        """)
  }

  @Test func sizesAreWholeAtEveryWidth() throws {
    for width in 20...200 {
      let shown = try table(Self.objectColumns, Self.objects, width)
      #expect(shown.contains("1.5 GiB") && shown.contains("7 B"), "\(width)")
    }
  }

  @Test func aWideTerminalHasEverythingAsInAPipe() throws {
    #expect(
      try table(Self.objectColumns, Self.objects, 200)
        == text(Self.objectColumns, Self.objects, ReportOptions()))
  }

  @Test func columnsThatGoAreNamed() throws {
    let shown = try table(Self.objectColumns, Self.objects, 100)
    #expect(
      shown.hasSuffix("\n\nnot shown at 100 columns: etag, storage_class, state, synced_at\n"))
    #expect(!shown.contains(Self.etag))
  }

  @Test func pipesHaveEveryColumnWhateverTheTerminal() throws {
    let piped = try text(Self.objectColumns, Self.objects, ReportOptions(width: 40))
    #expect(piped == (try text(Self.objectColumns, Self.objects, ReportOptions())))
    #expect(piped.contains(Self.etag) && !piped.contains("not shown"))
  }

  // MARK: - States

  @Test(arguments: widths) func statesThatAreNotCompleteAreNeverHidden(width: Int) throws {
    let rows = [Self.object("a"), Self.object("b", state: "partial")]
    let shown = try table(Self.objectColumns, rows, width)
    #expect(shown.contains("State") && shown.contains("partial"))
  }

  @Test func aStateThatComesLateStandsBelowItsRow() throws {
    var rows = (0..<1_000).map { Self.object("2026/11/20/a-rather-long-key/\($0)") }
    rows.append(Self.object("late", state: "denied"))
    let shown = try table(Self.objectColumns, rows, 40)
    let lines = shown.split(separator: "\n")
    #expect(!lines[0].contains("State"))
    let late = try #require(lines.firstIndex { $0.contains("late") })
    #expect(lines[late + 1] == "    state: denied")
    #expect(widest(shown) <= 40)
  }

  // MARK: - Sentences

  private static let findingColumns = [
    Column("bucket", .text, rank: .stays), Column("finding", .text, rank: .answer),
    Column("severity", .text, rank: .stays), Column("detail", .text, rank: .prose),
    Column("bytes", .bytes),
  ]

  private static let findings: [[Value]] = [
    [
      .text("logs"), .text("public-access-not-blocked"), .text("medium"),
      .text("nothing blocks public access to the bucket: see publicAccessBlock"), .bytes(1_024),
    ],
    [.text("media"), .text("unencrypted"), .text("medium"), .null, .bytes(5)],
  ]

  @Test func sentencesMoveBelowTheirRow() throws {
    #expect(
      try table(Self.findingColumns, Self.findings, 60) == """
        Bucket  Finding                    Severity    Bytes
        ------  -------------------------  --------  -------
        logs    public-access-not-blocked  medium    1.0 KiB
            detail: nothing blocks public access to the bucket: see
            publicAccessBlock
        media   unencrypted                medium        5 B

        """)
  }

  private static let longFindings: [[Value]] = [
    [
      .text("logs"), .text("not-checked"), .text("info"),
      .text("policy_status: access denied"), .bytes(1_610_612_736),
    ],
    [
      .text("logs"), .text("no-lifecycle-for-noncurrent-versions"), .text("medium"), .null,
      .bytes(1_610_612_736),
    ],
    [
      .text("archive"), .text("small-objects-in-ia-or-glacier"), .text("low"), .null,
      .bytes(999_999_999),
    ],
  ]

  @Test func theFindingGetsTheRoomAt40() throws {
    #expect(
      try table(Self.findingColumns, Self.longFindings, 40) == """
        Bucket   Finding                Severity
        -------  ---------------------  --------
        logs     not-checked            info
            detail: policy_status: access denied
            bytes: 1.5 GiB
        logs     no-lifecyc…t-versions  medium
            bytes: 1.5 GiB
        archive  small-obje…or-glacier  low
            bytes: 953.7 MiB

        """)
  }

  @Test func numbersStayInLineWhereTheAnswerHasRoom() throws {
    let lines = try table(Self.findingColumns, Self.longFindings, 60).split(separator: "\n")
    #expect(lines[0].hasPrefix("Bucket   Finding") && lines[0].hasSuffix("Severity      Bytes"))
  }

  @Test func shortOnesStandSideBySide() throws {
    let columns =
      [Column("bucket", .text, rank: .answer)]
      + ["versioning", "encryption", "lifecycle", "acl"].map { Column($0, .text, rank: .prose) }
    let rows = ["logs", "media"].map { name -> [Value] in
      [.text(name), .text("none"), .text("AES256"), .null, .text("owner: full control")]
    }
    #expect(
      try table(columns, rows, 44) == """
        Bucket
        ------
        logs
            versioning: none  encryption: AES256
            acl: owner: full control
        media
            versioning: none  encryption: AES256
            acl: owner: full control

        """)
  }

  @Test func sentencesStayInLineWhereThereIsRoom() throws {
    let shown = try table(Self.findingColumns, Self.findings, 200)
    #expect(shown.split(separator: "\n").count == 4)
  }

  // MARK: - Nothing wraps

  private static let hostile =
    nastyTexts.prefix(60) + [
      String(repeating: "k", count: 1_024), String(repeating: "漢字/", count: 300),
      String(repeating: "🎉", count: 256), String(repeating: "e\u{301}", count: 500),
      "\u{1B}]0;owned\u{7}", String(repeating: "\u{202E}", count: 40),
    ]

  @Test(arguments: widths + [1, 2, 3, 7, 12, 20, 30])
  func noLineIsWiderThanTheTerminal(width: Int) throws {
    let keys = Self.hostile.map { Self.object($0, bucket: Self.longBucket) }
    let details = Self.hostile.map { text -> [Value] in
      [.text(Self.longBucket), .text("finding"), .text("low"), .text(text), .bytes(.max)]
    }
    let plain = [Column("n", .count), Column("a", .text), Column("b", .text), Column("c", .bytes)]
    let sums = Self.hostile.map { text -> [Value] in
      [.integer(.max), .text(text), .text(Self.longBucket), .bytes(.max)]
    }
    for shown in [
      try table(Self.objectColumns, keys, width, totals: keys[0]),
      try table(Self.findingColumns, details, width),
      try table(plain, sums, width, totals: sums[1]),
      try table(Self.objectColumns, [], width),
    ] {
      // Two columns are the least that a wide character takes.
      #expect(widest(shown) <= max(width, 2), "\(shown.prefix(400))")
    }
  }

  @Test(arguments: widths) func laterRowsDoNotWrapEither(width: Int) throws {
    var rows = (0..<1_000).map { Self.object("short/\($0)", size: 7) }
    rows += Self.hostile.map { Self.object($0, bucket: Self.longBucket, size: .max) }
    #expect(widest(try table(Self.objectColumns, rows, width)) <= width)
  }

  @Test func numbersThatGrowLateTakeTheirRoomFromTheKey() throws {
    let key = String(repeating: "k", count: 300)
    var rows = (0..<1_000).map { _ in Self.object(key, size: 7) }
    rows.append(Self.object(key, size: 1_610_612_736))
    let lines = try table(Self.objectColumns, rows, 80).split(separator: "\n")
    let late = try #require(lines.first { $0.contains("1.5 GiB") })
    #expect(lines[2].hasPrefix("logs    kkkk") && lines[2].hasSuffix("kk   7 B"))
    #expect(late.hasPrefix("logs    kkkk") && late.hasSuffix("kk  1.5 GiB"))
    #expect(lines[2].count == 80 && late.count == 80)
  }

  @Test func notesAreBrokenBetweenWords() throws {
    let shown = try text(
      [Column("n", .count)], [[.integer(1)]], ReportOptions(width: 20, isTerminal: true),
      notes: ["Nothing was listed. 3 buckets, about 12 LIST requests."])
    #expect(
      shown == """
        N
        -
        1

        Nothing was listed.
          3 buckets, about
          12 LIST requests.

        """)
  }
}

@Suite struct LineBreaksTests {
  private func lines(_ text: String, _ width: Int, indent: Int = 0) -> [String] {
    brokenIntoLines(Array(text.utf8), widthMax: width, indent: indent).map {
      String(decoding: $0, as: UTF8.self)
    }
  }

  @Test(arguments: [
    ("one two three", 20, ["one two three"]), ("one two three", 7, ["one two", "three"]),
    ("one two three", 3, ["one", "two", "thr", "ee"]), ("漢字漢字", 5, ["漢字", "漢字"]),
    ("detail: abcdefghijkl", 10, ["detail: ab", "cdefghijkl"]), ("", 5, [""]),
    ("ae\u{301}b", 2, ["ae\u{301}", "b"]),
  ])
  func breaks(text: String, width: Int, shown: [String]) {
    #expect(lines(text, width) == shown)
  }

  @Test func laterLinesAreIndented() {
    #expect(lines("one two three", 8, indent: 2) == ["one two", "  three"])
  }
}
