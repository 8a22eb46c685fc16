/// A statement in the cache.
///
/// A class, because a dictionary cannot hold a noncopyable value.
final class CachedStatement {
  var statement: Statement

  init(_ statement: consuming Statement) {
    self.statement = statement
  }
}

/// The prepared statements of one connection by their text, while they are not in use.
final class StatementCache {
  private var idle: [String: CachedStatement] = [:]

  var texts: [String] { idle.keys.sorted() }

  func take(_ sql: String) -> CachedStatement? {
    idle.removeValue(forKey: sql)
  }

  func put(_ cached: CachedStatement) {
    idle[cached.statement.sql] = cached
  }
}
