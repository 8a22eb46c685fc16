import SQLite
import Testing

@Suite struct StatementTests {
  private func memory() throws -> Connection { try Connection.inMemory() }

  // MARK: - Errors

  @Test(arguments: [
    ("SELECT x FROM nowhere", "no such table: nowhere"),
    ("SELEC 1", "near \"SELEC\": syntax error"),
    ("SELECT 1 FROM (", "incomplete input"),
    ("SELECT missing; SELECT 1", "no such column: missing"),
  ])
  func namesTheReasonAndTheStatement(sql: String, message: String) throws {
    let connection = try memory()
    let error = #expect(throws: SQLiteError.self) { _ = try connection.prepare(sql) }
    #expect(error == SQLiteError(code: 1, message: message, sql: sql))
    #expect(error?.description == "\(message) (SQLite 1)")
  }

  @Test func carriesExtendedCodes() throws {
    let connection = try memory()
    try connection.execute(script: "CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT UNIQUE) STRICT")
    try connection.run("INSERT INTO t (b) VALUES (?1)", .text("x"))
    let error = #expect(throws: SQLiteError.self) {
      try connection.run("INSERT INTO t (b) VALUES (?1)", .text("x"))
    }
    #expect(error?.code == 2_067)
    #expect(error?.primaryCode == .constraint)
    #expect(error?.message == "UNIQUE constraint failed: t.b")
  }

  @Test func neverShowsBoundValues() throws {
    let connection = try memory()
    try connection.execute(
      script: "CREATE TABLE t (a TEXT UNIQUE, b INTEGER CHECK (b > 0)) STRICT")
    try connection.run("INSERT INTO t VALUES (?1, 1)", .text("s3cr3t"))
    for sql in ["INSERT INTO t VALUES (?1, 1)", "INSERT INTO t VALUES ('x', ?1)"] {
      let error = #expect(throws: SQLiteError.self) { try connection.run(sql, .text("s3cr3t")) }
      #expect(error?.sql == sql)
      #expect(error.map { !"\($0)".contains("s3cr3t") } == true)
    }
  }

  @Test func reportsAFileThatCannotBeOpened() {
    let error = #expect(throws: SQLiteError.self) {
      _ = try Connection(path: "/nonexistent/folder/file", mode: .readOnly)
    }
    #expect(error?.primaryCode == .cannotOpen)
  }

  // MARK: - One statement

  @Test(arguments: [
    "SELECT 1", "SELECT 1;", "SELECT 1 ;  ; \n", "SELECT 1; -- done", "SELECT 1 /* done */ ;",
    "-- first\nSELECT 1", "SELECT 1; /* open",
  ])
  func acceptsOneStatementWithTrimmings(sql: String) throws {
    let connection = try memory()
    #expect(try connection.first(sql) { $0.int64(at: 0) } == 1)
  }

  @Test(arguments: [
    ("SELECT 1; SELECT 2", "only one statement may be run at a time"),
    ("SELECT 1; x", "only one statement may be run at a time"),
    ("SELECT 1; -- more\nDELETE FROM t", "only one statement may be run at a time"),
    ("", "there is no statement"), (" ; ", "there is no statement"),
    ("-- nothing", "there is no statement"),
  ])
  func refusesMoreAndLess(sql: String, message: String) throws {
    let connection = try memory()
    let error = #expect(throws: SQLiteError.self) { _ = try connection.prepare(sql) }
    #expect(error?.message == message)
    #expect(error?.code == 21)
  }

  @Test func takesDoubleQuotesForNamesOnly() throws {
    let connection = try memory()
    #expect(throws: SQLiteError.self) { _ = try connection.prepare(#"SELECT "text""#) }
    #expect(throws: SQLiteError.self) {
      try connection.execute(script: #"CREATE TABLE t (a TEXT CHECK (a <> "x"))"#)
    }
    #expect(try connection.first(#"SELECT "a" FROM (SELECT 5 AS a)"#) { $0.int64(at: 0) } == 5)
  }

  // MARK: - Lifetimes

  @Test func outlivesItsConnection() throws {
    var statements: [Box] = []
    do {
      let connection = try memory()
      for number in 0..<3 { statements.append(Box(try connection.prepare("SELECT \(number)"))) }
      _ = try statements[1].statement.step()
    }
    _ = statements.remove(at: 1)
    #expect(try statements[1].statement.step() == true)
    #expect(statements[1].statement.int64(at: 0) == 2)
    statements.removeAll()
  }

  @Test func runsAgainAfterAnError() throws {
    let connection = try memory()
    try connection.execute(script: "CREATE TABLE t (a INTEGER PRIMARY KEY) STRICT")
    let sql = "INSERT INTO t VALUES (?1)"
    try connection.run(sql, .integer(1))
    #expect(throws: SQLiteError.self) { try connection.run(sql, .integer(1)) }
    try connection.run(sql, .integer(2))
    #expect(try connection.first("SELECT count(*) FROM t") { $0.int64(at: 0) } == 2)
  }

  /// An array cannot hold a noncopyable value.
  private final class Box {
    var statement: Statement
    init(_ statement: consuming Statement) { self.statement = statement }
  }
}

// MARK: - Values

@Suite struct ValueTests {
  private func memory() throws -> Connection { try Connection.inMemory() }

  @Test(
    arguments: [
      .null, .integer(.min), .integer(.max), .real(-0.5), .text(""), .text("a"),
      .text("a\0b"), .text([0]), .text([0xFF, 0xFE, 0x00, 0x80]),
      .text("\u{D7FF}\u{E000}\u{10FFFF}"),
      .blob([]), .blob([0]), .blob([0xFF, 0x00, 0x61]),
    ] as [SQLiteValue])
  func comesBackAsItWasBound(value: SQLiteValue) throws {
    let connection = try memory()
    try connection.execute(script: "CREATE TABLE t (a ANY) STRICT")
    try connection.run("INSERT INTO t VALUES (?1)", value)
    #expect(try connection.first("SELECT a FROM t") { $0.value(at: 0) } == value)
  }

  @Test(arguments: [[], [0x61], [0x61, 0x00, 0x62], [0xFF, 0xC0], [0]] as [[UInt8]])
  func bindsBorrowedTextExactly(bytes: [UInt8]) throws {
    let connection = try memory()
    var statement = try connection.prepare("SELECT ?1, typeof(?1), length(CAST(?1 AS BLOB))")
    unsafe try statement.bind(borrowedText: bytes.span, at: 1)
    #expect(try statement.step() == true)
    #expect(statement.bytes(at: 0) == bytes)
    #expect(statement.string(at: 1) == "text")
    #expect(statement.int64(at: 2) == Int64(bytes.count))
  }

  @Test func bindsAnEmptyPartOfATextAsText() throws {
    let connection = try memory()
    var statement = try connection.prepare("SELECT typeof(?1)")
    let text: [UInt8] = [0x61, 0x62]
    unsafe try statement.bind(borrowedText: text.span.extracting(1..<1), at: 1)
    #expect(try statement.step() == true)
    #expect(statement.string(at: 0) == "text")
  }

  @Test func bindsStringsWithNULWhole() throws {
    let connection = try memory()
    var statement = try connection.prepare("SELECT ?1")
    try statement.bind("a\0b", at: 1)
    #expect(try statement.step() == true)
    #expect(statement.bytes(at: 0) == [0x61, 0, 0x62])
  }

  @Test func comparesTextsByTheirBytes() throws {
    let connection = try memory()
    let sorted: [[UInt8]] = [
      [], [0], [0x61], [0x61, 0], [0x61, 0x61], Array("\u{D7FF}".utf8), Array("\u{E000}".utf8),
      Array("\u{10FFFF}".utf8), [0xFF],
    ]
    for (left, right) in zip(sorted, sorted.dropFirst()) {
      let isLess = try connection.first("SELECT ?1 < ?2", .text(left), .text(right)) {
        $0.int64(at: 0)
      }
      #expect(isLess == 1, "\(left) < \(right)")
    }
    let isBelowBlob = try connection.first("SELECT ?1 < ?2", .text([0xFF]), .blob([])) {
      $0.int64(at: 0)
    }
    #expect(isBelowBlob == 1)
  }

  @Test func readsNullAsAbsent() throws {
    let connection = try memory()
    var statement = try connection.prepare("SELECT NULL AS absent, 7 AS seven")
    #expect(try statement.step() == true)
    #expect(statement.isNull(at: 0) == true)
    #expect(statement.optionalInt64(at: 0) == nil)
    #expect(statement.optionalString(at: 0) == nil)
    #expect(statement.bytes(at: 0) == [])
    #expect(statement.optionalInt64(at: 1) == 7)
  }

  @Test func namesItsColumns() throws {
    let statement = try memory().prepare("SELECT NULL AS absent, 7 AS seven")
    #expect(statement.columnCount == 2)
    #expect(statement.columnName(at: 1) == "seven")
  }

  @Test func refusesParametersThatAreNotThere() throws {
    let connection = try memory()
    let error = #expect(throws: SQLiteError.self) { try connection.run("SELECT 1", .integer(1)) }
    #expect(error?.code == 25)
  }
}
