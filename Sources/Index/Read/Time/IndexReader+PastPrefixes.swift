internal import SQLite
package import Vocabulary

/// What the prefixes one level below a place held at a complete crawl.
package struct PastPrefixes: Equatable, Sendable {
  package var point: UsagePoint
  /// Whether they were recorded then, as far as they are among the largest.
  package var isRecorded: Bool
  var sums: [Key: Usage?]
  var depth: Int

  /// What a prefix of this level held; nil where it is not known.
  ///
  /// One that was not there held nothing.
  package func usage(of prefix: Key) -> Usage? {
    guard isRecorded else { return nil }
    return sums[prefix].flatMap(\.self) ?? point.usageWithoutRow(depth: depth)
  }

  /// Those that held anything, or of which that is not known.
  package var prefixes: some Sequence<Key> { sums.keys }
}

extension IndexReader {
  /// How many levels of prefixes are recorded at each complete crawl; nil where the setting means nothing.
  package func historyDepth() throws -> Int64? {
    do {
      let kept = try IndexSetting.prefixDepth.number(in: connection, path: path)
      return try HistoryLimits(in: connection, path: path, keptDepth: kept).depth
    } catch IndexError.badSetting { return nil }
  }

  /// What each prefix one level below `prefix` held at a point of the bucket; `prefix` is empty or ends in `/`.
  ///
  /// For growth since a moment: the point is `point(of: bucket.id, notAfter: moment)`, or where there is none
  /// `firstPoint(of: bucket.id)`, whose time then has to be told.
  package func pastPrefixes(
    of bucketID: Int64, below prefix: Key, at point: UsagePoint
  ) throws -> PastPrefixes {
    let depth = prefix.depth + 1
    var past = PastPrefixes(
      point: point, isRecorded: point.knows(depth), sums: [:], depth: depth)
    guard past.isRecorded else { return past }
    let keys = KeyInterval(prefix: prefix)
    try connection.withStatement(Self.selectPastPrefixes) { rows in
      try rows.bind([
        .integer(bucketID), .integer(Int64(depth)), .text(keys.lower.bytes), keys.upperBound,
        .integer(point.at.millisecondsSinceEpoch),
      ])
      while try rows.step() {
        let usage = Usage(row: rows, at: 1)
        // A prefix that had ended was not there.
        if usage == nil || usage != Usage() { past.sums[Key(rows.bytes(at: 0))] = .some(usage) }
      }
    }
    return past
  }

  /// What a prefix held at a point of its bucket, or for the empty one the bucket; nil where it is not known.
  package func pastUsage(
    of bucketID: Int64, prefix: Key, at point: UsagePoint
  ) throws -> Usage? {
    guard !prefix.isStart else { return point.usage }
    let depth = prefix.depth
    guard point.knows(depth) else { return nil }
    let row = try connection.first(
      Self.selectPastUsage, .integer(bucketID), .integer(Int64(depth)), .text(prefix.bytes),
      .integer(point.at.millisecondsSinceEpoch)
    ) { Usage(row: $0, at: 0) }
    return row.flatMap(\.self) ?? point.usageWithoutRow(depth: depth)
  }

  /// Of columns beside a maximum SQLite takes the row that has it.
  private static let selectPastPrefixes = """
    SELECT prefix, objects, bytes, max(at_ms) FROM prefix_usage_history
    WHERE bucket_id = ?1 AND depth = ?2 AND prefix >= ?3 AND prefix < ?4 AND at_ms <= ?5
    GROUP BY prefix
    """

  private static let selectPastUsage = """
    SELECT objects, bytes FROM prefix_usage_history
    WHERE bucket_id = ?1 AND depth = ?2 AND prefix = ?3 AND at_ms <= ?4
    ORDER BY at_ms DESC LIMIT 1
    """
}

extension Usage {
  /// From two columns of a row of `prefix_usage_history`; nil where they are null.
  init?(row: borrowing Statement, at column: Int32) {
    guard !row.isNull(at: column) else { return nil }
    self.init(objects: row.int64(at: column), bytes: row.int64(at: column + 1))
  }
}
