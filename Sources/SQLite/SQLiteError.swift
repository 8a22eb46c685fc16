internal import CSQLite

/// A failure reported by SQLite, with the statement that caused it.
///
/// Bound values are never part of it: they may be secret, and keys may be hostile.
package struct SQLiteError: Error, Equatable, CustomStringConvertible {
  /// The extended result code (https://www.sqlite.org/rescode.html).
  package var code: Int32
  package var message: String
  package var sql: String?

  package init(code: Int32, message: String, sql: String? = nil) {
    self.code = code
    self.message = message
    self.sql = sql
  }

  /// Whether the file has a hot rollback journal, and the connection may not write: SQLite's
  /// `SQLITE_READONLY_ROLLBACK`.
  package var isUnfinishedTransaction: Bool { code == 8 | (3 << 8) }

  /// The primary result code: the low byte of `code`.
  package var primaryCode: PrimaryCode? { PrimaryCode(rawValue: code & 0xFF) }

  package var description: String {
    let reason = "\(message) (SQLite \(code))"
    return sql.map { "\(reason) while running `\($0)`" } ?? reason
  }

  /// The result codes that callers tell apart.
  package enum PrimaryCode: Int32, Sendable {
    case busy = 5
    case readOnly = 8
    case interrupted = 9
    case ioError = 10
    case corrupt = 11
    case full = 13
    case cannotOpen = 14
    case constraint = 19
    case denied = 23
    case notADatabase = 26
  }
}

extension SQLiteError {
  /// The error a connection reported last, unless the result is a success.
  static func check(
    _ code: Int32, on connection: OpaquePointer?, sql: String? = nil
  ) throws(SQLiteError) {
    guard code != SQLITE_OK else { return }
    throw unsafe last(code, on: connection, sql: sql)
  }

  static func last(
    _ code: Int32, on connection: OpaquePointer?, sql: String? = nil
  ) -> SQLiteError {
    let text =
      unsafe connection.flatMap { unsafe sqlite3_errmsg($0) }.map { unsafe String(cString: $0) }
    return SQLiteError(code: code, message: text ?? "unknown error", sql: sql)
  }
}
