internal import SQLite

/// The last sync that does not run, and the one that does.
package struct LatestSyncs: Sendable {
  package private(set) var last: SyncRow?
  package private(set) var running: SyncRow?
  /// The process of the one that runs, where that could be read.
  package private(set) var process: Int32?

  package init(_ reader: IndexReader) throws {
    var (last, running, process): (SyncRow?, SyncRow?, Int32?)
    try reader.syncs { sync in
      // One that was killed stays 'running' in the index until the next begins; its lock is looked at only then.
      if sync.state == .running, running == nil, last == nil,
        case .process(let pid) = SyncLock.holder(indexPath: reader.path)
      {
        (running, process) = (sync, pid)
        return true
      }
      last = sync
      return false
    }
    (self.last, self.running, self.process) = (last, running, process)
  }
}

extension IndexReader {
  /// The buckets of which a sync that runs has begun a listing, or has gone on with one, and not ended it.
  package func bucketsAtWork(inSync id: Int64) throws -> Set<Int64> {
    Set(
      try connection.all(
        """
        SELECT bucket_id FROM crawl
        WHERE state = ?2 AND (started_ms >= (SELECT started_ms FROM sync WHERE id = ?1)
          OR id IN (SELECT crawl_id FROM sync_crawl WHERE sync_id = ?1))
        """, .integer(id), .state(CrawlRowState.running)
      ) { $0.int64(at: 0) })
  }

  /// How many buckets have been listed and are not in the index, though nobody had them forgotten.
  package func lostBucketCount() throws -> Int {
    try connection.first(
      """
      SELECT count(*) FROM (SELECT bucket_id FROM crawl UNION SELECT bucket_id FROM usage_point)
      WHERE bucket_id NOT IN (SELECT id FROM bucket)
      """
    ) { Int($0.int64(at: 0)) } ?? 0
  }
}
