internal import CSQLite

/// A failure reported by SQLite, with the file and the statement that caused it.
///
/// Its description names the file where the file is to blame, and never the statement: that says
/// nothing to a person who did not write it. Bound values are no part of it: they may be secret, and
/// keys may be hostile.
package struct SQLiteError: Error, Equatable, CustomStringConvertible {
  /// The extended result code (https://www.sqlite.org/rescode.html).
  package var code: Int32
  package var message: String
  package var sql: String?
  /// The database's file, as SQLite has its name; nil for one in memory, or a private one.
  package var file: String?

  package init(code: Int32, message: String, sql: String? = nil, file: String? = nil) {
    self.code = code
    self.message = message
    self.sql = sql
    self.file = file
  }

  /// Whether a sum in SQL does not fit into 64 bits, which SQLite tells by its message alone.
  package var isIntegerOverflow: Bool { code == SQLITE_ERROR && message == "integer overflow" }

  /// Whether the file has a hot rollback journal, and the connection may not write: SQLite's
  /// `SQLITE_READONLY_ROLLBACK`.
  package var isUnfinishedTransaction: Bool { code == 8 | (3 << 8) }

  /// The primary result code: the low byte of `code`.
  package var primaryCode: PrimaryCode? { PrimaryCode(rawValue: code & 0xFF) }

  package var description: String {
    let reason = "\(message) (SQLite \(code))"
    guard let file, primaryCode?.isAboutFile == true else { return reason }
    return "\(file): \(reason)"
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

    /// Whether it tells of the file's state, its place or its locks, and not of a statement.
    fileprivate var isAboutFile: Bool {
      switch self {
      case .busy, .readOnly, .ioError, .corrupt, .full, .cannotOpen, .notADatabase: true
      case .interrupted, .constraint, .denied: false
      }
    }
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
    let file = unsafe connection.flatMap { unsafe sqlite3_db_filename($0, "main") }
      .map { unsafe String(cString: $0) }
    return SQLiteError(
      code: code, message: text ?? "unknown error", sql: sql,
      file: file.flatMap { $0.isEmpty ? nil : $0 })
  }
}
