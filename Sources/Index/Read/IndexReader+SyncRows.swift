internal import SQLite
package import Vocabulary

/// One sync, with the sums of all that it listed.
package struct SyncRow: Equatable, Sendable {
  package var id: Int64
  package var started: Timestamp
  /// Nil while it runs, or when its process was killed.
  package var finished: Timestamp?
  package var state: SyncState
  package var requests: Int64
  package var retries: Int64
  package var counts: Counts

  package struct Counts: Equatable, Sendable {
    package var buckets: Int64 = 0
    /// Buckets and prefixes that were not listed to their end.
    package var failed: Int64 = 0
    package var objects: Int64 = 0
    package var added: Int64 = 0
    package var changed: Int64 = 0
    package var removed: Int64 = 0
  }
}

extension IndexReader {
  /// Hands every sync to `body`, the last one first, until it returns false.
  package func syncs(_ body: (SyncRow) throws -> Bool) throws {
    try connection.withStatement(Self.selectSyncs) { statement in
      while try statement.step() {
        let id = statement.int64(at: 0)
        let row = SyncRow(
          id: id, started: Timestamp(millisecondsSinceEpoch: statement.int64(at: 1)),
          finished: statement.timestamp(at: 2),
          state: SyncState(rawValue: statement.string(at: 3)) ?? .failed,
          requests: statement.int64(at: 4), retries: statement.int64(at: 5),
          counts: try counts(ofSync: id))
        guard try body(row) else { return }
      }
    }
  }

  private func counts(ofSync id: Int64) throws -> SyncRow.Counts {
    var counts = SyncRow.Counts()
    var buckets: Set<Int64> = []
    try connection.withStatement(Self.selectCrawls) { statement in
      try statement.bind(id, at: 1)
      while try statement.step() {
        buckets.insert(statement.int64(at: 0))
        if statement.string(at: 1) == CrawlRowState.failed.rawValue { counts.failed += 1 }
        counts.objects = counts.objects.plus(statement.int64(at: 2))
        counts.added = counts.added.plus(statement.int64(at: 3))
        counts.changed = counts.changed.plus(statement.int64(at: 4))
        counts.removed = counts.removed.plus(statement.int64(at: 5))
      }
    }
    counts.buckets = Int64(buckets.count)
    return counts
  }

  /// The first moment of which it is known what a bucket held; nil where none is.
  package func oldestHistory() throws -> Timestamp? {
    try connection.first(Self.selectOldest) { $0.timestamp(at: 0) } ?? nil
  }

  private static let selectSyncs = """
    SELECT id, started_ms, finished_ms, state, requests, retries FROM sync ORDER BY id DESC
    """

  private static let selectCrawls = """
    SELECT crawl.bucket_id, crawl.state, objects, added, changed, removed
    FROM sync_crawl JOIN crawl ON crawl.id = sync_crawl.crawl_id
    WHERE sync_crawl.sync_id = ?1
    """

  // One look-up a bucket: there is no order of all moments.
  private static let selectOldest = """
    SELECT min((SELECT min(at_ms) FROM usage_history WHERE bucket_id = bucket.id)) FROM bucket
    """
}
