internal import SQLite
internal import Vocabulary

extension IndexWriter {
  /// Removes the rows that a crawl listed in its ranges, with their share of the sums.
  ///
  /// They are read one after another: there may be many.
  func removeListed(_ ranges: [CrawlRange], _ plan: CrawlPlan) throws {
    var newestMs: Int64?
    for range in ranges {
      // A range that is done was compared up to its end.
      let end = range.isDone ? range.hi : range.cursor
      guard end != range.lo else { continue }
      let interval = KeyInterval(prefix: plan.prefix).limited(after: range.lo, through: end)
      let newestOfRange = try removeObjects(in: interval, of: plan.bucketID)
      newestMs = [newestMs, newestOfRange].compactMap(\.self).max()
      if plan.listsVersions { try removeVersions(in: interval, of: plan.bucketID) }
    }
    try flushSums()
    bytesOfBuckets[plan.bucketID] = nil
    if let newestMs { try plan.bucketRow.doubtNewest(milliseconds: newestMs, in: connection) }
  }

  /// - Returns: the latest time of an object that goes; nil when none does.
  private func removeObjects(in interval: KeyInterval, of bucketID: Int64) throws -> Int64? {
    var newestMs: Int64?
    try connection.withStatement(
      """
      SELECT key, size, last_modified_ms, storage_class_id FROM object
      WHERE bucket_id = ?1 AND key >= ?2 AND key < ?3 ORDER BY key
      """
    ) { rows in
      try bind(interval, of: bucketID, to: &rows)
      var count = 0
      while try rows.step() {
        newestMs = max(newestMs ?? .min, rows.int64(at: 2))
        rows.withText(at: 0) { key in
          deltas.add(
            bucketID: bucketID, storageClassID: rows.int64(at: 3), key: key, objects: -1,
            bytes: Int64(0).minus(rows.int64(at: 1)))
        }
        count += 1
        if count.isMultiple(of: Self.rowsBetweenSums) { try flushSums() }
      }
    }
    try connection.withStatement(
      "DELETE FROM object WHERE bucket_id = ?1 AND key >= ?2 AND key < ?3"
    ) { statement in
      try bind(interval, of: bucketID, to: &statement)
      try statement.run()
    }
    return newestMs
  }

  private func removeVersions(in interval: KeyInterval, of bucketID: Int64) throws {
    try connection.withStatement(VersionMerge.selectRows) { rows in
      try bind(interval, of: bucketID, to: &rows)
      var count = 0
      while try rows.step() {
        let share = StoredVersion.share(of: rows)
        rows.withText(at: 0) { key in
          versionDeltas.add(
            bucketID: bucketID, storageClassID: share.storageClassID, key: key,
            objects: share.isMarker ? 0 : -1, bytes: Int64(0).minus(share.bytes),
            markers: share.isMarker ? -1 : 0)
        }
        count += 1
        if count.isMultiple(of: Self.rowsBetweenSums) { try flushSums() }
      }
    }
    try connection.withStatement(
      "DELETE FROM object_version WHERE bucket_id = ?1 AND key >= ?2 AND key < ?3"
    ) { statement in
      try bind(interval, of: bucketID, to: &statement)
      try statement.run()
    }
  }

  private static let rowsBetweenSums = 65_536

  private func flushSums() throws {
    try deltas.flush(to: connection)
    try versionDeltas.flush(to: connection)
  }

  private func bind(
    _ interval: KeyInterval, of bucketID: Int64, to statement: inout Statement
  ) throws {
    try statement.bind(bucketID, at: 1)
    try statement.bind(text: interval.lower.bytes, at: 2)
    try statement.bind(interval.upperBound, at: 3)
  }
}
