internal import SQLite
internal import Vocabulary

extension IndexWriter {
  /// Makes the history of a bucket one of what both indexes recorded, each moment once.
  func joinPast(of otherID: Int64, into bucketID: Int64, isNew: Bool) throws {
    let before = try moments(of: bucketID)
    let bucket = SQLiteValue.integer(bucketID)
    // The sum of a moment tells whether its classes are known.
    for sql in Self.copyPast { try connection.run(sql, bucket, .integer(otherID)) }
    guard try moments(of: bucketID) != before else { return }
    guard !isNew, !before.isEmpty else {
      for sql in Self.copyPrefixes { try connection.run(sql, bucket, .integer(otherID)) }
      return
    }
    try PrefixHistoryJoin(
      bucketID: bucketID, otherID: otherID, ownMoments: before.map(\.millisecondsSinceEpoch)
    ).run(connection)
    try thinHistory(of: bucketID)
  }

  private func moments(of bucketID: Int64) throws -> [Timestamp] {
    try connection.all(
      "SELECT at_ms FROM main.usage_point WHERE bucket_id = ?1 ORDER BY at_ms", .integer(bucketID)
    ) { Timestamp(millisecondsSinceEpoch: $0.int64(at: 0)) }
  }

  private static let copyPast = [
    """
    INSERT OR IGNORE INTO main.usage_history (bucket_id, at_ms, storage_class_id, objects, bytes)
    SELECT ?1, at_ms, class.id, objects, bytes
    FROM other.usage_history AS theirs
    CROSS JOIN joined_class AS class ON class.other_id = storage_class_id
    WHERE bucket_id = ?2 AND NOT EXISTS (
      SELECT 1 FROM main.usage_point AS ours WHERE ours.bucket_id = ?1 AND ours.at_ms = theirs.at_ms)
    """,
    """
    INSERT OR IGNORE INTO main.usage_point
      (bucket_id, at_ms, sync_id, objects, bytes, prefix_depth, prefixes_left_out)
    SELECT ?1, at_ms, known.id, objects, bytes, prefix_depth, prefixes_left_out
    FROM other.usage_point LEFT JOIN joined_sync AS known ON known.other_id = sync_id
    WHERE bucket_id = ?2
    """,
    """
    INSERT OR IGNORE INTO main.usage_gap (bucket_id, at_ms, sync_id, state)
    SELECT ?1, at_ms, known.id, state
    FROM other.usage_gap LEFT JOIN joined_sync AS known ON known.other_id = sync_id
    WHERE bucket_id = ?2
    """,
    // What one of them knows is no gap.
    """
    DELETE FROM main.usage_gap WHERE bucket_id = ?1 AND ?2 > 0 AND at_ms IN (
      SELECT at_ms FROM main.usage_point WHERE bucket_id = ?1)
    """,
  ]

  private static let copyPrefixes = [
    """
    INSERT OR IGNORE INTO main.prefix_usage_history
      (bucket_id, depth, prefix, at_ms, objects, bytes)
    SELECT ?1, depth, prefix, at_ms, objects, bytes FROM other.prefix_usage_history
    WHERE bucket_id = ?2
    """,
    """
    INSERT OR IGNORE INTO main.prefix_usage_recorded (bucket_id, depth, prefix, objects, bytes)
    SELECT ?1, depth, prefix, objects, bytes FROM other.prefix_usage_recorded WHERE bucket_id = ?2
    """,
  ]

  /// How a bucket is set up, as it was read last.
  func joinProperties(of otherID: Int64, into bucketID: Int64) throws {
    try connection.run(Self.copyProperties, .integer(bucketID), .integer(otherID))
  }

  private static let copyProperties = """
    INSERT INTO main.bucket_property (bucket_id, property, state, value, document, error, read_ms)
    SELECT ?1, property, state, value, document, error, read_ms FROM other.bucket_property
    WHERE bucket_id = ?2
    ON CONFLICT DO UPDATE SET
      state = excluded.state, value = excluded.value, document = excluded.document,
      error = excluded.error, read_ms = excluded.read_ms
    WHERE excluded.read_ms > read_ms
    """

  /// What others say of buckets and prices: of a thing, what was asked later.
  func joinWordsOfOthers() throws {
    for sql in Self.copyWords { try connection.run(sql) }
    let lists = try connection.all(
      """
      SELECT id FROM other.price_list AS theirs WHERE name <> '' AND NOT EXISTS (
        SELECT 1 FROM main.price_list AS ours
        WHERE ours.name = theirs.name AND ours.checksum = theirs.checksum)
      """
    ) { $0.int64(at: 0) }
    for id in lists {
      try connection.run(
        """
        INSERT INTO main.price_list (name, checksum, imported_ms)
        SELECT name, checksum, imported_ms FROM other.price_list WHERE id = ?1
        """, .integer(id))
      try connection.run(Self.copyPrices, .integer(id), .integer(connection.lastInsertRowID))
    }
  }

  private static let copyWords = [
    """
    DELETE FROM main.estimate WHERE (endpoint, bucket, region) IN (
      SELECT theirs.endpoint, theirs.bucket, theirs.region FROM other.estimate AS theirs
      JOIN main.estimate AS ours USING (endpoint, bucket, region)
      GROUP BY 1, 2, 3 HAVING max(theirs.asked_ms) > max(ours.asked_ms))
    """,
    """
    INSERT INTO main.estimate SELECT * FROM other.estimate WHERE (endpoint, bucket, region) NOT IN (
      SELECT endpoint, bucket, region FROM main.estimate)
    """,
    """
    DELETE FROM main.actual_cost WHERE (endpoint, account, tag, month) IN (
      SELECT theirs.endpoint, theirs.account, theirs.tag, theirs.month FROM other.actual_cost AS theirs
      JOIN main.actual_cost AS ours USING (endpoint, account, tag, month)
      GROUP BY 1, 2, 3, 4 HAVING max(theirs.asked_ms) > max(ours.asked_ms))
    """,
    """
    INSERT INTO main.actual_cost SELECT * FROM other.actual_cost
    WHERE (endpoint, account, tag, month) NOT IN (
      SELECT endpoint, account, tag, month FROM main.actual_cost)
    """,
  ]

  private static let copyPrices = """
    INSERT INTO main.price (service, region, usage_type, operation, effective_date, list_id, tier_from,
      tier_to, unit, usd, source)
    SELECT service, region, usage_type, operation, effective_date, ?2, tier_from, tier_to, unit, usd, source
    FROM other.price WHERE list_id = ?1
    """
}
