internal import SQLite
internal import Vocabulary

/// Makes one history of a bucket's prefixes of those of two indexes.
///
/// A row says what a prefix is from its moment on, until the next row. Two histories side by side would say so for
/// each other's moments too, so each moment is asked of the index that recorded it:
///
///     ours    Mon a=5          Wed a=5 (no row)
///     theirs           Tue a=7
///     joined  Mon a=5  Tue a=7  Wed a=5
struct PrefixHistoryJoin {
  let bucketID: Int64
  let otherID: Int64
  /// The complete crawls that ours knew before, in order.
  let ownMoments: [Int64]

  /// A complete crawl, and what it recorded of prefixes.
  private struct Moment {
    var at: Int64
    var depth: Int64
    var leavesOut: Bool
    var isOwn: Bool
  }

  /// A row of one prefix.
  private struct Row {
    var depth: Int64
    var prefix: [UInt8]
    var isOwn: Bool
    var at: Int64
    /// Nil where it was left out.
    var usage: Usage?
  }

  /// What a prefix is at a moment.
  private enum Value: Equatable {
    /// It is not there.
    case nothing
    /// Nobody knows.
    case leftOut
    case held(Usage)
  }

  func run(_ connection: borrowing Connection) throws {
    let moments = try moments(connection)
    try connection.run(
      """
      CREATE TEMP TABLE IF NOT EXISTS joined_prefix
        (depth INTEGER, prefix TEXT, at_ms INTEGER, objects INTEGER, bytes INTEGER)
      """)
    try connection.run("DELETE FROM joined_prefix")
    try connection.run(
      "DELETE FROM main.prefix_usage_recorded WHERE bucket_id = ?1", .integer(bucketID))
    try connection.withStatement(Self.selectRows) { rows in
      try rows.bind([.integer(bucketID), .integer(otherID)])
      var group: [Row] = []
      while try rows.step() {
        let row = Row(
          depth: rows.int64(at: 0), prefix: rows.bytes(at: 1), isOwn: rows.int64(at: 2) != 0,
          at: rows.int64(at: 3),
          usage: rows.isNull(at: 4)
            ? nil : Usage(objects: rows.int64(at: 4), bytes: rows.int64(at: 5)))
        if let first = group.first, first.depth != row.depth || first.prefix != row.prefix {
          try write(group, moments, connection)
          group.removeAll(keepingCapacity: true)
        }
        group.append(row)
      }
      try write(group, moments, connection)
    }
    try connection.run(
      "DELETE FROM main.prefix_usage_history WHERE bucket_id = ?1", .integer(bucketID))
    try connection.run(
      """
      INSERT INTO main.prefix_usage_history (bucket_id, depth, prefix, at_ms, objects, bytes)
      SELECT ?1, depth, prefix, at_ms, objects, bytes FROM joined_prefix
      """, .integer(bucketID))
    try connection.run("DELETE FROM joined_prefix")
  }

  /// Those that recorded prefixes.
  private func moments(_ connection: borrowing Connection) throws -> [Moment] {
    let own = Set(ownMoments)
    return try connection.all(
      """
      SELECT at_ms, prefix_depth, prefixes_left_out > 0 FROM main.usage_point
      WHERE bucket_id = ?1 AND prefix_depth IS NOT NULL ORDER BY at_ms
      """, .integer(bucketID)
    ) { row in
      Moment(
        at: row.int64(at: 0), depth: row.int64(at: 1), leavesOut: row.int64(at: 2) != 0,
        isOwn: own.contains(row.int64(at: 0)))
    }
  }

  private static let selectRows = """
    SELECT depth, prefix, 1 AS own, at_ms, objects, bytes FROM main.prefix_usage_history
    WHERE bucket_id = ?1
    UNION ALL
    SELECT depth, prefix, 0, at_ms, objects, bytes FROM other.prefix_usage_history
    WHERE bucket_id = ?2
    ORDER BY 1, 2, 4
    """

  /// Writes what one prefix was from moment to moment.
  private func write(
    _ rows: [Row], _ moments: [Moment], _ connection: borrowing Connection
  ) throws {
    guard let first = rows.first else { return }
    var last: [Bool: Row] = [:]
    var next = 0
    var current: Value?
    for moment in moments {
      while next < rows.count, rows[next].at <= moment.at {
        last[rows[next].isOwn] = rows[next]
        next += 1
      }
      let value = value(of: last[moment.isOwn], depth: first.depth, at: moment)
      // Before its first row it is not there, or is not told.
      guard value != current, current != nil || isHeld(value) else { continue }
      current = value
      try insert(value, of: first, at: moment.at, connection)
    }
    guard case .held(let usage) = current else { return }
    try connection.run(
      """
      INSERT INTO main.prefix_usage_recorded (bucket_id, depth, prefix, objects, bytes)
      VALUES (?1, ?2, ?3, ?4, ?5)
      """, .integer(bucketID), .integer(first.depth), .text(first.prefix),
      .integer(usage.objects), .integer(usage.bytes))
  }

  private func value(of row: Row?, depth: Int64, at moment: Moment) -> Value {
    guard depth <= moment.depth else { return .leftOut }
    guard let row else { return moment.leavesOut ? .leftOut : .nothing }
    guard let usage = row.usage else { return .leftOut }
    return usage.isZero ? .nothing : .held(usage)
  }

  private func isHeld(_ value: Value) -> Bool {
    if case .held = value { true } else { false }
  }

  private func insert(
    _ value: Value, of row: Row, at moment: Int64, _ connection: borrowing Connection
  ) throws {
    let (objects, bytes): (SQLiteValue, SQLiteValue) =
      switch value {
      case .nothing: (.integer(0), .integer(0))
      case .leftOut: (.null, .null)
      case .held(let usage): (.integer(usage.objects), .integer(usage.bytes))
      }
    try connection.run(
      """
      INSERT INTO joined_prefix (depth, prefix, at_ms, objects, bytes) VALUES (?1, ?2, ?3, ?4, ?5)
      """, .integer(row.depth), .text(row.prefix), .integer(moment), objects, bytes)
  }
}
