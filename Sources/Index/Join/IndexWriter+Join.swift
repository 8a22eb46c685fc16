internal import SQLite
internal import Vocabulary

// Another index's buckets come into this one in two steps. What is known there of a whole bucket, and later than here,
// takes the place of what is here: rows are copied, with everything that is summed and remembered of them, in one
// transaction. Parts of buckets, which neither index has whole, are merged afterwards as crawls of those parts.
//
//     here: logs of Monday, media never      there: logs of Tuesday, media of Monday
//     after it: logs of Tuesday, with the history and the changes of both; media of Monday

extension IndexWriter {
  /// Takes over what another index knows of whole buckets, and the past of all of them.
  ///
  /// All of it is committed, or nothing is.
  ///
  /// - Returns: the buckets whose rows are those of the other index now.
  func adoptBuckets(of other: OtherIndex) throws -> Set<BucketAddress> {
    try commit()
    try other.attach(to: connection)
    // A transaction that is open still holds the file; its error is the one to report.
    defer { try? connection.detach("other") }
    // Millions of rows take a while.
    connection.setProgressCheck { Task.isCancelled }
    defer { connection.clearProgressCheck() }
    do {
      let adopted = try inBatch { try adopt() }
      try commit()
      return adopted
    } catch let error as SQLiteError where error.primaryCode == .interrupted {
      throw CancellationError()
    } catch let error as SQLiteError where error.primaryCode == .constraint {
      // Its file is whole: rows contradict each other.
      throw OtherIndexError.unsound(path: other.path, finding: error.message)
    } catch let error as Adoption.Difference {
      throw OtherIndexError.unsound(path: other.path, finding: error.finding)
    }
  }

  private func adopt() throws -> Set<BucketAddress> {
    let own = try OtherBucket.all(in: "main", connection)
    let isFresh =
      try own.isEmpty && connection.first("SELECT 1 FROM sync LIMIT 1") { _ in true } == nil
    try makeJoinTables()
    try joinClasses()
    try joinAccounts(isFresh: isFresh)
    try joinSyncs(isFresh: isFresh)
    let byAddress = Dictionary(own.map { ($0.address, $0) }) { first, _ in first }
    var adoption = try Adoption(isFresh: isFresh, crawlsBefore: newestCrawl())
    for bucket in try OtherBucket.all(in: "other", connection) {
      let known = byAddress[bucket.address]
      let row = try register(bucket, over: known)
      try joinPast(of: bucket.id, into: row.id, isNew: known == nil)
      try joinProperties(of: bucket.id, into: row.id)
      if bucket.isNewer(than: known) {
        try adopt(bucket, over: known, row, &adoption)
      }
      try adoptUploads(of: bucket, over: known, row)
    }
    try joinChanges()
    try joinWordsOfOthers()
    crashOrder?.pass(.rowsCopied)
    if !isFresh, !adoption.adopted.isEmpty { try recordJoin(adoption) }
    return adoption.adopted
  }

  private func newestCrawl() throws -> Int64 {
    try connection.first("SELECT max(id) FROM crawl") { $0.optionalInt64(at: 0) ?? 0 } ?? 0
  }

  /// What is known here of where a bucket is, and whose, stays.
  private func register(_ bucket: OtherBucket, over known: OtherBucket?) throws -> BucketRow {
    let theirs = bucket.identity
    let isOwnersWord = bucket.isOwned && known?.isOwned != true
    let accountID =
      known?.accountID != nil && !isOwnersWord
      ? nil
      : try bucket.accountID.flatMap { id in
        try connection.first("SELECT id FROM joined_account WHERE other_id = ?1", .integer(id)) {
          $0.int64(at: 0)
        }
      }
    let row = try BucketRow.register(
      BucketIdentity(
        endpoint: theirs.endpoint, name: theirs.name,
        region: known?.identity.region == nil ? theirs.region : nil,
        // That of another bucket of the name comes with its rows.
        created: known?.identity.created == nil ? theirs.created : nil),
      accountID: accountID, isOwned: isOwnersWord, in: connection)
    guard let row else {
      throw IndexError.damaged(path: path, reason: "no row for \(theirs.name)")
    }
    return row
  }

  /// Numbers of the other index, and what they are here.
  private func makeJoinTables() throws {
    for table in ["joined_class", "joined_account", "joined_sync", "joined_bucket"] {
      try connection.run(
        """
        CREATE TEMP TABLE IF NOT EXISTS \(table) (other_id INTEGER PRIMARY KEY, id INTEGER NOT NULL)
        """)
      try connection.run("DELETE FROM temp.\(table)")
    }
  }

  private func joinClasses() throws {
    let classes = try connection.all("SELECT id, name FROM other.storage_class ORDER BY id") {
      ($0.int64(at: 0), $0.string(at: 1))
    }
    for (id, name) in classes {
      try connection.run(
        "INSERT INTO joined_class (other_id, id) VALUES (?1, ?2)", .integer(id),
        .integer(try storageClassID(of: name)))
    }
    // Markers have no class.
    try connection.run("INSERT OR IGNORE INTO joined_class (other_id, id) VALUES (0, 0)")
  }

  /// An index that has syncs of its own has the import as one of them, which is its newest.
  private func recordJoin(_ adoption: Adoption) throws {
    let states = try adoption.ids.map { id in
      try connection.first("SELECT state FROM bucket WHERE id = ?1", .integer(id)) {
        BucketState(rawValue: $0.string(at: 0))
      }
    }
    let isWhole = states.allSatisfy { $0 == .complete }
    try recordEndedSync(isWhole ? .complete : .partial, started: now())
  }
}

/// What was copied of another index so far.
struct Adoption {
  /// Whether nothing was in ours before.
  let isFresh: Bool
  /// The number of our newest crawl before: those of the other index follow it in their order.
  let crawlsBefore: Int64
  var adopted: Set<BucketAddress> = []
  var ids: [Int64] = []

  init(isFresh: Bool, crawlsBefore: Int64) {
    (self.isFresh, self.crawlsBefore) = (isFresh, crawlsBefore)
  }

  /// Rows that are not what their sums say.
  struct Difference: Error {
    var finding: String
  }
}

extension OtherBucket {
  /// Whether all that is stored of it takes the place of what is known here.
  ///
  /// What was listed whole later wins, and a bucket that was made anew over one that is gone. Where our bucket has
  /// versions and this one does not, its objects are merged instead, as those of a listing without versions.
  func isNewer(than known: OtherBucket?) -> Bool {
    guard let known else { return true }
    if let isLater = wasMadeAfter(known) { return isLater }
    if known.synced == nil, known.state == .never { return true }
    guard let synced, known.synced.map({ $0 < synced }) ?? true else { return false }
    return versionsBegun != nil || known.versionsBegun == nil
  }
}
