internal import SQLite

/// Which prefixes of a bucket are recorded at the end of a complete crawl.
struct HistoryLimits {
  /// The deepest level; 0 for none.
  let depth: Int64
  /// How many of a bucket: the largest by bytes.
  let prefixesMax: Int64

  /// From the settings of an index, which keeps sums of prefixes down to `keptDepth`.
  init(in connection: borrowing Connection, path: String, keptDepth: Int64) throws {
    depth = min(try IndexSetting.historyDepth.number(in: connection, path: path), keptDepth)
    prefixesMax = try IndexSetting.historyPrefixes.number(in: connection, path: path)
  }
}

/// Where the prefixes that are recorded end, in the order of their bytes, the largest first, then their
/// depths and names: the last of them.
struct HistoryBound {
  var bytes: Int64
  var depth: Int64
  var prefix: [UInt8]
  /// How many prefixes come after it.
  var leftOut: Int64 = 0

  /// All of them: no sum is under zero.
  static let none = HistoryBound(bytes: -1, depth: 0, prefix: [])

  /// Parameters ?3 to ?5 of the statements that choose prefixes.
  var parameters: [SQLiteValue] { [.integer(bytes), .integer(depth), .text(prefix)] }

  /// Whether a row of `prefix_usage`, under the name `now`, is within the bound.
  static let condition = """
    (now.bytes > ?3 OR (now.bytes = ?3 AND (now.depth, now.prefix) <= (?4, ?5)))
    """
}

/// What is written of one prefix.
struct PrefixChange {
  var depth: Int64
  var prefix: [UInt8]
  /// Nil where it is no longer recorded.
  var usage: Usage?
  /// Whether the next crawl is compared with it.
  var isRecorded: Bool
}
