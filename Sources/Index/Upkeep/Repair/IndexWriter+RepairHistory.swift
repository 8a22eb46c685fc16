internal import SQLite
internal import Vocabulary

extension IndexWriter {
  func repairHistory(of bucketID: Int64) throws -> [RepairStep] {
    var steps: [RepairStep] = []
    for (part, whole) in Self.severed(try brokenPoints(of: bucketID)) {
      try rejoin(part, whole, of: bucketID)
      steps.append(Self.step(bucketID, part.at, "it is \(whole.at.iso8601) again"))
    }
    if try rewriteNewestPoint(of: bucketID) {
      steps.append(
        RepairStep(bucketID: bucketID, text: "its newest history was written again from the sums"))
    }
    for point in try brokenPoints(of: bucketID) {
      steps.append(try mend(point, of: bucketID))
    }
    if let newest = try NewestPoint(of: bucketID, in: connection), newest.point == nil {
      try leaveGap(at: newest.at, of: bucketID)
      steps.append(Self.step(bucketID, newest.at, "a gap now", losesPast: true))
    }
    if try repairRecordedPrefixes(of: bucketID) {
      steps.append(
        RepairStep(bucketID: bucketID, text: "the history of its prefixes was made to agree"))
    }
    return steps
  }

  /// Where nothing was listed since, the newest history is what is stored.
  private func rewriteNewestPoint(of bucketID: Int64) throws -> Bool {
    guard let newest = try NewestPoint(of: bucketID, in: connection) else { return false }
    let stored = try rolledUpUsage(of: bucketID)
    let at = SQLiteValue.integer(newest.at.millisecondsSinceEpoch)
    let isSound = try hasStoredClasses(newest, bucketID)
    // A point that is missing tells no sync: what was listed since is not known.
    guard newest.isOfToday, newest.point != stored || !isSound else { return false }
    try recordClasses(of: bucketID, at: newest.at.millisecondsSinceEpoch)
    try connection.run(
      "UPDATE usage_point SET objects = ?3, bytes = ?4 WHERE bucket_id = ?1 AND at_ms = ?2",
      .integer(bucketID), at, .integer(stored.objects), .integer(stored.bytes))
    return true
  }

  /// A moment at which the whole and its classes differ; nil where nothing is left of one.
  private struct BrokenPoint {
    var at: Timestamp
    var whole: Usage?
    var classes: Usage?
  }

  private func brokenPoints(of bucketID: Int64) throws -> [BrokenPoint] {
    try SaturatingSQL.trying { sum in
      try connection.all(Self.selectBrokenPoints(sum), .integer(bucketID)) { row in
        BrokenPoint(
          at: Timestamp(millisecondsSinceEpoch: row.int64(at: 0)),
          whole: row.isNull(at: 1)
            ? nil : Usage(objects: row.int64(at: 1), bytes: row.int64(at: 2)),
          classes: row.isNull(at: 3)
            ? nil : Usage(objects: row.int64(at: 3), bytes: row.int64(at: 4)))
      }
    }
  }

  /// Moments that have only a part of what is recorded of one, each with the one whose figures it makes right: a moment was
  /// changed in some rows.
  private static func severed(_ points: [BrokenPoint]) -> [(part: BrokenPoint, whole: BrokenPoint)]
  {
    let parts = points.filter { $0.whole == nil }
    return points.compactMap { point in
      guard let whole = point.whole else { return nil }
      let missing = whole - (point.classes ?? Usage())
      let fitting = parts.filter { $0.classes == missing }
      guard fitting.count == 1, let part = fitting.first else { return nil }
      // All classes say the same moment: that of the sum is the odd one.
      return point.classes == nil ? (point, part) : (part, point)
    }
  }

  private func rejoin(_ part: BrokenPoint, _ whole: BrokenPoint, of bucketID: Int64) throws {
    for table in ["usage_history", "usage_point"] {
      try connection.run(
        "UPDATE OR IGNORE \(table) SET at_ms = ?3 WHERE bucket_id = ?1 AND at_ms = ?2",
        .integer(bucketID), .integer(part.at.millisecondsSinceEpoch),
        .integer(whole.at.millisecondsSinceEpoch))
    }
  }

  /// What is left of a moment is kept; where both are, and differ, nobody knows which is right.
  private func mend(_ point: BrokenPoint, of bucketID: Int64) throws -> RepairStep {
    switch (point.whole, point.classes) {
    case (nil, let classes?):
      try connection.run(
        Self.insertPoint, .integer(bucketID), .integer(point.at.millisecondsSinceEpoch),
        .integer(classes.objects), .integer(classes.bytes), .state(CrawlRowState.complete))
      return Self.step(bucketID, point.at, "its sum was counted again from its classes")
    case (let whole?, nil):
      try connection.run(
        "INSERT INTO usage_history (bucket_id, at_ms, storage_class_id, objects, bytes)"
          + " VALUES (?1, ?2, ?3, ?4, ?5)", .integer(bucketID),
        .integer(point.at.millisecondsSinceEpoch), .integer(try storageClassID(of: "UNKNOWN")),
        .integer(whole.objects), .integer(whole.bytes))
      return Self.step(bucketID, point.at, "its classes are not known", losesPast: true)
    default:
      try leaveGap(at: point.at, of: bucketID)
      return Self.step(bucketID, point.at, "a gap now", losesPast: true)
    }
  }

  private static func step(
    _ bucketID: Int64, _ moment: Timestamp, _ text: String, losesPast: Bool = false
  ) -> RepairStep {
    RepairStep(
      bucketID: bucketID, text: "history of \(moment.iso8601): \(text)", losesPast: losesPast)
  }

  /// A night that is not known is a gap.
  private func leaveGap(at moment: Timestamp, of bucketID: Int64) throws {
    let at = SQLiteValue.integer(moment.millisecondsSinceEpoch)
    for table in ["usage_point", "usage_history"] {
      try connection.run(
        "DELETE FROM \(table) WHERE bucket_id = ?1 AND at_ms = ?2", .integer(bucketID), at)
    }
    try connection.run(
      Self.insertLostGap, .integer(bucketID), at, .state(BucketState.partial))
  }

  private static let insertPoint = """
    INSERT INTO usage_point (bucket_id, at_ms, sync_id, objects, bytes)
    SELECT ?1, ?2, (
        SELECT max(sync_crawl.sync_id) FROM crawl JOIN sync_crawl ON sync_crawl.crawl_id = crawl.id
        WHERE crawl.bucket_id = ?1 AND crawl.started_ms = ?2 AND crawl.prefix = ''
          AND crawl.state = ?5),
      ?3, ?4
    """

  private static func selectBrokenPoints(_ sum: SaturatingSQL) -> String {
    """
    SELECT coalesce(point.at_ms, sums.at_ms), point.objects, point.bytes, sums.objects, sums.bytes
    FROM (SELECT * FROM usage_point WHERE bucket_id = ?1) AS point
    FULL JOIN (
      SELECT at_ms, \(sum.text(of: "objects")) AS objects, \(sum.text(of: "bytes")) AS bytes
      FROM usage_history WHERE bucket_id = ?1 GROUP BY at_ms
    ) AS sums ON sums.at_ms = point.at_ms
    WHERE point.objects IS NOT coalesce(sums.objects, 0)
      OR point.bytes IS NOT coalesce(sums.bytes, 0)
    """
  }

  private static let insertLostGap = """
    INSERT OR REPLACE INTO usage_gap (bucket_id, at_ms, sync_id, state)
    VALUES (?1, ?2, NULL, ?3)
    """

  /// What prefixes were at the newest crawl is taken from where it is kept to compare with.
  private func repairRecordedPrefixes(of bucketID: Int64) throws -> Bool {
    let rows = connection.rowsChangedInAll
    for sql in Self.repairPrefixes { try connection.run(sql, .integer(bucketID)) }
    return connection.rowsChangedInAll > rows
  }

  private static let lastPrefixes = """
    (SELECT depth, prefix, objects, bytes, max(at_ms) AS at_ms FROM prefix_usage_history
      WHERE bucket_id = ?1 GROUP BY depth, prefix)
    """

  private static let repairPrefixes = [
    """
    INSERT OR REPLACE INTO prefix_usage_history (bucket_id, depth, prefix, at_ms, objects, bytes)
    SELECT ?1, recorded.depth, recorded.prefix, newest.at_ms, recorded.objects, recorded.bytes
    FROM prefix_usage_recorded AS recorded
    JOIN (SELECT max(at_ms) AS at_ms FROM usage_point WHERE bucket_id = ?1) AS newest
    LEFT JOIN \(lastPrefixes) AS last
      ON last.depth = recorded.depth AND last.prefix = recorded.prefix
    WHERE recorded.bucket_id = ?1 AND newest.at_ms IS NOT NULL
      AND (last.objects IS NOT recorded.objects OR last.bytes IS NOT recorded.bytes)
    """,
    """
    INSERT OR REPLACE INTO prefix_usage_recorded (bucket_id, depth, prefix, objects, bytes)
    SELECT ?1, last.depth, last.prefix, last.objects, last.bytes
    FROM \(lastPrefixes) AS last LEFT JOIN prefix_usage_recorded AS recorded
      ON recorded.bucket_id = ?1 AND recorded.depth = last.depth AND recorded.prefix = last.prefix
    WHERE recorded.objects IS NULL AND last.objects > 0
    """,
  ]
}
