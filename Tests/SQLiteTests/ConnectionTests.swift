import Foundation
import SQLite
import Synchronization
import TestSupport
import Testing

@Suite struct ConnectionTests {
  private func memory() throws -> Connection { try Connection.inMemory() }

  private struct Refusal: Error {}

  // MARK: - Cached statements

  @Test func lendsANestedUseOfTheSameTextAStatementOfItsOwn() throws {
    let connection = try memory()
    let sql = "SELECT value FROM json_each('[1, 2, 3]') WHERE value > ?1"
    var seen: [[Int64]] = []
    try connection.withStatement(sql) { outer in
      try outer.bind(Int64(0), at: 1)
      while try outer.step() {
        let inner = try connection.all(sql, .integer(outer.int64(at: 0))) { $0.int64(at: 0) }
        seen.append([outer.int64(at: 0)] + inner)
      }
    }
    #expect(seen == [[1, 2, 3], [2, 3], [3]])
    #expect(try connection.all(sql, .integer(2)) { $0.int64(at: 0) } == [3])
  }

  @Test func forgetsBindingsBetweenUses() throws {
    let connection = try memory()
    let sql = "SELECT coalesce(?1, 'unbound')"
    #expect(try connection.first(sql, .text("bound")) { $0.string(at: 0) } == "bound")
    #expect(try connection.first(sql) { $0.string(at: 0) } == "unbound")
  }

  @Test func leavesNoStatementOpenBehindAnUnreadRow() throws {
    let connection = try memory()
    try connection.execute(script: "CREATE TABLE t (a); INSERT INTO t VALUES (1), (2)")
    #expect(try connection.first("SELECT a FROM t ORDER BY a") { $0.int64(at: 0) } == 1)
    #expect(throws: Refusal.self) {
      try connection.withStatement("SELECT a FROM t") { statement in
        _ = try statement.step()
        throw Refusal()
      }
    }
    // A statement that still read would lock the table.
    try connection.execute(script: "DROP TABLE t")
  }

  @Test func survivesAChangeOfTheSchema() throws {
    let connection = try memory()
    try connection.execute(script: "CREATE TABLE t (a); INSERT INTO t VALUES (1)")
    let sql = "SELECT * FROM t"
    #expect(try connection.first(sql) { $0.columnCount } == 1)
    try connection.execute(script: "ALTER TABLE t ADD COLUMN b DEFAULT 5")
    #expect(try connection.first(sql) { $0.int64(at: 1) } == 5)
  }

  /// Its path becomes a URI, in which these characters mean something.
  @Test func readsAFileAtRestWhateverItsName() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("a?b#c%20 d\u{E9}&mode=memory")
    do {
      let writer = try Connection(path: path, mode: .create)
      try writer.execute(
        script: "PRAGMA journal_mode = WAL; CREATE TABLE t (a); INSERT INTO t VALUES (7)")
    }
    for name in [path, "/" + path] {
      let connection = try Connection(path: name, mode: .immutable)
      #expect(try connection.first("SELECT a FROM t") { $0.int64(at: 0) } == 7)
      #expect(throws: SQLiteError.self) {
        try connection.execute(script: "INSERT INTO t VALUES (8)")
      }
    }
    #expect(!FileManager.default.fileExists(atPath: path + "-shm"))
  }

  // MARK: - Transactions

  @Test func commitsWhatReturnsAndUndoesWhatThrows() throws {
    let connection = try memory()
    try connection.execute(script: "CREATE TABLE t (a INTEGER PRIMARY KEY) STRICT")
    let count = try connection.transaction {
      try connection.run("INSERT INTO t VALUES (1)")
      #expect(connection.isInTransaction == true)
      return 1
    }
    #expect(count == 1)
    #expect(throws: Refusal.self) {
      try connection.transaction(.deferred) {
        try connection.run("INSERT INTO t VALUES (2)")
        throw Refusal()
      }
    }
    #expect(connection.isInTransaction == false)
    #expect(try connection.all("SELECT a FROM t") { $0.int64(at: 0) } == [1])
  }

  @Test func undoesTheOuterTransactionWhenANestedOneIsRefused() throws {
    let connection = try memory()
    try connection.execute(script: "CREATE TABLE t (a INTEGER PRIMARY KEY) STRICT")
    let error = #expect(throws: SQLiteError.self) {
      try connection.transaction {
        try connection.run("INSERT INTO t VALUES (1)")
        try connection.transaction { try connection.run("INSERT INTO t VALUES (2)") }
      }
    }
    #expect(error?.message == "cannot start a transaction within a transaction")
    #expect(connection.isInTransaction == false)
    #expect(try connection.first("SELECT count(*) FROM t") { $0.int64(at: 0) } == 0)
  }

  @Test func undoesNothingWithoutATransaction() throws {
    let connection = try memory()
    connection.rollBack()
    #expect(connection.isInTransaction == false)
  }

  @Test func rollsBackWhenItIsDropped() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("t.sqlite3")
    do {
      let connection = try Connection(path: path, mode: .create)
      try connection.execute(script: "CREATE TABLE t (a)")
      try connection.begin()
      try connection.run("INSERT INTO t VALUES (1)")
    }
    let connection = try Connection(path: path, mode: .readOnly)
    #expect(try connection.first("SELECT count(*) FROM t") { $0.int64(at: 0) } == 0)
  }

  // MARK: - Modes

  @Test func createsAFileOnlyWhenAsked() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("t.sqlite3")
    for mode in [Connection.Mode.readOnly, .readWrite] {
      let error = #expect(throws: SQLiteError.self) { _ = try Connection(path: path, mode: mode) }
      #expect(error?.primaryCode == .cannotOpen)
    }
    _ = try Connection(path: path, mode: .create).execute(script: "CREATE TABLE t (a)")
    let reader = try Connection(path: path, mode: .readOnly)
    let error = #expect(throws: SQLiteError.self) { try reader.run("INSERT INTO t VALUES (1)") }
    #expect(error?.primaryCode == .readOnly)
  }

  @Test func tellsALockedFileApart() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("t.sqlite3")
    let first = try Connection(path: path, mode: .create)
    try first.execute(script: "CREATE TABLE t (a)")
    try first.begin(.immediate)
    let second = try Connection(path: path, mode: .readWrite)
    try second.setBusyTimeout(milliseconds: 0)
    let error = #expect(throws: SQLiteError.self) { try second.begin(.immediate) }
    #expect(error?.primaryCode == .busy)
  }

  // MARK: - Limits and callbacks

  @Test func stopsAnEndlessStatementAndWorksOn() throws {
    let connection = try memory()
    let asked = Mutex(0)
    connection.setProgressCheck(every: 100) {
      asked.withLock { count in
        count += 1
        return count == 5
      }
    }
    let endless =
      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n"
    let error = #expect(throws: SQLiteError.self) {
      _ = try connection.first(endless) { $0.int64(at: 0) }
    }
    #expect(error?.primaryCode == .interrupted)
    #expect(asked.withLock { $0 } == 5)
    #expect(try connection.first("SELECT 1") { $0.int64(at: 0) } == 1)
  }

  @Test func asksTheAuthorizerBeforeAStatementIsPrepared() throws {
    let connection = try memory()
    try connection.execute(script: "CREATE TABLE open (a); CREATE TABLE closed (a)")
    let kinds = Mutex<[AuthorizerAction.Kind]>([])
    try connection.setAuthorizer { action in
      kinds.withLock { $0.append(action.kind) }
      return action.first != "closed"
    }
    #expect(try connection.first("SELECT count(a) FROM open") { $0.int64(at: 0) } == 0)
    #expect(kinds.withLock { $0.contains(.read) && $0.contains(.select) && $0.contains(.function) })
    for sql in ["SELECT a FROM closed", "DELETE FROM closed", "DROP TABLE closed"] {
      let error = #expect(throws: SQLiteError.self) { _ = try connection.prepare(sql) }
      #expect(error?.primaryCode == .denied, "\(sql)")
    }
  }

  @Test func callsFunctionsWithTheBytesOfTheirArgument() throws {
    let connection = try memory()
    try connection.addFunction(named: "reversed") { text in
      .text((0..<text.count).reversed().map { text[$0] })
    }
    func reversed(_ value: SQLiteValue) throws -> SQLiteValue? {
      try connection.first("SELECT reversed(?1)", value) { $0.value(at: 0) }
    }
    #expect(try reversed(.text("ab\0c")) == .text("c\0ba"))
    #expect(try reversed(.text([0xFF, 0x61])) == .text([0x61, 0xFF]))
    #expect(try reversed(.text("")) == .text(""))
    #expect(try reversed(.integer(12)) == .text("21"))
    #expect(try reversed(.null) == .null)
  }

  @Test(
    arguments: [
      .null, .integer(-5), .real(1.5), .text("t"), .text(""), .blob([1, 0]), .blob([]),
    ] as [SQLiteValue])
  func returnsEveryKindOfValueFromAFunction(value: SQLiteValue) throws {
    let connection = try memory()
    try connection.addFunction(named: "constant") { _ in value }
    #expect(try connection.first("SELECT constant('x')") { $0.value(at: 0) } == value)
  }

  @Test func replacesAFunctionUnderCachedStatements() throws {
    let connection = try memory()
    for number in [1, 2] as [Int64] {
      try connection.addFunction(named: "constant") { _ in .integer(number) }
      #expect(try connection.first("SELECT constant('x')") { $0.int64(at: 0) } == number)
    }
  }

  @Test func limitsTheLengthOfValues() throws {
    let connection = try memory()
    connection.setLengthLimit(bytes: 1_000)
    #expect(throws: SQLiteError.self) {
      _ = try connection.first("SELECT hex(zeroblob(2000))") { $0.string(at: 0) }
    }
  }

  @Test func keepsTheSchemaFromEditsByHandWhenDefensive() throws {
    let connection = try memory()
    try connection.execute(script: "CREATE TABLE t (a)")
    try connection.setDefensive()
    #expect(throws: SQLiteError.self) {
      try connection.execute(
        script: "PRAGMA writable_schema = ON; DELETE FROM sqlite_schema")
    }
  }

  @Test(arguments: [
    ("*", "", true), ("logs-*", "logs-2026", true), ("logs-*", "Logs-2026", false),
    ("logs-?", "logs-", false), ("logs-[0-9]", "logs-7", true), ("logs-[^0-9]", "logs-7", false),
    ("a*c", "a/b/c", true), ("b", "bucket", false),
  ])
  func matchesGlobPatterns(pattern: String, text: String, matches: Bool) {
    #expect(Connection.glob(pattern, matches: text) == matches)
  }
}
