internal import SQLite
internal import Vocabulary

extension IndexWriter {
  /// Whether the user wants versions of a bucket listed, as last remembered; nil where nobody said.
  package func listsVersions(of name: String, endpoint: String) throws -> Bool? {
    try connection.first(
      "SELECT lists_versions FROM bucket WHERE name = ?1 AND endpoint = ?2", .text(name),
      .text(endpoint)
    ) { $0.optionalInt64(at: 0).map { $0 != 0 } } ?? nil
  }

  /// Whether the index has noncurrent versions or delete markers of a bucket.
  package func holdsVersions(of name: String, endpoint: String) throws -> Bool {
    try connection.first(
      """
      SELECT 1 FROM version_usage JOIN bucket ON bucket.id = version_usage.bucket_id
      WHERE bucket.name = ?1 AND bucket.endpoint = ?2 LIMIT 1
      """, .text(name), .text(endpoint)
    ) { _ in true } ?? false
  }

  /// Remembers whether later syncs are to list versions of a bucket; nil where nobody said.
  package func rememberVersions(_ wish: Bool?, ofBucket id: Int64) throws {
    try inBatch { try BucketRow(id: id).setListsVersions(wish, in: connection) }
  }

  /// Removes the versions, delete markers and uploads of a bucket that was deleted and made again: they
  /// are gone with it.
  func forgetVersions(of bucketID: Int64) throws {
    for table in ["object_version", "version_usage", "prefix_version_usage", "upload"] {
      try connection.run("DELETE FROM \(table) WHERE bucket_id = ?1", .integer(bucketID))
    }
  }

  /// How long before a listing of versions an object must have been written for its version id to be
  /// sure: clocks may differ by a quarter of an hour where requests are signed (API Reference,
  /// RequestTimeTooSkewed), and times are whole seconds.
  private static let doubtMilliseconds: Int64 = 15 * 60_000

  /// Forgets the id of an object that looks like an older version of its key: when the newer one is
  /// deleted, a listing of objects shows no difference.
  private func forgetAmbiguousIDs(of bucketID: Int64) throws {
    try connection.run(
      """
      UPDATE object SET version_id = ''
      WHERE bucket_id = ?1 AND version_id IS NOT '' AND key IN (
        SELECT old.key FROM object_version AS old
        JOIN object AS new ON new.bucket_id = old.bucket_id AND new.key = old.key
        WHERE old.bucket_id = ?1 AND old.kind = 0 AND new.size = old.size
          AND new.etag = old.etag AND new.last_modified_ms = old.last_modified_ms)
      """, .integer(bucketID))
  }

  /// Adds to ranges that are taken up the last entries that are stored up to their cursors.
  ///
  /// A range that has listed nothing goes on by the entries of its neighbour, where that is done: else the
  /// neighbour's end tells how it begins.
  func noteLastEntries(
    of ranges: inout [CrawlRange], bucketID: Int64, prefix: Key
  ) throws {
    for index in ranges.indices where !ranges[index].isDone && !ranges[index].cursor.isStart {
      let range = ranges[index]
      guard range.cursor > range.lo || index > 0 && ranges[index - 1].isDone else { continue }
      ranges[index].lastEntries = try lastEntries(
        upTo: range.cursor, bucketID: bucketID, prefix: prefix)
    }
  }

  /// Adds to ranges what is stored of their beginnings, where the range before has yet to vouch for them.
  func noteFirstEntries(
    of ranges: inout [CrawlRange], bucketID: Int64, prefix: Key, ofVersions: Bool
  ) throws {
    for index in ranges.indices.dropFirst() where !ranges[index - 1].isDone {
      let range = ranges[index]
      guard range.isDone || range.cursor > range.lo else { continue }
      let listed = KeyInterval(prefix: prefix).limited(
        after: range.lo, through: range.isDone ? range.hi : range.cursor)
      ranges[index].firstEntries = try connection.all(
        ofVersions ? Self.selectFirstVersions : Self.selectFirstObjects, .integer(bucketID),
        .text(listed.lower.bytes), listed.upperBound, .integer(Int64(CrawlRange.firstEntriesMax))
      ) { row in
        ListedVersion(
          key: Key(row.bytes(at: 0)), versionID: row.optionalString(at: 1) ?? "null",
          isMarker: false)
      }
    }
  }

  private static let selectFirstObjects = """
    SELECT key, '' FROM object WHERE bucket_id = ?1 AND key >= ?2 AND key < ?3
    ORDER BY key LIMIT ?4
    """

  /// An object is its key's newest entry.
  private static let selectFirstVersions = """
    SELECT * FROM (
      SELECT key, version_id, NULL AS rank FROM object
      WHERE bucket_id = ?1 AND key >= ?2 AND key < ?3 ORDER BY key LIMIT ?4)
    UNION ALL
    SELECT * FROM (
      SELECT key, version_id, rank FROM object_version
      WHERE bucket_id = ?1 AND key >= ?2 AND key < ?3 ORDER BY key, rank LIMIT ?4)
    ORDER BY key, rank LIMIT ?4
    """

  private func lastEntries(
    upTo cursor: Key, bucketID: Int64, prefix: Key
  ) throws -> [ListedVersion] {
    let entries = try connection.all(
      Self.selectLastEntries, .integer(bucketID), .text(prefix.bytes), .text(cursor.bytes),
      .integer(Int64(VersionKind.noncurrent.rawValue))
    ) { row in
      row.optionalString(at: 1).map { id in
        ListedVersion(key: Key(row.bytes(at: 0)), versionID: id, isMarker: row.int64(at: 2) != 0)
      }
    }
    // Before an object whose id is not known nothing is of use.
    return entries.prefix { $0 != nil }.compactMap(\.self).reversed()
  }

  /// The last ones first: an object is its key's newest.
  private static let selectLastEntries = """
    SELECT * FROM (
      SELECT key, version_id, 0, NULL AS rank FROM object
      WHERE bucket_id = ?1 AND key >= ?2 AND key <= ?3
      ORDER BY key DESC LIMIT 8)
    UNION ALL
    SELECT * FROM (
      SELECT key, version_id, kind <> ?4, rank FROM object_version
      WHERE bucket_id = ?1 AND key >= ?2 AND key <= ?3
      ORDER BY key DESC, rank DESC LIMIT 8)
    ORDER BY key DESC, rank DESC LIMIT 8
    """

  /// Adds to a plan what it has to know of versions, and notes that they are being listed.
  func prepareVersions(
    of plan: inout CrawlPlan, listsVersions: Bool, hasNoVersions: Bool
  ) throws {
    (plan.listsVersions, plan.hasNoVersions) = (listsVersions, hasNoVersions)
    // All of its objects have the same id, which no row has to say.
    if hasNoVersions { return }
    plan.nullIDsBefore =
      try connection.first(
        "SELECT null_ids_before_ms FROM bucket WHERE id = ?1", .integer(plan.bucketID)
      ) { $0.timestamp(at: 0) } ?? nil
    if listsVersions {
      try plan.bucketRow.setVersionsBegun(at: plan.startedAt, in: connection)
      plan.versionsInIndex = try rolledUpVersions(of: plan.bucketID).rows
      return
    }
    // Ids that a later listing read are believed as little as those of this one: it may not have come
    // to its end.
    let begun = try connection.first(
      "SELECT coalesce(versions_synced_ms, versions_begun_ms) FROM bucket WHERE id = ?1",
      .integer(plan.bucketID)
    ) { $0.optionalInt64(at: 0) }
    // A bucket whose versions were never listed pays nothing: no object of it has an id.
    guard let begun = begun ?? nil else { return }
    try forgetAmbiguousIDs(of: plan.bucketID)
    plan.versionIDsHoldBefore = Timestamp(
      millisecondsSinceEpoch: begun.minus(Self.doubtMilliseconds))
  }

  /// Notes at the end of a crawl that no object of its bucket has another version id than `null`.
  ///
  /// `idsStored` is how many rows of the crawl's keys say something else: they are of plain crawls in
  /// between, or of a bucket of the same name. What is stored of other keys was in the bucket once, when
  /// versioning had not been on either.
  func noteNullIDs(_ plan: CrawlPlan, idsStored: Int64) throws {
    let interval = KeyInterval(prefix: plan.prefix)
    if idsStored > 0 {
      try connection.run(
        """
        UPDATE object SET version_id = NULL
        WHERE bucket_id = ?1 AND key >= ?2 AND key < ?3 AND version_id IS NOT NULL
        """, .integer(plan.bucketID), .text(interval.lower.bytes), interval.upperBound)
    }
    try plan.bucketRow.setNullIDsBeforeNow(in: connection)
    try plan.bucketRow.setVersionsBegun(at: plan.startedAt, in: connection)
    // It says as much as a listing of versions, also of a prefix.
    try connection.run("UPDATE crawl SET versions = 1 WHERE id = ?1", .integer(plan.crawlID))
  }
}
