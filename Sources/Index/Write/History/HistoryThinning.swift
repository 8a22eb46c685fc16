internal import SQLite
internal import Vocabulary

/// Which complete crawls of a bucket are left out of its history as they grow old.
///
/// Every one is kept for some time, then the last of each week and of each month, then the last of each month. Days,
/// weeks (from Monday on) and months are those of UTC. What stays is what was found: nothing is averaged.
struct HistoryThinning {
  /// How long every one is kept, and how long those of weeks, in milliseconds; nil for ever.
  private let daily: Int64?
  private let weekly: Int64?

  private static let dayMs: Int64 = 86_400_000

  init(in connection: borrowing Connection, path: String) throws {
    daily = Self.milliseconds(try IndexSetting.historyDailyDays.value(in: connection, path: path))
    weekly = Self.milliseconds(
      try IndexSetting.historyWeeklyDays.value(in: connection, path: path))
  }

  private static func milliseconds(_ value: IndexSetting.Value) -> Int64? {
    if case .number(let days) = value { days * dayMs } else { nil }
  }

  /// Which of these moments go; in order, of one bucket.
  func thinned(_ moments: [Timestamp], now: Timestamp) -> [Timestamp] {
    guard let daily else { return [] }
    let nowMs = now.millisecondsSinceEpoch
    return zip(moments, moments.dropFirst()).compactMap { moment, next in
      let age = nowMs.minus(moment.millisecondsSinceEpoch)
      guard age > daily, Self.month(moment) == Self.month(next) else { return nil }
      let isOfWeeks = weekly.map { age <= $0 } ?? true
      return isOfWeeks && Self.week(moment) != Self.week(next) ? nil : moment
    }
  }

  /// The number of its week; 1970 began on a Thursday.
  private static func week(_ moment: Timestamp) -> Int64 {
    let days = (Double(moment.millisecondsSinceEpoch) / Double(dayMs)).rounded(.down)
    return Int64(((days + 3) / 7).rounded(.down))
  }

  /// `2026-11`.
  private static func month(_ moment: Timestamp) -> Substring { moment.iso8601.prefix(7) }
}

extension IndexWriter {
  /// Takes what is old and no last of its week or month out of a bucket's history, in the batch.
  func thinHistory(of bucketID: Int64) throws {
    let moments = try connection.all(
      "SELECT at_ms FROM usage_point WHERE bucket_id = ?1 ORDER BY at_ms", .integer(bucketID)
    ) { Timestamp(millisecondsSinceEpoch: $0.int64(at: 0)) }
    let thinned = historyThinning.thinned(moments, now: now()).map(\.millisecondsSinceEpoch)
    guard !thinned.isEmpty else { return }
    for table in ["usage_point", "usage_history"] {
      try connection.run(
        "DELETE FROM \(table) WHERE bucket_id = ?1 AND at_ms IN (SELECT value FROM json_each(?2))",
        .integer(bucketID), .text("\(thinned)"))
    }
    for sql in Self.thinPrefixes {
      try connection.run(sql, .integer(bucketID), .text("\(thinned)"))
    }
  }

  /// A row of a prefix says what became of it since the one before, so it moves to the next crawl that is kept, if
  /// that has none of its own.
  private static let thinPrefixes = [
    """
    INSERT OR IGNORE INTO prefix_usage_history (bucket_id, depth, prefix, at_ms, objects, bytes)
    SELECT ?1, depth, prefix, kept_ms, objects, bytes
    FROM (
      SELECT old.depth, old.prefix, old.objects, old.bytes, max(old.at_ms),
        (SELECT min(point.at_ms) FROM usage_point AS point
          WHERE point.bucket_id = ?1 AND point.at_ms > old.at_ms) AS kept_ms
      FROM prefix_usage_history AS old
      WHERE old.bucket_id = ?1 AND old.at_ms IN (SELECT value FROM json_each(?2))
      GROUP BY old.depth, old.prefix, kept_ms
    )
    WHERE kept_ms IS NOT NULL
    """,
    """
    DELETE FROM prefix_usage_history
    WHERE bucket_id = ?1 AND at_ms IN (SELECT value FROM json_each(?2))
    """,
  ]
}
