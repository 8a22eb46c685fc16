internal import SQLite
package import Vocabulary

/// Runs a user's own SQL on an index so that it can read everything and change nothing.
///
/// SQLite decides, never the text: the file is opened read-only, defensive and `query_only`, an
/// authorizer denies all but reading, the statement must be one that writes nothing, and the
/// progress handler ends it after its time.
package final class QueryGuard {
  private let connection: Connection
  private let timeLimit: TimeLimit?

  private struct TimeLimit {
    var seconds: Int
    var shouldStop: @Sendable () -> Bool
  }

  /// Opens the index at `path`.
  ///
  /// `shouldStop` is asked every few thousand steps; true ends the query with `.interrupted`.
  package convenience init(
    path: String, now: Timestamp, shouldStop: @escaping @Sendable () -> Bool
  ) throws {
    try self.init(path: path, now: now, timeLimit: nil, shouldStop: shouldStop)
  }

  /// The same with so much time from now on, after which the statement ends with `QueryTimeout`.
  convenience init(
    path: String, now: Timestamp, timeLimitSeconds: Int,
    shouldStop: @escaping @Sendable () -> Bool
  ) throws {
    let deadline = ContinuousClock.now + .seconds(timeLimitSeconds)
    try self.init(
      path: path, now: now, timeLimit: TimeLimit(seconds: timeLimitSeconds, shouldStop: shouldStop)
    ) { shouldStop() || ContinuousClock.now >= deadline }
  }

  private init(
    path: String, now: Timestamp, timeLimit: TimeLimit?, shouldStop: @escaping @Sendable () -> Bool
  ) throws {
    self.timeLimit = timeLimit
    connection = try IndexFile.openForReading(path: path, now: now)
    connection.setLengthLimit(bytes: 16 << 20)
    try connection.setDefensive()
    // A sort takes as much memory as the cache may, and goes to temporary files beyond that.
    try connection.execute(script: "PRAGMA trusted_schema = OFF; PRAGMA cache_size = -16384;")
    makeTableFunctionsReady()
    connection.setProgressCheck(shouldStop)
    try connection.setAuthorizer(Self.allows)
  }

  /// Runs one statement.
  ///
  /// `columns` is called once with the names, `row` for each row until it returns false.
  ///
  /// - Throws: `SQLiteError`: `.denied` for anything but reading, `.interrupted` after a stop;
  ///   `QueryTimeout`.
  package func run(
    _ sql: String, columns: ([String]) throws -> Void, row: ([QueryValue]) throws -> Bool
  ) throws {
    do {
      try runInTime(sql, columns: columns, row: row)
    } catch let error as SQLiteError where error.primaryCode == .interrupted {
      guard let timeLimit, !timeLimit.shouldStop() else { throw error }
      throw QueryTimeout(seconds: timeLimit.seconds)
    }
  }

  private func runInTime(
    _ sql: String, columns: ([String]) throws -> Void, row: ([QueryValue]) throws -> Bool
  ) throws {
    var statement = try connection.prepare(sql)
    guard statement.isReadOnly else {
      throw SQLiteError(
        code: SQLiteError.PrimaryCode.denied.rawValue,
        message: "only statements that read are allowed", sql: sql)
    }
    let count = statement.columnCount
    try columns((0..<count).map { statement.columnName(at: $0) })
    while try statement.step() {
      guard try row((0..<count).map { QueryValue(statement.value(at: $0)) }) else { return }
    }
  }

  /// Lets SQLite declare its table-valued functions before the authorizer is there.
  ///
  /// It does so at their first use, by a CREATE TABLE that looks to the authorizer like a user's.
  private func makeTableFunctionsReady() {
    for name in ["json_each", "json_tree"] + Self.readingPragmas.map({ "pragma_" + $0 }) {
      // A function that this build of SQLite lacks, or that returns nothing, stays refused.
      _ = try? connection.prepare("SELECT 1 FROM \(name)")
    }
  }

  private static func allows(_ action: AuthorizerAction) -> Bool {
    switch action.kind {
    case .select, .read, .recursive: true
    case .function: action.second.map { !deniedFunctions.contains($0.lowercased()) } ?? false
    case .pragma: action.first.map { readingPragmas.contains($0.lowercased()) } ?? false
    case .attach, .detach, .transaction, .other: false
    }
  }

  private static let deniedFunctions: Set<String> = ["load_extension", "fts3_tokenizer"]

  /// Pragmas that only tell; most take a table's name as their argument.
  private static let readingPragmas: Set<String> = [
    "table_info", "table_xinfo", "table_list", "index_list", "index_info", "index_xinfo",
    "database_list", "compile_options", "function_list", "collation_list", "integrity_check",
    "quick_check", "foreign_key_list",
  ]
}

/// A user's statement took more than the time that it was given.
package struct QueryTimeout: Error, Equatable, CustomStringConvertible {
  package var seconds: Int

  package init(seconds: Int) {
    self.seconds = seconds
  }

  package var description: String { "the statement ran longer than \(seconds) s" }
}

/// A value of a user's statement: what SQLite has of it, for those who know no SQLite.
package enum QueryValue: Equatable, Sendable {
  case null
  case integer(Int64)
  case real(Double)
  /// The exact bytes, which may not be valid UTF-8.
  case text([UInt8])
  case blob([UInt8])

  init(_ value: SQLiteValue) {
    self =
      switch value {
      case .null: .null
      case .integer(let number): .integer(number)
      case .real(let number): .real(number)
      case .text(let bytes): .text(bytes)
      case .blob(let bytes): .blob(bytes)
      }
  }
}
