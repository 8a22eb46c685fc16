internal import SQLite
internal import Vocabulary

extension CheckPass {
  /// What was recorded of complete crawls: of each moment the sum and its classes, of the newest what is
  /// stored today, where nothing was listed since.
  mutating func findHistory() throws {
    let wanted = Set(buckets.map(\.id))
    try findPoints(wanted)
    for bucket in buckets { try findNewestPoint(of: bucket.id) }
    try findRecordedPrefixes(wanted)
  }

  /// Each moment's sum against that of its classes.
  private mutating func findPoints(_ wanted: Set<Int64>) throws {
    struct Row {
      var bucketID: Int64
      var at: Timestamp
      var point: Usage?
      var classes: Usage
    }
    let rows = try SaturatingSQL.trying { sum in
      try connection.all(Self.selectPoints(sum)) { row in
        Row(
          bucketID: row.int64(at: 0), at: Timestamp(millisecondsSinceEpoch: row.int64(at: 1)),
          point: row.isNull(at: 2)
            ? nil : Usage(objects: row.int64(at: 2), bytes: row.int64(at: 3)),
          classes: Usage(objects: row.int64(at: 4), bytes: row.int64(at: 5)))
      }
    }
    for row in rows where wanted.contains(row.bucketID) {
      note(
        CheckFinding(
          "usage_point", row.bucketID, at: Array(row.at.iso8601.utf8),
          expected: "\(row.classes.words), as its classes say",
          found: row.point?.words ?? "no row", .history))
    }
  }

  private static func selectPoints(_ sum: SaturatingSQL) -> String {
    """
    SELECT coalesce(point.bucket_id, sums.bucket_id), coalesce(point.at_ms, sums.at_ms),
      point.objects, point.bytes, coalesce(sums.objects, 0), coalesce(sums.bytes, 0)
    FROM usage_point AS point
    FULL JOIN (
      SELECT bucket_id, at_ms, \(sum.text(of: "objects")) AS objects,
        \(sum.text(of: "bytes")) AS bytes
      FROM usage_history GROUP BY bucket_id, at_ms
    ) AS sums ON sums.bucket_id = point.bucket_id AND sums.at_ms = point.at_ms
    WHERE point.objects IS NOT coalesce(sums.objects, 0)
      OR point.bytes IS NOT coalesce(sums.bytes, 0)
    """
  }

  private mutating func findNewestPoint(of bucketID: Int64) throws {
    guard let newest = try NewestPoint(of: bucketID, in: reader.connection) else { return }
    guard let point = newest.point else {
      // One that could not be mended is known to be missing.
      guard try !isGap(newest.at, of: bucketID) else { return }
      note(
        CheckFinding(
          "usage_point", bucketID, at: Array(newest.at.iso8601.utf8),
          expected: "the newest complete crawl", found: "no row", .history))
      return
    }
    guard newest.isOfToday else { return }
    let stored = try IndexWriter.rolledUpUsage(of: bucketID, in: reader.connection)
    guard point != stored else { return }
    note(
      CheckFinding(
        "usage_point", bucketID, at: Array(newest.at.iso8601.utf8),
        expected: "\(stored.words), as today's sums say", found: point.words, .history))
  }

  private func isGap(_ moment: Timestamp, of bucketID: Int64) throws -> Bool {
    try connection.first(
      "SELECT 1 FROM usage_gap WHERE bucket_id = ?1 AND at_ms = ?2", .integer(bucketID),
      .integer(moment.millisecondsSinceEpoch)
    ) { _ in true } ?? false
  }

  /// What prefixes were when they were last recorded is kept twice: in their history, and beside it to compare with.
  private mutating func findRecordedPrefixes(_ wanted: Set<Int64>) throws {
    struct Row {
      var bucketID: Int64
      var prefix: [UInt8]
      var recorded: Usage?
      var last: Usage?
    }
    let rows = try connection.all(Self.selectRecorded) { row in
      Row(
        bucketID: row.int64(at: 0), prefix: row.bytes(at: 1),
        recorded: row.isNull(at: 2)
          ? nil : Usage(objects: row.int64(at: 2), bytes: row.int64(at: 3)),
        last: row.isNull(at: 4) ? nil : Usage(objects: row.int64(at: 4), bytes: row.int64(at: 5)))
    }
    for row in rows where wanted.contains(row.bucketID) {
      note(
        CheckFinding(
          "prefix_usage_history", row.bucketID, at: row.prefix,
          expected: row.recorded?.words ?? "an end, or a row to compare with",
          found: row.last?.words ?? "no row", .history))
    }
  }

  /// A prefix that has ended has a last row of zeros, and one that was left out a last row of nulls.
  private static let selectRecorded = """
    SELECT coalesce(last.bucket_id, recorded.bucket_id), coalesce(last.prefix, recorded.prefix),
      recorded.objects, recorded.bytes, last.objects, last.bytes
    FROM prefix_usage_recorded AS recorded
    FULL JOIN (
      SELECT bucket_id, depth, prefix, objects, bytes, max(at_ms)
      FROM prefix_usage_history GROUP BY bucket_id, depth, prefix
    ) AS last ON last.bucket_id = recorded.bucket_id AND last.depth = recorded.depth
      AND last.prefix = recorded.prefix
    WHERE (recorded.objects IS NULL AND last.objects > 0)
      OR (recorded.objects IS NOT NULL
        AND (last.objects IS NOT recorded.objects OR last.bytes IS NOT recorded.bytes))
    """
}

extension Usage {
  fileprivate var words: String { "objects \(objects), bytes \(bytes)" }
}

/// What was recorded at the end of a bucket's newest complete crawl.
struct NewestPoint {
  let at: Timestamp
  /// Nil where it is missing.
  let point: Usage?
  /// Whether nothing of the bucket was listed since: then it is what is stored.
  let isOfToday: Bool

  /// Nil for a bucket that was never listed whole.
  init?(of bucketID: Int64, in connection: borrowing Connection) throws {
    let row = try connection.first(
      Self.select, .integer(bucketID), .state(CrawlRowState.complete)
    ) { row in
      (
        at: row.timestamp(at: 0),
        point: row.isNull(at: 1) ? nil : Usage(objects: row.int64(at: 1), bytes: row.int64(at: 2)),
        isOfToday: !row.isNull(at: 3) && row.int64(at: 4) == 0
      )
    }
    guard let row, let at = row.at else { return nil }
    (self.at, point, isOfToday) = (at, row.point, row.isOfToday)
  }

  /// Its sync is null in indexes that were upgraded: what was listed since is not known then.
  private static let select = """
    SELECT bucket.synced_ms, point.objects, point.bytes, point.sync_id,
      EXISTS (
        SELECT 1 FROM crawl JOIN sync_crawl ON sync_crawl.crawl_id = crawl.id
        WHERE crawl.bucket_id = bucket.id AND (
          sync_crawl.sync_id > point.sync_id
          OR crawl.id > (SELECT max(id) FROM crawl AS whole WHERE whole.bucket_id = bucket.id
            AND whole.prefix = '' AND whole.state = ?2)))
    FROM bucket LEFT JOIN usage_point AS point
      ON point.bucket_id = bucket.id AND point.at_ms = bucket.synced_ms
    WHERE bucket.id = ?1
    """
}
