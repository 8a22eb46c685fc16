import Foundation
import Index
import IndexFixtures
import SQLite
import Synchronization
import TestSupport
import Testing
import Vocabulary

/// A user's own SQL can read everything and change nothing.
@Suite struct QueryGuardTests {
  private func index() async throws -> ScratchIndex {
    let index = try ScratchIndex()
    try await index.writer().sync(
      "bucket", [Key("a/1"): ModelObject(size: 10), Key([0x62, 0xFF]): ModelObject()])
    return index
  }

  private func guarded(_ index: ScratchIndex) throws -> QueryGuard {
    try QueryGuard(path: index.path, now: index.now()) { false }
  }

  private func rows(_ sql: String, _ query: QueryGuard) throws -> [[QueryValue]] {
    var rows: [[QueryValue]] = []
    try query.run(sql, columns: { _ in }) { row in
      rows.append(row)
      return true
    }
    return rows
  }

  @Test(arguments: [
    "INSERT INTO bucket (endpoint, name) VALUES ('', 'x')", "UPDATE object SET size = 0",
    "DELETE FROM object", "DELETE FROM objects", "REPLACE INTO setting VALUES ('a', 'b')",
    "DROP TABLE object", "DROP VIEW objects", "ALTER TABLE object ADD COLUMN x",
    "CREATE TABLE t (a)", "CREATE TEMP TABLE t (a)", "CREATE TEMP VIEW t AS SELECT 1",
    "CREATE INDEX i ON object (etag)", "CREATE VIRTUAL TABLE t USING fts5 (a)",
    "ATTACH ':memory:' AS other", "DETACH main", "VACUUM", "VACUUM INTO '/tmp/copy'", "REINDEX",
    "ANALYZE", "BEGIN", "BEGIN IMMEDIATE", "COMMIT", "ROLLBACK", "SAVEPOINT s", "RELEASE s",
    "PRAGMA query_only = OFF", "PRAGMA journal_mode = DELETE", "PRAGMA user_version = 9",
    "PRAGMA writable_schema = ON", "PRAGMA trusted_schema = ON", "PRAGMA wal_checkpoint",
    "PRAGMA mmap_size = 0", "PRAGMA optimize", "PRAGMA temp_store_directory = '/'",
    "PRAGMA cache_size = 1000000000", "SELECT load_extension('x')", "EXPLAIN DELETE FROM object",
    "SELECT * FROM pragma_user_version", "UPDATE sqlite_schema SET sql = ''",
    "WITH gone AS (SELECT 1) DELETE FROM object",
  ])
  func refusesAllButReading(sql: String) async throws {
    let index = try await index()
    let query = try guarded(index)
    let before = try Data(contentsOf: URL(filePath: index.path))
    let error = #expect(throws: SQLiteError.self) { _ = try rows(sql, query) }
    let isRefusal = error?.primaryCode == .denied || error?.code == 1
    #expect(isRefusal, "\(String(describing: error))")
    let isUntouched = try Data(contentsOf: URL(filePath: index.path)) == before
    #expect(isUntouched)
    #expect(try index.integers("SELECT count(*) FROM object") == [2])
    #expect(try rows("SELECT count(*) FROM object", query) == [[.integer(2)]])
  }

  @Test(arguments: [
    "SELECT 1; DELETE FROM object", "SELECT 1; SELECT 2", "", "nonsense",
    "SELECT \"text\"", "SELECT ?1 FROM nowhere",
  ])
  func refusesWhatIsNotOneStatement(sql: String) async throws {
    let query = try guarded(try await index())
    #expect(throws: SQLiteError.self) { _ = try rows(sql, query) }
  }

  @Test(arguments: [
    "SELECT * FROM objects", "SELECT * FROM buckets", "SELECT * FROM bucket_classes",
    "SELECT * FROM prefixes", "SELECT * FROM syncs", "SELECT * FROM history",
    "SELECT * FROM object", "PRAGMA table_info('object')", "PRAGMA index_list(object)",
    "PRAGMA quick_check", "PRAGMA compile_options", "PRAGMA function_list",
    "SELECT * FROM pragma_table_info('objects')", "EXPLAIN SELECT * FROM objects",
    "EXPLAIN QUERY PLAN SELECT * FROM objects", "VALUES (1), (2)",
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 5) SELECT * FROM n",
    "SELECT value FROM json_each('[1, 2]')", "SELECT sum(bytes) OVER () FROM prefixes",
    "SELECT name FROM sqlite_schema", "SELECT 1; -- a comment",
  ])
  func allowsReading(sql: String) async throws {
    let query = try guarded(try await index())
    #expect(try !rows(sql, query).isEmpty)
  }

  @Test func handsOverNamesAndValuesAsTheyAreStored() async throws {
    let query = try guarded(try await index())
    var names: [[String]] = []
    var values: [[QueryValue]] = []
    try query.run(
      "SELECT key, size, NULL AS absent, 0.5 AS half, x'00FF' AS bytes FROM objects ORDER BY key",
      columns: { names.append($0) }
    ) { row in
      values.append(row)
      return true
    }
    #expect(names == [["key", "size", "absent", "half", "bytes"]])
    let rest: [QueryValue] = [.null, .real(0.5), .blob([0, 0xFF])]
    #expect(
      values == [
        [.text(Array("a/1".utf8)), .integer(10)] + rest,
        [.text([0x62, 0xFF]), .integer(1)] + rest,
      ])
  }

  @Test func namesTheColumnsOfAnEmptyResult() async throws {
    let query = try guarded(try await index())
    var names: [String] = []
    try query.run("SELECT key FROM objects WHERE 0", columns: { names = $0 }) { _ in true }
    #expect(names == ["key"])
  }

  private static let endless = """
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n
    """

  @Test func endsAStatementAfterItsTime() async throws {
    let index = try await index()
    let query = try index.reader().queryGuard(timeLimitSeconds: 0)
    #expect(throws: QueryTimeout(seconds: 0)) { try rows(Self.endless, query) }
  }

  @Test func aStopOfTheReaderIsNoTimeout() async throws {
    let index = try await index()
    let isStopped = Atomic(false)
    let reader = try IndexReader(path: index.path, now: index.now()) {
      isStopped.load(ordering: .relaxed)
    }
    let query = try reader.queryGuard(timeLimitSeconds: 0)
    isStopped.store(true, ordering: .relaxed)
    let error = #expect(throws: SQLiteError.self) { try rows(Self.endless, query) }
    #expect(error?.primaryCode == .interrupted)
  }

  @Test func stopsWhenItsReaderHasEnough() async throws {
    let query = try guarded(try await index())
    var count = 0
    try query.run("VALUES (1), (2), (3)", columns: { _ in }) { _ in
      count += 1
      return count < 2
    }
    #expect(count == 2)
    #expect(try rows("SELECT 1", query) == [[.integer(1)]])
  }

  @Test(arguments: [
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n",
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n WHERE i < 0",
  ])
  func endsEndlessQueries(sql: String) async throws {
    let index = try await index()
    let asked = Mutex(0)
    let query = try QueryGuard(path: index.path, now: index.now()) {
      asked.withLock { count in
        count += 1
        return count > 100
      }
    }
    let error = #expect(throws: SQLiteError.self) { _ = try rows(sql, query) }
    #expect(error?.primaryCode == .interrupted)
  }

  @Test(arguments: [
    "SELECT zeroblob(1000000000)", "SELECT hex(zeroblob(16000000))",
    "SELECT replace(hex(zeroblob(8000)), '0', hex(zeroblob(8000)))",
  ])
  func limitsTheSizeOfValues(sql: String) async throws {
    let query = try guarded(try await index())
    #expect(throws: SQLiteError.self) { _ = try rows(sql, query) }
  }

  @Test func refusesAFileThatIsNoIndex() throws {
    let index = try ScratchIndex()
    #expect(throws: IndexError.missing(path: index.path)) { _ = try guarded(index) }
  }
}
