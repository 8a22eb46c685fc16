internal import SQLite
internal import Vocabulary

extension KeyInterval {
  /// What a key must be less than: every BLOB sorts after every TEXT in SQLite, so an empty one is
  /// a bound above all keys.
  var upperBound: SQLiteValue { upper.map { .text($0.bytes) } ?? .blob([]) }
}
