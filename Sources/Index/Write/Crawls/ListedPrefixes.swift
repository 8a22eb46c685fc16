internal import SQLite
internal import Vocabulary

/// The prefixes of one bucket that were listed to their end since all of it was: the rows of table
/// `listed_prefix`, all of which are written here, inside the writer's batch.
struct ListedPrefixes {
  let bucketID: Int64

  private struct Row {
    var prefix: [UInt8]
    var crawlID: Int64
  }

  /// Notes that the keys of a prefix are being listed, or were not listed to their end: whatever has
  /// keys in common with it is no longer of one moment.
  func doubt(
    _ prefix: Key, as state: BucketState, in connection: borrowing Connection
  ) throws {
    for row in try rows(in: connection) where Self.overlap(row.prefix, prefix.bytes) {
      try set(state, of: row, in: connection)
    }
  }

  /// Notes that a crawl listed its prefix to the end.
  func note(_ plan: CrawlPlan, in connection: borrowing Connection) throws {
    for row in try rows(in: connection) where row.prefix.starts(with: plan.prefix.bytes) {
      try remove(row, in: connection)
    }
    try connection.run(
      """
      INSERT INTO listed_prefix (bucket_id, prefix, crawl_id, state, synced_ms)
      VALUES (?1, ?2, ?3, ?4, ?5)
      """, .integer(bucketID), .text(plan.prefix.bytes), .integer(plan.crawlID),
      .state(BucketState.complete), .integer(plan.startedAt.millisecondsSinceEpoch))
    // A larger prefix is as complete as it was before a part of it was listed again, unless another
    // crawl of it has begun since, or stored something, and did not come to its end: a refusal stays
    // until all that was refused has been listed.
    for row in try rows(in: connection)
    where row.prefix != plan.prefix.bytes && plan.prefix.bytes.starts(with: row.prefix) {
      let unfinished = try unfinishedPrefixes(since: row.crawlID, in: connection)
      guard !unfinished.contains(where: { Self.overlap($0, row.prefix) }) else { continue }
      try set(.complete, of: row, in: connection)
    }
  }

  /// All of the bucket was listed, or it is another bucket now.
  func removeAll(in connection: borrowing Connection) throws {
    try connection.run("DELETE FROM listed_prefix WHERE bucket_id = ?1", .integer(bucketID))
  }

  private static func overlap(_ left: [UInt8], _ right: [UInt8]) -> Bool {
    left.starts(with: right) || right.starts(with: left)
  }

  private func rows(in connection: borrowing Connection) throws -> [Row] {
    try connection.all(
      "SELECT prefix, crawl_id FROM listed_prefix WHERE bucket_id = ?1", .integer(bucketID)
    ) { Row(prefix: $0.bytes(at: 0), crawlID: $0.int64(at: 1)) }
  }

  private func set(
    _ state: BucketState, of row: Row, in connection: borrowing Connection
  ) throws {
    try connection.run(
      "UPDATE listed_prefix SET state = ?3 WHERE bucket_id = ?1 AND prefix = ?2",
      .integer(bucketID), .text(row.prefix), .state(state))
  }

  private func remove(_ row: Row, in connection: borrowing Connection) throws {
    try connection.run(
      "DELETE FROM listed_prefix WHERE bucket_id = ?1 AND prefix = ?2", .integer(bucketID),
      .text(row.prefix))
  }

  private func unfinishedPrefixes(
    since crawlID: Int64, in connection: borrowing Connection
  ) throws -> [[UInt8]] {
    try connection.all(
      Self.selectUnfinished, .integer(bucketID), .integer(crawlID),
      .state(CrawlRowState.running), .state(CrawlRowState.failed)
    ) { $0.bytes(at: 0) }
  }

  /// Crawls that began later, and older ones that were taken up again later.
  private static let selectUnfinished = """
    SELECT DISTINCT crawl.prefix
    FROM crawl LEFT JOIN sync_crawl ON sync_crawl.crawl_id = crawl.id
    WHERE crawl.bucket_id = ?1 AND crawl.state IN (?3, ?4) AND (crawl.id > ?2 OR sync_crawl.sync_id >
      coalesce((SELECT max(sync_id) FROM sync_crawl WHERE crawl_id = ?2), 0))
    """
}

extension CrawlPlan {
  /// The prefixes of the bucket that is crawled.
  var listedPrefixes: ListedPrefixes { ListedPrefixes(bucketID: bucketID) }
}
