internal import SQLite
internal import Vocabulary

/// The prefixes of one bucket that were listed to their end since all of it was: the rows of table
/// `listed_prefix`, all of which are written here, inside the writer's batch.
struct ListedPrefixes {
  let bucketID: Int64

  /// Notes that the keys of a prefix are being listed, or were not listed to their end: what was listed
  /// within it is no longer of one moment.
  ///
  /// A wider listing keeps its state: that a part of it is in doubt, and which, is told by the crawl itself.
  func doubt(
    _ prefix: Key, as state: BucketState, in connection: borrowing Connection
  ) throws {
    for row in try prefixes(in: connection) where row.starts(with: prefix.bytes) {
      try connection.run(
        "UPDATE listed_prefix SET state = ?3 WHERE bucket_id = ?1 AND prefix = ?2",
        .integer(bucketID), .text(row), .state(state))
    }
  }

  /// Notes that a crawl listed its prefix to the end.
  func note(_ plan: CrawlPlan, in connection: borrowing Connection) throws {
    for row in try prefixes(in: connection) where row.starts(with: plan.prefix.bytes) {
      try connection.run(
        "DELETE FROM listed_prefix WHERE bucket_id = ?1 AND prefix = ?2", .integer(bucketID),
        .text(row))
    }
    try connection.run(
      """
      INSERT INTO listed_prefix (bucket_id, prefix, crawl_id, state, synced_ms)
      VALUES (?1, ?2, ?3, ?4, ?5)
      """, .integer(bucketID), .text(plan.prefix.bytes), .integer(plan.crawlID),
      .state(BucketState.complete), .integer(plan.startedAt.millisecondsSinceEpoch))
  }

  /// All of the bucket was listed, or it is another bucket now.
  func removeAll(in connection: borrowing Connection) throws {
    try connection.run("DELETE FROM listed_prefix WHERE bucket_id = ?1", .integer(bucketID))
  }

  private func prefixes(in connection: borrowing Connection) throws -> [[UInt8]] {
    try connection.all(
      "SELECT prefix FROM listed_prefix WHERE bucket_id = ?1", .integer(bucketID)
    ) { $0.bytes(at: 0) }
  }
}

extension CrawlPlan {
  /// The prefixes of the bucket that is crawled.
  var listedPrefixes: ListedPrefixes { ListedPrefixes(bucketID: bucketID) }
}
