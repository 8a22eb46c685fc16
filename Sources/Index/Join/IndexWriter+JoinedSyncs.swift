internal import SQLite
internal import Vocabulary

extension IndexWriter {
  /// Makes syncs of the other index ours, each once: the same process began it at the same moment.
  ///
  /// Where nothing was here, they keep their numbers.
  func joinSyncs(isFresh: Bool) throws {
    try connection.run(Self.findSyncs)
    try connection.run(Self.endSyncs, .state(SyncState.running), .state(SyncState.interrupted))
    let ids = try connection.all(
      "SELECT id FROM other.sync WHERE id NOT IN (SELECT other_id FROM joined_sync) ORDER BY id"
    ) { $0.int64(at: 0) }
    for id in ids {
      try connection.run(
        Self.copySync, isFresh ? .integer(id) : .null, .integer(id))
      try connection.run(
        "INSERT INTO joined_sync (other_id, id) VALUES (?1, ?2)", .integer(id),
        .integer(connection.lastInsertRowID))
    }
  }

  private static let findSyncs = """
    INSERT INTO joined_sync (other_id, id)
    SELECT theirs.id, max(ours.id) FROM other.sync AS theirs
    JOIN main.sync AS ours ON ours.started_ms = theirs.started_ms AND ours.pid = theirs.pid
    GROUP BY theirs.id
    """

  /// One that went on when ours was copied from there has ended since.
  private static let endSyncs = """
    UPDATE main.sync SET finished_ms = theirs.finished_ms, state = theirs.state,
      requests = theirs.requests, retries = theirs.retries
    FROM joined_sync AS known JOIN other.sync AS theirs ON theirs.id = known.other_id
    WHERE main.sync.id = known.id AND main.sync.state IN (?1, ?2) AND theirs.state NOT IN (?1, ?2)
    """

  private static let copySync = """
    INSERT INTO main.sync (id, pid, started_ms, finished_ms, state, requests, retries)
    SELECT ?1, pid, started_ms, finished_ms, state, requests, retries FROM other.sync WHERE id = ?2
    """

  /// Makes the journal of the other index a part of ours, as far back as ours is kept.
  func joinChanges() throws {
    let oldest = try oldestJournaledSync(now: now().millisecondsSinceEpoch)
    for bucket in try OtherBucket.all(in: "other", connection) {
      let own = try knownBucket(name: bucket.identity.name, endpoint: bucket.identity.endpoint)
      guard let own else { continue }
      try connection.run(
        "INSERT OR IGNORE INTO joined_bucket (other_id, id) VALUES (?1, ?2)", .integer(bucket.id),
        .integer(own.id))
    }
    try connection.run(Self.copyChanges, .integer(oldest ?? .min))
  }

  private static let copyChanges = """
    INSERT OR IGNORE INTO main.object_change (sync_id, bucket_id, key, at_ms, change, size_before,
      size_after, class_before_id, class_after_id)
    SELECT known.id, bucket.id, row.key, row.at_ms, row.change, row.size_before, row.size_after,
      (SELECT id FROM joined_class WHERE other_id = row.class_before_id),
      (SELECT id FROM joined_class WHERE other_id = row.class_after_id)
    FROM other.object_change AS row
    CROSS JOIN other.sync ON sync.id = row.sync_id AND sync.started_ms >= ?1
    CROSS JOIN joined_sync AS known ON known.other_id = row.sync_id
    CROSS JOIN joined_bucket AS bucket ON bucket.other_id = row.bucket_id
    """

  // MARK: - Accounts

  /// Makes accounts of the other index ours, with how far their lists can be believed, where they were read later.
  func joinAccounts(isFresh: Bool) throws {
    let accounts = try connection.all(
      "SELECT id, endpoint, owner, number, profile, state, synced_ms FROM other.account ORDER BY id"
    ) { row in
      (
        id: row.int64(at: 0), endpoint: row.string(at: 1),
        identity: AccountIdentity(
          owner: row.optionalString(at: 2), number: row.optionalString(at: 3),
          profile: row.optionalString(at: 4))
      )
    }
    for account in accounts {
      var identity = account.identity
      // What a profile leads to here is said by this machine's files.
      if !isFresh { identity.profile = nil }
      guard let id = try recordInBatch(identity, at: account.endpoint) else { continue }
      try connection.run(
        "INSERT INTO joined_account (other_id, id) VALUES (?1, ?2)", .integer(account.id),
        .integer(id))
    }
    try connection.run(Self.adoptLists, .state(BucketState.never))
    guard isFresh else { return }
    try connection.run(
      """
      INSERT OR IGNORE INTO main.account_profile (account_id, profile)
      SELECT known.id, profile FROM other.account_profile
      JOIN joined_account AS known ON known.other_id = account_id
      """)
    try connection.run(
      """
      INSERT OR IGNORE INTO main.unknown_account (endpoint, profile, state, error)
      SELECT endpoint, profile, state, error FROM other.unknown_account
      """)
  }

  private static let adoptLists = """
    UPDATE main.account SET state = theirs.state, error = theirs.error, synced_ms = theirs.synced_ms
    FROM joined_account AS known JOIN other.account AS theirs ON theirs.id = known.other_id
    WHERE main.account.id = known.id AND theirs.state <> ?1
      AND (main.account.state = ?1 OR theirs.synced_ms > coalesce(main.account.synced_ms, 0))
    """
}
