internal import CSQLite

/// The Swift sides of the callbacks that C holds by address; they live as long as their connection.
final class Callbacks {
  var progress: ProgressBox?
  var authorizer: AuthorizerBox?
  var functions: [FunctionBox] = []
}

final class ProgressBox: Sendable {
  let shouldStop: @Sendable () -> Bool

  init(_ shouldStop: @escaping @Sendable () -> Bool) { self.shouldStop = shouldStop }
}

final class AuthorizerBox: Sendable {
  let decide: @Sendable (AuthorizerAction) -> Bool

  init(_ decide: @escaping @Sendable (AuthorizerAction) -> Bool) { self.decide = decide }
}

final class FunctionBox: Sendable {
  private let body: @Sendable (Span<UInt8>) -> SQLiteValue

  init(_ body: @escaping @Sendable (Span<UInt8>) -> SQLiteValue) { self.body = body }

  static func call(
    _ context: OpaquePointer?, _ arguments: UnsafeMutablePointer<OpaquePointer?>?
  ) {
    guard let user = unsafe sqlite3_user_data(context), let argument = unsafe arguments?[0],
      let text = unsafe sqlite3_value_text(argument)
    else { return unsafe sqlite3_result_null(context) }
    let count = Int(unsafe sqlite3_value_bytes(argument))
    let box = unsafe Unmanaged<FunctionBox>.fromOpaque(user).takeUnretainedValue()
    switch box.body(unsafe Span(_unsafeStart: text, count: count)) {
    case .null: unsafe sqlite3_result_null(context)
    case .integer(let number): unsafe sqlite3_result_int64(context, number)
    case .real(let number): unsafe sqlite3_result_double(context, number)
    case .text(let bytes):
      unsafe bytes.withUnsafeBytes { buffer in
        unsafe sqlite3_result_text64(
          context, buffer.baseAddress?.assumingMemoryBound(to: CChar.self), UInt64(buffer.count),
          csqlite_transient(), UInt8(SQLITE_UTF8))
      }
    case .blob(let bytes):
      unsafe bytes.withUnsafeBytes { buffer in
        unsafe sqlite3_result_blob64(
          context, buffer.baseAddress, UInt64(buffer.count), csqlite_transient())
      }
    }
  }
}

/// What a statement under preparation wants to do
/// (https://www.sqlite.org/c3ref/c_alter_table.html).
package struct AuthorizerAction: Sendable {
  package let code: Int32
  /// The first name that SQLite gives with the action, such as a table, a pragma or a file.
  package let first: String?
  package let second: String?

  package enum Kind: Sendable {
    case select, read, function, recursive
    case pragma, attach, detach, transaction
    /// Everything that writes or changes the schema.
    case other
  }

  package var kind: Kind {
    switch code {
    case SQLITE_SELECT: .select
    case SQLITE_READ: .read
    case SQLITE_FUNCTION: .function
    case SQLITE_RECURSIVE: .recursive
    case SQLITE_PRAGMA: .pragma
    case SQLITE_ATTACH: .attach
    case SQLITE_DETACH: .detach
    case SQLITE_TRANSACTION: .transaction
    default: .other
    }
  }
}
