internal import SQLite
internal import Vocabulary

// What a damaged file, or an index, says twice of the rows that it holds. A scan of a damaged table may end early, or read
// other values, without an error: only what was kept of the rows elsewhere tells.

extension IndexWriter {
  /// Whether all that a damaged file kept of a bucket's rows says of those in this index that they are right.
  func isWitnessed(_ bucketID: Int64, by damaged: borrowing Connection) throws -> Bool {
    do {
      for table in SumTable.all
      where try !table.isSame(in: damaged, and: connection, of: bucketID) {
        return false
      }
      let count = "SELECT count(*) FROM upload WHERE +bucket_id = ?1"
      let uploads = try damaged.first(count, .integer(bucketID)) { $0.int64(at: 0) }
      let copied = try connection.first(count, .integer(bucketID)) { $0.int64(at: 0) }
      guard copied == uploads else { return false }
    } catch let error as SQLiteError where error.isUnreadable {
      return false
    }
    guard let newest = try NewestPoint(of: bucketID, in: connection) else { return true }
    guard newest.point != nil else { return false }
    return try !newest.isOfToday || isOfStoredObjects(newest, bucketID)
  }

  /// Whether what was recorded at the end of the newest complete crawl says of the rows that they are right.
  func rowsHaveWitness(_ bucketID: Int64) throws -> Bool {
    guard let newest = try NewestPoint(of: bucketID, in: connection), newest.isOfToday
    else { return false }
    return try isOfStoredObjects(newest, bucketID)
  }

  /// In all and by class.
  private func isOfStoredObjects(_ newest: NewestPoint, _ bucketID: Int64) throws -> Bool {
    try newest.point == rolledUpUsage(of: bucketID) && hasStoredClasses(newest, bucketID)
  }

  /// Whether the classes recorded then are those of today's sums.
  func hasStoredClasses(_ newest: NewestPoint, _ bucketID: Int64) throws -> Bool {
    try connection.first(
      Self.countDifferentClasses, .integer(bucketID),
      .integer(newest.at.millisecondsSinceEpoch)
    ) { $0.int64(at: 0) } == 0
  }

  /// Whether what was recorded then says the same in all and by class.
  func agreesWithItsClasses(_ newest: NewestPoint, _ bucketID: Int64) throws -> Bool {
    let classes = try connection.all(
      "SELECT objects, bytes FROM usage_history WHERE bucket_id = ?1 AND at_ms = ?2",
      .integer(bucketID), .integer(newest.at.millisecondsSinceEpoch)
    ) { (objects: $0.int64(at: 0), bytes: $0.int64(at: 1)) }
    return newest.point
      == Usage(
        objects: classes.lazy.map(\.objects).saturatedSum(),
        bytes: classes.lazy.map(\.bytes).saturatedSum())
  }

  private static let countDifferentClasses = """
    SELECT count(*) FROM (SELECT * FROM bucket_usage WHERE bucket_id = ?1) AS now
    FULL JOIN (SELECT * FROM usage_history WHERE bucket_id = ?1 AND at_ms = ?2) AS kept
      ON kept.storage_class_id = now.storage_class_id
    WHERE kept.objects IS NOT now.objects OR kept.bytes IS NOT now.bytes
    """

  /// What a bucket's row says of its newest object.
  func newestObject(of bucketID: Int64) throws -> NewestObject {
    try connection.first(
      "SELECT newest_object_ms, newest_is_stale FROM bucket WHERE id = ?1", .integer(bucketID)
    ) { NewestObject(moment: $0.timestamp(at: 0), isStale: $0.int64(at: 1) != 0) }
      ?? NewestObject(moment: nil, isStale: true)
  }
}

/// When the newest object of a bucket was written; stale where it may be one that is gone.
struct NewestObject {
  var moment: Timestamp?
  var isStale: Bool

  func isSame(as other: NewestObject) -> Bool { isStale || moment == other.moment }
}
