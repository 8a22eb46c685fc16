internal import SQLite

/// A row of table `setting`, which people may edit.
enum IndexSetting: String {
  /// How many levels of prefixes the index keeps sums of.
  case prefixDepth = "prefix_depth"
  /// How long changes are kept.
  case changeRetentionDays = "change_retention_days"
  /// How many levels of prefixes are recorded at each complete crawl, of those that are kept.
  case historyDepth = "history_depth"
  /// How many prefixes of a bucket are recorded then: the largest.
  case historyPrefixes = "history_prefixes"

  private var range: ClosedRange<Int64> {
    switch self {
    case .prefixDepth, .historyDepth: 0...64
    case .historyPrefixes: 0...100_000
    case .changeRetentionDays: 0...1_000_000
    }
  }

  /// Its value in an index.
  ///
  /// - Throws: `IndexError.badSetting` for one that is missing or means nothing.
  func value(in connection: borrowing Connection, path: String) throws -> Int64 {
    let text = try connection.first("SELECT value FROM setting WHERE name = ?1", .text(rawValue)) {
      $0.string(at: 0)
    }
    guard let value = text.flatMap({ Int64($0) }), range.contains(value) else {
      throw IndexError.badSetting(path: path, name: rawValue, value: text, range: range)
    }
    return value
  }
}
