internal import SQLite

/// How a sum is written in SQL: SQLite's own ends the statement when it does not fit into 64 bits.
enum SaturatingSQL {
  /// As quick as it can be; it may overflow.
  case exact
  /// The largest number where the sum is larger, in half as much speed: the upper and the lower halves
  /// of the numbers are summed apart, and neither sum can overflow.
  case halves

  /// The sum of a column; 0 over no rows.
  func text(of column: String) -> String {
    switch self {
    case .exact: "coalesce(sum(\(column)), 0)"
    case .halves:
      """
      coalesce(CASE
        WHEN sum(\(column) >> 32) + (sum(\(column) & 4294967295) >> 32) > 2147483647
          THEN 9223372036854775807
        ELSE ((sum(\(column) >> 32) + (sum(\(column) & 4294967295) >> 32)) << 32)
          | (sum(\(column) & 4294967295) & 4294967295)
      END, 0)
      """
    }
  }

  /// Runs `body` with the quick way, and again with the other when that overflows.
  static func trying<Result>(_ body: (SaturatingSQL) throws -> Result) throws -> Result {
    do {
      return try body(.exact)
    } catch let error as SQLiteError where error.isIntegerOverflow {
      return try body(.halves)
    }
  }
}
