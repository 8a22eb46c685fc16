internal import SQLite
internal import System
package import Vocabulary

/// What one sync has done of one crawl.
package struct SyncShare: Equatable, Sendable {
  package var counts: ChangeCounts
  package var listsVersions: Bool
  /// Whether an earlier sync had begun it.
  package var isResumed: Bool
}

extension IndexWriter {
  /// Records that a sync begins; one that a killed process left running becomes `interrupted`.
  ///
  /// Changes older than the index's `change_retention_days` are dropped from the journal here.
  package func beginSync() throws -> Int64 {
    let id = try inBatch {
      let started = now().millisecondsSinceEpoch
      try connection.run(
        "UPDATE sync SET state = ?1, finished_ms = ?2 WHERE state = ?3",
        .state(SyncState.interrupted), .integer(started), .state(SyncState.running))
      try dropOldChanges(now: started)
      try connection.run(
        "INSERT INTO sync (pid, started_ms, state) VALUES (?1, ?2, ?3)",
        .integer(Int64(ThisProcess.id)), .integer(started), .state(SyncState.running))
      return connection.lastInsertRowID
    }
    try commit(thenPass: .syncBegun)
    return id
  }

  /// When the oldest sync began whose changes are kept; nil for any.
  func oldestJournaledSync(now: Int64) throws -> Int64? {
    switch try IndexSetting.changeRetentionDays.value(in: connection, path: path) {
    case .ever: nil
    case .off: .max
    case .number(let days): now.minus(days * 86_400_000)
    }
  }

  private func dropOldChanges(now: Int64) throws {
    guard let oldest = try oldestJournaledSync(now: now) else { return }
    try connection.run(
      "DELETE FROM object_change WHERE sync_id IN (SELECT id FROM sync WHERE started_ms < ?1)",
      .integer(oldest))
  }

  /// A sync counts its changes by what it has recorded of them, so where none are kept, they go as it ends.
  private func dropUnwantedChanges(of id: Int64) throws {
    guard try IndexSetting.changeRetentionDays.value(in: connection, path: path) == .off else {
      return
    }
    try connection.run("DELETE FROM object_change WHERE sync_id = ?1", .integer(id))
  }

  /// Records how the sync ended and what it asked of the server.
  package func finishSync(_ id: Int64, state: SyncState, requests: Int64, retries: Int64) throws {
    crashOrder?.pass(.syncEnding)
    try inBatch {
      try dropUnwantedChanges(of: id)
      try connection.run(
        """
        UPDATE sync SET state = ?2, finished_ms = ?3, requests = ?4, retries = ?5 WHERE id = ?1
        """, .integer(id), .state(state), .integer(now().millisecondsSinceEpoch),
        .integer(requests), .integer(retries))
    }
    try commit(thenPass: .syncCommitted)
  }

  /// How a sync came to its end.
  package struct SyncEnding {
    package var isWhole: Bool
    package var requests: Int64
    package var retries: Int64

    package init(isWhole: Bool, requests: Int64 = 0, retries: Int64 = 0) {
      (self.isWhole, self.requests, self.retries) = (isWhole, requests, retries)
    }
  }

  /// Records what `body` does as a sync, whose number it gets: also one that fails or is interrupted.
  ///
  /// - Throws: what `body` throws, and `CancellationError` in its place where the task was cancelled.
  package nonisolated func recordingSync<Result>(
    _ body: (Int64) async throws -> (Result, SyncEnding)
  ) async throws -> Result {
    let id = try await beginSync()
    do {
      let (result, ending) = try await body(id)
      try await finishSync(
        id, state: ending.isWhole ? .complete : .partial, requests: ending.requests,
        retries: ending.retries)
      return result
    } catch {
      let isInterrupted = error is CancellationError || Task.isCancelled
      // The first error is the one to report.
      try? await finishSync(
        id, state: isInterrupted ? .interrupted : .failed, requests: 0, retries: 0)
      throw isInterrupted ? CancellationError() : error
    }
  }

  /// Records a sync that failed before it could ask anybody: whoever watches the last sync hears of it.
  package func recordFailedSync(started: Timestamp) throws {
    try inBatch { try recordEndedSync(.failed, started: started) }
    try commit()
  }

  /// Records a sync that has ended, in the batch.
  func recordEndedSync(_ state: SyncState, started: Timestamp) throws {
    try connection.run(
      "INSERT INTO sync (pid, started_ms, finished_ms, state) VALUES (?1, ?2, ?3, ?4)",
      .integer(Int64(ThisProcess.id)), .integer(started.millisecondsSinceEpoch),
      .integer(now().millisecondsSinceEpoch), .state(state))
  }

  /// What a sync has listed of a bucket, or of a prefix of it; nil where it has listed nothing.
  package func share(
    of name: String, endpoint: String, prefix: Key, inSync id: Int64
  ) throws -> SyncShare? {
    try connection.first(
      Self.selectShare, .text(name), .text(endpoint), .text(prefix.bytes), .integer(id)
    ) { row in
      SyncShare(
        counts: ChangeCounts(
          objects: row.int64(at: 0), added: row.int64(at: 1), changed: row.int64(at: 2),
          removed: row.int64(at: 3), versions: row.int64(at: 4)),
        listsVersions: row.int64(at: 5) != 0, isResumed: row.int64(at: 6) != 0)
    }
  }

  /// Where versions were tried before objects, the last crawl counts.
  private static let selectShare = """
    SELECT objects, added, changed, removed, coalesce(sync_crawl.versions, 0), crawl.versions,
      EXISTS (
        SELECT 1 FROM sync_crawl AS earlier
        WHERE earlier.crawl_id = crawl.id AND earlier.sync_id < ?4)
    FROM bucket
    CROSS JOIN crawl ON crawl.bucket_id = bucket.id
    CROSS JOIN sync_crawl ON sync_crawl.crawl_id = crawl.id
    WHERE bucket.name = ?1 AND bucket.endpoint = ?2 AND crawl.prefix = ?3
      AND sync_crawl.sync_id = ?4
    ORDER BY crawl.id DESC LIMIT 1
    """

  /// The names of the buckets of an endpoint that the index has of one account, or for nil of no
  /// known one, in order.
  package func bucketNames(at endpoint: String, of account: Int64? = nil) throws -> [String] {
    try connection.all(
      "SELECT name FROM bucket WHERE endpoint = ?1 AND +account_id IS ?2 ORDER BY name",
      .text(endpoint), account.map { .integer($0) } ?? .null
    ) { $0.string(at: 0) }
  }

  /// Records that a bucket is gone; it keeps its last data.
  package func markMissing(bucket name: String, endpoint: String) throws {
    try inBatch {
      guard let bucket = try knownBucket(name: name, endpoint: endpoint) else { return }
      let error = "the bucket no longer exists; this is what it held last"
      try BucketRow(id: bucket.id).setState(.partial, error: error, in: connection)
      try doubtAll(of: bucket.id, as: .partial, error: error)
      try recordGap(of: bucket.id, as: .partial, at: now())
    }
    try commit()
  }

  /// Removes a bucket and everything known of it from the index, or nothing.
  ///
  /// - Throws: `CancellationError` when the task is cancelled meanwhile: millions of rows take a while.
  package func forget(bucket name: String, endpoint: String) throws {
    // What was merged before is safe, whatever comes.
    try commit()
    connection.setProgressCheck { Task.isCancelled }
    defer { connection.clearProgressCheck() }
    do {
      try inBatch {
        guard let (id, _) = try knownBucket(name: name, endpoint: endpoint) else { return }
        bytesOfBuckets[id] = nil
        for statement in Self.forgetContents { try connection.run(statement, .integer(id)) }
        try BucketRow(id: id).delete(in: connection)
        try forgetEstimates(of: name, at: endpoint)
      }
    } catch let error as SQLiteError where error.primaryCode == .interrupted {
      throw CancellationError()
    }
    try commit()
  }

  /// Removes an account without buckets, and what is known of its list.
  package func forget(_ gap: AccountGap) throws {
    try inBatch {
      if let id = gap.accountID {
        try connection.run(
          """
          DELETE FROM account WHERE id = ?1
            AND NOT EXISTS (SELECT 1 FROM bucket WHERE account_id = ?1)
          """, .integer(id))
      } else {
        try connection.run(
          "DELETE FROM unknown_account WHERE endpoint = ?1 AND profile = ?2",
          .text(gap.endpoint), .text(gap.profiles.first ?? ""))
      }
    }
    try commit()
  }

  private static let forgetContents = [
    "DELETE FROM object WHERE bucket_id = ?1",
    "DELETE FROM bucket_usage WHERE bucket_id = ?1",
    "DELETE FROM prefix_usage WHERE bucket_id = ?1",
    "DELETE FROM object_change WHERE bucket_id = ?1",
    "DELETE FROM usage_history WHERE bucket_id = ?1",
    "DELETE FROM usage_point WHERE bucket_id = ?1",
    "DELETE FROM usage_gap WHERE bucket_id = ?1",
    "DELETE FROM prefix_usage_history WHERE bucket_id = ?1",
    "DELETE FROM prefix_usage_recorded WHERE bucket_id = ?1",
    "DELETE FROM bucket_mark WHERE bucket_id = ?1",
    "DELETE FROM object_version WHERE bucket_id = ?1",
    "DELETE FROM version_usage WHERE bucket_id = ?1",
    "DELETE FROM prefix_version_usage WHERE bucket_id = ?1",
    "DELETE FROM upload WHERE bucket_id = ?1",
  ]
}
