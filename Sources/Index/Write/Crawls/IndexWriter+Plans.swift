internal import SQLite
package import Vocabulary

extension IndexWriter {
  /// The plan of a crawl that an earlier sync did not finish; nil without one that is young enough.
  ///
  /// A crawl of versions takes up only such a crawl, and one of objects none of them.
  func resumedPlan(
    bucketID: Int64, prefix: Key, listsVersions: Bool, resumeAfter: Timestamp?
  ) throws -> CrawlPlan? {
    let unfinished = try connection.first(
      """
      SELECT id, started_ms, journaled, ordered, versions FROM crawl
      WHERE bucket_id = ?1 AND prefix = ?2 AND state IN (?3, ?4)
        AND id > coalesce((SELECT max(id) FROM crawl AS done
          WHERE done.bucket_id = ?1 AND done.prefix = ?2 AND done.state = ?5), 0)
      ORDER BY id DESC LIMIT 1
      """, .integer(bucketID), .text(prefix.bytes), .state(CrawlRowState.running),
      .state(CrawlRowState.failed), .state(CrawlRowState.complete)
    ) { row in
      (
        row.int64(at: 0), row.int64(at: 1), row.int64(at: 2) != 0, row.int64(at: 3) != 0,
        row.int64(at: 4) != 0
      )
    }
    guard let (crawlID, started, isJournaled, isOrdered, hasVersions) = unfinished else {
      return nil
    }
    var ranges = try ranges(of: crawlID)
    // A clock that was wrong then tells no age.
    let youngest = now().millisecondsSinceEpoch
    let oldest = resumeAfter?.millisecondsSinceEpoch ?? .max
    guard isOrdered, hasVersions == listsVersions, oldest <= started, started <= youngest,
      !ranges.isEmpty
    else {
      try connection.run(
        "UPDATE crawl SET state = ?2, finished_ms = ?3 WHERE id = ?1", .integer(crawlID),
        .state(CrawlRowState.abandoned), .integer(now().millisecondsSinceEpoch))
      try forgetProgress(of: crawlID)
      return nil
    }
    try noteFirstEntries(
      of: &ranges, bucketID: bucketID, prefix: prefix, ofVersions: listsVersions)
    if listsVersions { try noteLastEntries(of: &ranges, bucketID: bucketID, prefix: prefix) }
    try connection.run(
      "UPDATE crawl SET state = ?2, error = NULL WHERE id = ?1", .integer(crawlID),
      .state(CrawlRowState.running))
    return CrawlPlan(
      crawlID: crawlID, bucketID: bucketID, prefix: prefix, ranges: ranges,
      startedAt: Timestamp(millisecondsSinceEpoch: started),
      isResumed: ranges.contains {
        $0.isDone || $0.cursor > $0.lo
      }, isJournaled: isJournaled, objectsInIndex: try objectsInIndex(of: bucketID),
      marks: try marks(of: bucketID, prefix: prefix))
  }

  /// The plan of a crawl that begins at the beginning.
  ///
  /// `startedAt` is when what is listed was so, where that is not now.
  func newPlan(
    bucketID: Int64, prefix: Key, listsVersions: Bool, startedAt: Timestamp? = nil
  ) throws -> CrawlPlan {
    let started = startedAt ?? now()
    // Changes are told against a complete picture of the same keys; without one, all would be new.
    let complete = try connection.all(
      "SELECT prefix FROM crawl WHERE bucket_id = ?1 AND state = ?2", .integer(bucketID),
      .state(CrawlRowState.complete)
    ) { $0.bytes(at: 0) }
    let isJournaled = complete.contains { prefix.bytes.starts(with: $0) }
    try connection.run(
      """
      INSERT INTO crawl (bucket_id, prefix, state, started_ms, journaled, versions)
      VALUES (?1, ?2, ?3, ?4, ?5, ?6)
      """, .integer(bucketID), .text(prefix.bytes), .state(CrawlRowState.running),
      .integer(started.millisecondsSinceEpoch), .integer(isJournaled ? 1 : 0),
      .integer(listsVersions ? 1 : 0))
    let crawlID = connection.lastInsertRowID
    let range = CrawlRange(lo: .start, hi: nil, cursor: .start)
    try insertWholeRange(of: crawlID)
    return CrawlPlan(
      crawlID: crawlID, bucketID: bucketID, prefix: prefix, ranges: [range], startedAt: started,
      isResumed: false, isJournaled: isJournaled, objectsInIndex: try objectsInIndex(of: bucketID),
      marks: try marks(of: bucketID, prefix: prefix), isOrdered: try wasOrdered(bucketID))
  }

  /// Whether the last complete crawl of a bucket, or of a part of it, found an order.
  private func wasOrdered(_ bucketID: Int64) throws -> Bool {
    try connection.first(
      """
      SELECT ordered FROM crawl WHERE bucket_id = ?1 AND state = ?2
      ORDER BY id DESC LIMIT 1
      """, .integer(bucketID), .state(CrawlRowState.complete)
    ) { $0.int64(at: 0) != 0 } ?? true
  }

  func ranges(of crawlID: Int64) throws -> [CrawlRange] {
    try Self.ranges(of: crawlID, in: connection)
  }

  static func ranges(
    of crawlID: Int64, in connection: borrowing Connection
  ) throws -> [CrawlRange] {
    try connection.all(
      """
      SELECT lo, hi, cursor, objects, done, versions FROM crawl_range
      WHERE crawl_id = ?1 ORDER BY lo
      """,
      .integer(crawlID)
    ) { row in
      var range = CrawlRange(
        lo: Key(row.bytes(at: 0)), hi: row.isNull(at: 1) ? nil : Key(row.bytes(at: 1)),
        cursor: Key(row.bytes(at: 2)), objects: row.int64(at: 3), isDone: row.int64(at: 4) != 0)
      range.versions = row.int64(at: 5)
      return range
    }
  }

  private func objectsInIndex(of bucketID: Int64) throws -> Int64 {
    try rolledUpUsage(of: bucketID).objects
  }

  /// What the rollups say of a whole bucket.
  func rolledUpUsage(of bucketID: Int64) throws -> Usage {
    try Self.rolledUpUsage(of: bucketID, in: connection)
  }

  static func rolledUpUsage(
    of bucketID: Int64, in connection: borrowing Connection
  ) throws -> Usage {
    try connection.all(
      "SELECT objects, bytes FROM bucket_usage WHERE bucket_id = ?1", .integer(bucketID)
    ) { Usage(objects: $0.int64(at: 0), bytes: $0.int64(at: 1)) }
    .reduce(into: Usage()) { $0 += $1 }
  }

  /// What they say of its objects under 128 KiB.
  func rolledUpSmallUsage(of bucketID: Int64) throws -> Usage {
    try connection.all(
      "SELECT small_objects, small_bytes FROM bucket_usage WHERE bucket_id = ?1",
      .integer(bucketID)
    ) { Usage(objects: $0.int64(at: 0), bytes: $0.int64(at: 1)) }
    .reduce(into: Usage()) { $0 += $1 }
  }
}

// MARK: - Crawls that need no plan

extension IndexWriter {
  /// Whether a bucket was listed to its end by a sync that was interrupted afterwards.
  ///
  /// The syncs that count are those in a row just before `syncID` that did not come to their end;
  /// the crawl must have ended after `since`, and not in the future, where a clock that was wrong
  /// then puts it.
  package func hasFinished(
    _ identity: BucketIdentity, prefix: Key, before syncID: Int64, since: Timestamp,
    listsVersions: Bool = false
  ) throws -> Bool {
    guard try !hasBeenMadeAnew(identity) else { return false }
    let found = try connection.first(
      Self.finishedCrawl, .text(identity.name), .text(identity.endpoint), .text(prefix.bytes),
      .integer(syncID), .integer(since.millisecondsSinceEpoch),
      .integer(now().millisecondsSinceEpoch), .state(BucketState.complete),
      .state(CrawlRowState.complete), .state(SyncState.interrupted), .state(SyncState.failed),
      .integer(listsVersions ? 1 : 0)
    ) { _ in true }
    return found ?? false
  }

  private static let finishedCrawl = """
    SELECT 1
    FROM bucket
    JOIN crawl ON crawl.bucket_id = bucket.id
    JOIN sync_crawl ON sync_crawl.crawl_id = crawl.id
    WHERE bucket.name = ?1 AND bucket.endpoint = ?2 AND bucket.state = ?7
      AND crawl.prefix = ?3 AND crawl.state = ?8
      AND (crawl.versions >= ?11 OR bucket.versions_synced_ms = crawl.started_ms)
      AND crawl.finished_ms BETWEEN ?5 AND ?6
      AND sync_crawl.sync_id < ?4
      AND sync_crawl.sync_id > coalesce(
        (SELECT max(id) FROM sync WHERE id < ?4 AND state NOT IN (?9, ?10)), 0)
    LIMIT 1
    """
}
