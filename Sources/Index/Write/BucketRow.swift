internal import SQLite
internal import Vocabulary

/// A row of table `bucket`.
///
/// Every statement that writes the table is here: who may change a bucket's state, its region or the
/// moment it was synced is answered by the callers of these functions. All of them are called
/// inside the writer's batch.
struct BucketRow {
  let id: Int64

  // MARK: - Coming and going

  /// Makes the row of a bucket, or adds to it what became known; nil when SQLite returns no row.
  ///
  /// `accountID` is the account that it is listed with, where that is known; `isOwned` says that the
  /// account's own list named the bucket.
  static func register(
    _ identity: BucketIdentity, accountID: Int64?, isOwned: Bool,
    in connection: borrowing Connection
  ) throws -> BucketRow? {
    try connection.first(
      upsert, accountID.map { .integer($0) } ?? .null, .text(identity.endpoint),
      .text(identity.name), identity.region.map { .text($0) } ?? .null,
      identity.created.map { .integer($0.millisecondsSinceEpoch) } ?? .null,
      .integer(isOwned ? 1 : 0)
    ) { BucketRow(id: $0.int64(at: 0)) }
  }

  private static let upsert = """
    INSERT INTO bucket (account_id, endpoint, name, region, created_ms, account_is_owner)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6)
    ON CONFLICT DO UPDATE SET
      account_id = coalesce(excluded.account_id, account_id),
      account_is_owner = max(excluded.account_is_owner, account_is_owner),
      region = coalesce(excluded.region, region),
      created_ms = coalesce(excluded.created_ms, created_ms)
    RETURNING id
    """

  /// Makes a row of which no more is known, with the number that other tables have for it.
  static func registerIfMissing(
    id: SQLiteValue, endpoint: SQLiteValue, name: SQLiteValue, in connection: borrowing Connection
  ) throws {
    try connection.run(
      "INSERT OR IGNORE INTO bucket (id, endpoint, name) VALUES (?1, ?2, ?3)", id, endpoint, name)
  }

  /// Removes the row; the bucket's crawls, their ranges and their share of syncs go with it.
  func delete(in connection: borrowing Connection) throws {
    try connection.run("DELETE FROM bucket WHERE id = ?1", .integer(id))
  }

  // MARK: - How far it can be believed

  /// `error` says why the state is not `complete`.
  func setState(
    _ state: BucketState, error: String?, in connection: borrowing Connection
  ) throws {
    try connection.run(
      "UPDATE bucket SET state = ?2, error = ?3 WHERE id = ?1", .integer(id), .state(state),
      error.map { .text($0) } ?? .null)
  }

  /// The state that a crawl leaves behind: one that was cut off leaves what it had listed.
  func setState(after outcome: CrawlOutcome, in connection: borrowing Connection) throws {
    try setState(outcome.state, error: outcome.failure?.description, in: connection)
  }

  /// Everything that was written to the bucket before this moment is in the index.
  func setSynced(at moment: Timestamp, in connection: borrowing Connection) throws {
    try connection.run(
      "UPDATE bucket SET synced_ms = ?2 WHERE id = ?1", .integer(id),
      .integer(moment.millisecondsSinceEpoch))
  }

  /// It is another bucket of the same name: nothing of what is stored was ever in it.
  func forgetSynced(in connection: borrowing Connection) throws {
    try connection.run(Self.forgetSynced, .integer(id))
  }

  private static let forgetSynced = """
    UPDATE bucket SET synced_ms = NULL, versions_begun_ms = NULL, versions_synced_ms = NULL,
      uploads_synced_ms = NULL, null_ids_before_ms = NULL
    WHERE id = ?1
    """

  /// Makes all that is said of the bucket, but for its account and its uploads, what another index says that is
  /// attached as `other`; what it does not know stays, unless it is about another bucket of the name.
  func adopt(_ otherID: Int64, isAnother: Bool, in connection: borrowing Connection) throws {
    if isAnother { try forgetSynced(in: connection) }
    try connection.run(Self.adoptRow, .integer(id), .integer(otherID))
  }

  private static let adoptRow = """
    UPDATE bucket SET
      region = coalesce(theirs.region, bucket.region),
      created_ms = coalesce(theirs.created_ms, bucket.created_ms),
      state = theirs.state, synced_ms = theirs.synced_ms, error = theirs.error,
      newest_object_ms = theirs.newest_object_ms, newest_is_stale = theirs.newest_is_stale,
      versions_begun_ms = theirs.versions_begun_ms, versions_synced_ms = theirs.versions_synced_ms,
      null_ids_before_ms = theirs.null_ids_before_ms,
      lists_versions = coalesce(theirs.lists_versions, bucket.lists_versions)
    FROM other.bucket AS theirs WHERE bucket.id = ?1 AND theirs.id = ?2
    """

  // MARK: - Its versions and uploads

  /// Notes that versions of it are being listed: the first such moment stays.
  func setVersionsBegun(at moment: Timestamp, in connection: borrowing Connection) throws {
    try connection.run(
      "UPDATE bucket SET versions_begun_ms = ?2 WHERE id = ?1 AND versions_begun_ms IS NULL",
      .integer(id), .integer(moment.millisecondsSinceEpoch))
  }

  /// Every version that was written before this moment is in the index.
  func setVersionsSynced(at moment: Timestamp, in connection: borrowing Connection) throws {
    try connection.run(
      "UPDATE bucket SET versions_synced_ms = ?2 WHERE id = ?1", .integer(id),
      .integer(moment.millisecondsSinceEpoch))
  }

  /// Objects that are stored now, and name no version id of their own, have the id `null`.
  ///
  /// The newest of them is the bound: what a crawl writes that has yet to prove as much is newer.
  func setNullIDsBeforeNow(in connection: borrowing Connection) throws {
    try connection.run(
      """
      UPDATE bucket SET null_ids_before_ms = newest_object_ms + 1
      WHERE id = ?1 AND null_ids_before_ms IS NOT newest_object_ms + 1
      """, .integer(id))
  }

  /// Every upload that was begun before this moment, and had not ended then, is in the index.
  func setUploadsSynced(at moment: Timestamp, in connection: borrowing Connection) throws {
    try connection.run(
      "UPDATE bucket SET uploads_synced_ms = ?2 WHERE id = ?1", .integer(id),
      .integer(moment.millisecondsSinceEpoch))
  }

  /// Notes whether later syncs are to list its versions, unless they are told otherwise.
  func setListsVersions(_ wish: Bool?, in connection: borrowing Connection) throws {
    try connection.run(
      "UPDATE bucket SET lists_versions = ?2 WHERE id = ?1 AND lists_versions IS NOT ?2",
      .integer(id), wish.map { .integer($0 ? 1 : 0) } ?? .null)
  }

  // MARK: - Where and whose it is

  func setRegion(_ region: String, in connection: borrowing Connection) throws {
    try connection.run(
      "UPDATE bucket SET region = ?2 WHERE id = ?1", .integer(id), .text(region))
  }

  /// Notes that an account's own list names a bucket; for nil, that the list of an account of which
  /// nothing is known does.
  static func setOwner(
    _ accountID: Int64?, of name: String, at endpoint: String, in connection: borrowing Connection
  ) throws {
    try connection.run(
      own, .text(endpoint), .text(name), accountID.map { .integer($0) } ?? .null)
  }

  /// Notes that an account has read a bucket, unless another one is known to own it.
  static func setReader(
    _ accountID: Int64?, of name: String, at endpoint: String, in connection: borrowing Connection
  ) throws {
    try connection.run(
      adopt, .text(endpoint), .text(name), accountID.map { .integer($0) } ?? .null)
  }

  /// Gives all buckets of one account to another.
  static func moveAll(
    from accountID: Int64, to other: Int64, in connection: borrowing Connection
  ) throws {
    try connection.run(move, .integer(accountID), .integer(other))
  }

  private static let own = """
    UPDATE bucket SET account_id = coalesce(?3, account_id), account_is_owner = 1
    WHERE endpoint = ?1 AND name = ?2
      AND NOT (account_is_owner AND account_id IS coalesce(?3, account_id))
    """

  private static let adopt = """
    UPDATE bucket SET account_id = coalesce(?3, account_id)
    WHERE endpoint = ?1 AND name = ?2 AND NOT account_is_owner
    """

  private static let move = "UPDATE bucket SET account_id = ?2 WHERE account_id = ?1"

  // MARK: - Its newest object

  /// Makes the newest time what was counted.
  func setNewest(milliseconds: Int64?, in connection: borrowing Connection) throws {
    try connection.run(
      "UPDATE bucket SET newest_object_ms = ?2, newest_is_stale = 0 WHERE id = ?1", .integer(id),
      milliseconds.map { .integer($0) } ?? .null)
  }

  /// Notes that a page has an object of this time.
  func raiseNewest(milliseconds: Int64, in connection: borrowing Connection) throws {
    try connection.run(Self.raiseNewest, .integer(id), .integer(milliseconds))
  }

  /// Notes that an object of this time is gone: it may have been the newest.
  func doubtNewest(milliseconds: Int64, in connection: borrowing Connection) throws {
    try connection.run(Self.doubtNewest, .integer(id), .integer(milliseconds))
  }

  private static let raiseNewest = """
    UPDATE bucket SET newest_object_ms = ?2
    WHERE id = ?1 AND (newest_object_ms IS NULL OR newest_object_ms < ?2)
    """

  private static let doubtNewest = """
    UPDATE bucket SET newest_is_stale = 1 WHERE id = ?1 AND newest_object_ms <= ?2
    """
}

extension CrawlPlan {
  /// The row of the bucket that is crawled.
  var bucketRow: BucketRow { BucketRow(id: bucketID) }
}
