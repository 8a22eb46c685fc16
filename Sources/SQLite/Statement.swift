internal import CSQLite

/// A prepared statement, finalized exactly once, when it goes out of scope.
///
/// Parameters count from 1 and columns from 0, as in SQLite's C interface. A statement belongs to
/// the thread that uses its connection.
@safe package struct Statement: ~Copyable {
  private let handle: OpaquePointer
  private let connection: OpaquePointer
  package let sql: String

  /// Prepares exactly one statement; more text after it, or none at all, is an error.
  init(_ sql: String, on connection: OpaquePointer, isPersistent: Bool) throws(SQLiteError) {
    var prepared: OpaquePointer?
    var hasMore = false
    let flags = isPersistent ? UInt32(SQLITE_PREPARE_PERSISTENT) : 0
    let code = unsafe sql.withCString { text in
      var tail: UnsafePointer<CChar>?
      let code = unsafe sqlite3_prepare_v3(connection, text, -1, flags, &prepared, &tail)
      // Only after a success: looking at the rest would overwrite the error's message.
      if code == SQLITE_OK, let rest = unsafe tail {
        hasMore = unsafe Self.holdsSQL(rest, connection)
      }
      return code
    }
    guard code == SQLITE_OK else { throw unsafe SQLiteError.last(code, on: connection, sql: sql) }
    guard let statement = unsafe prepared else {
      throw SQLiteError(code: SQLITE_MISUSE, message: "there is no statement", sql: sql)
    }
    guard !hasMore else {
      unsafe sqlite3_finalize(statement)
      throw SQLiteError(
        code: SQLITE_MISUSE, message: "only one statement may be run at a time", sql: sql)
    }
    unsafe self.handle = statement
    unsafe self.connection = connection
    self.sql = sql
  }

  deinit {
    unsafe sqlite3_finalize(handle)
  }

  /// Whether text behind a statement is more than white space, semicolons and comments: SQLite
  /// makes no statement of those.
  private static func holdsSQL(_ text: UnsafePointer<CChar>, _ connection: OpaquePointer) -> Bool {
    var next: OpaquePointer?
    let code = unsafe sqlite3_prepare_v2(connection, text, -1, &next, nil)
    unsafe sqlite3_finalize(next)
    return unsafe code != SQLITE_OK || next != nil
  }

  private func check(_ code: Int32) throws(SQLiteError) {
    try unsafe SQLiteError.check(code, on: connection, sql: sql)
  }
}

// MARK: - Running

extension Statement {
  /// Advances to the next row; false when the results are exhausted.
  package mutating func step() throws(SQLiteError) -> Bool {
    switch unsafe sqlite3_step(handle) {
    case SQLITE_ROW: return true
    case SQLITE_DONE: return false
    case let code: throw unsafe SQLiteError.last(code, on: connection, sql: sql)
    }
  }

  /// Makes the statement ready to run again; its bindings stay.
  package mutating func reset() {
    // The code repeats the error of the last step, which has been thrown already.
    _ = unsafe sqlite3_reset(handle)
  }

  /// Forgets all bindings: every parameter is NULL.
  package mutating func clearBindings() {
    _ = unsafe sqlite3_clear_bindings(handle)
  }

  /// Runs a statement that returns no rows that matter, and resets it.
  package mutating func run() throws(SQLiteError) {
    defer { reset() }
    while try step() {}
  }

  /// Whether SQLite itself says that the statement writes nothing.
  package var isReadOnly: Bool { unsafe sqlite3_stmt_readonly(handle) != 0 }

}

// MARK: - Binding

extension Statement {
  package mutating func bind(_ value: Int64, at index: Int32) throws(SQLiteError) {
    try check(unsafe sqlite3_bind_int64(handle, index, value))
  }

  package mutating func bind(_ value: Double, at index: Int32) throws(SQLiteError) {
    try check(unsafe sqlite3_bind_double(handle, index, value))
  }

  package mutating func bind(_ value: String, at index: Int32) throws(SQLiteError) {
    try check(
      unsafe sqlite3_bind_text64(
        handle, index, value, UInt64(value.utf8.count), csqlite_transient(), UInt8(SQLITE_UTF8)))
  }

  /// Binds bytes as TEXT, exactly as they are: SQLite neither checks nor changes them.
  package mutating func bind(text bytes: [UInt8], at index: Int32) throws(SQLiteError) {
    let code = unsafe bytes.withUnsafeBytes { buffer in
      // An empty array may have no address, and a null pointer would bind NULL.
      let text = unsafe buffer.baseAddress?.assumingMemoryBound(to: CChar.self)
      return unsafe withUnsafePointer(to: CChar(0)) { empty in
        unsafe sqlite3_bind_text64(
          handle, index, text ?? empty, UInt64(buffer.count), csqlite_transient(),
          UInt8(SQLITE_UTF8))
      }
    }
    try check(code)
  }

  /// Binds bytes as TEXT without copying them.
  ///
  /// Unsafe: the storage must stay in place until the statement is reset or the parameter is bound
  /// again.
  @unsafe package mutating func bind(
    borrowedText bytes: Span<UInt8>, at index: Int32
  ) throws(SQLiteError) {
    let code = unsafe bytes.withUnsafeBytes { buffer in
      unsafe sqlite3_bind_text64(
        handle, index, buffer.baseAddress?.assumingMemoryBound(to: CChar.self),
        UInt64(buffer.count), csqlite_static(), UInt8(SQLITE_UTF8))
    }
    try check(code)
  }

  package mutating func bindNull(at index: Int32) throws(SQLiteError) {
    try check(unsafe sqlite3_bind_null(handle, index))
  }

  /// Binds a value of any kind.
  package mutating func bind(_ value: SQLiteValue, at index: Int32) throws(SQLiteError) {
    switch value {
    case .null: try bindNull(at: index)
    case .integer(let number): try bind(number, at: index)
    case .real(let number): try bind(number, at: index)
    case .text(let bytes): try bind(text: bytes, at: index)
    case .blob(let bytes):
      // An empty array may have no address, and a null pointer would bind NULL.
      guard !bytes.isEmpty else { return try check(unsafe sqlite3_bind_zeroblob(handle, index, 0)) }
      let code = unsafe bytes.withUnsafeBytes { buffer in
        unsafe sqlite3_bind_blob64(
          handle, index, buffer.baseAddress, UInt64(buffer.count), csqlite_transient())
      }
      try check(code)
    }
  }

  /// Binds values to the parameters from 1 on.
  package mutating func bind(_ values: [SQLiteValue]) throws(SQLiteError) {
    for (offset, value) in values.enumerated() {
      try bind(value, at: Int32(offset + 1))
    }
  }
}

// MARK: - Columns

extension Statement {
  package var columnCount: Int32 { unsafe sqlite3_column_count(handle) }

  package func columnName(at index: Int32) -> String {
    unsafe sqlite3_column_name(handle, index).map { unsafe String(cString: $0) } ?? ""
  }

  package func isNull(at index: Int32) -> Bool {
    unsafe sqlite3_column_type(handle, index) == SQLITE_NULL
  }

  package func int64(at index: Int32) -> Int64 {
    unsafe sqlite3_column_int64(handle, index)
  }

  package func optionalInt64(at index: Int32) -> Int64? {
    isNull(at: index) ? nil : int64(at: index)
  }

  /// The column's text; bytes that are not UTF-8 become U+FFFD, NULL is the empty string.
  package func string(at index: Int32) -> String {
    withText(at: index) { bytes in
      unsafe bytes.withUnsafeBufferPointer { unsafe String(decoding: $0, as: UTF8.self) }
    }
  }

  package func optionalString(at index: Int32) -> String? {
    isNull(at: index) ? nil : string(at: index)
  }

  /// The column's text as it is stored, byte for byte; NULL is empty.
  package func bytes(at index: Int32) -> [UInt8] {
    withText(at: index) { bytes in
      unsafe bytes.withUnsafeBufferPointer { unsafe Array($0) }
    }
  }

  /// Lends the bytes of the column's text until `body` returns, without a copy.
  package func withText<Result, Failure: Error>(
    at index: Int32, _ body: (Span<UInt8>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    guard let text = unsafe sqlite3_column_text(handle, index) else { return try body(Span()) }
    let count = Int(unsafe sqlite3_column_bytes(handle, index))
    return try body(unsafe Span(_unsafeStart: text, count: count))
  }

  /// The column's value with the type that SQLite stored.
  package func value(at index: Int32) -> SQLiteValue {
    switch unsafe sqlite3_column_type(handle, index) {
    case SQLITE_INTEGER: return .integer(int64(at: index))
    case SQLITE_FLOAT: return .real(unsafe sqlite3_column_double(handle, index))
    case SQLITE_TEXT: return .text(bytes(at: index))
    case SQLITE_BLOB:
      let start = unsafe sqlite3_column_blob(handle, index)
      let count = Int(unsafe sqlite3_column_bytes(handle, index))
      return .blob(unsafe Array(UnsafeRawBufferPointer(start: start, count: count)))
    default: return .null
    }
  }
}

/// One value as SQLite stores it.
package enum SQLiteValue: Equatable, Sendable {
  case null
  case integer(Int64)
  case real(Double)
  /// By contract UTF-8, but kept as bytes: SQLite does not check.
  case text([UInt8])
  case blob([UInt8])

  package static func text(_ text: String) -> SQLiteValue { .text(Array(text.utf8)) }
}
