/// A statement in the cache.
///
/// A class, because a dictionary cannot hold a noncopyable value.
final class CachedStatement {
  var statement: Statement
  fileprivate var isInUse = true
  fileprivate var isKept = false

  init(_ statement: consuming Statement) {
    self.statement = statement
  }
}

/// The prepared statements of one connection by their text.
///
/// One that is in use stays in its place, marked: to take it out and put it back would hash its text, and those
/// of its neighbours in the table, at each use. That was a tenth of a re-sync's instructions with some seeds of hashes.
final class StatementCache {
  private var kept: [String: CachedStatement] = [:]

  var texts: [String] { kept.keys.sorted() }

  /// Nil where there is none that is not in use.
  func take(_ sql: String) -> CachedStatement? {
    guard let cached = kept[sql], !cached.isInUse else { return nil }
    cached.isInUse = true
    return cached
  }

  func put(_ cached: CachedStatement) {
    cached.isInUse = false
    guard !cached.isKept else { return }
    let text = cached.statement.sql
    // A second one was only needed while the first was in use.
    guard kept[text] == nil else { return }
    cached.isKept = true
    kept[text] = cached
  }
}
