internal import SQLite
internal import Vocabulary

/// A bucket as an index has it, be it ours or another.
struct OtherBucket {
  var id: Int64
  var identity: BucketIdentity
  var accountID: Int64?
  var isOwned: Bool
  var state: BucketState
  /// When it was last listed whole.
  var synced: Timestamp?
  var versionsBegun: Timestamp?
  var uploadsSynced: Timestamp?

  /// Those of a database, in the order of their numbers.
  static func all(
    in database: String, _ connection: borrowing Connection
  ) throws -> [OtherBucket] {
    try connection.all(
      """
      SELECT id, endpoint, name, region, created_ms, account_id, account_is_owner, state, synced_ms,
        versions_begun_ms, uploads_synced_ms
      FROM \(database).bucket ORDER BY id
      """
    ) { row in
      OtherBucket(
        id: row.int64(at: 0),
        identity: BucketIdentity(
          endpoint: row.string(at: 1), name: row.string(at: 2), region: row.optionalString(at: 3),
          created: row.timestamp(at: 4)),
        accountID: row.optionalInt64(at: 5), isOwned: row.int64(at: 6) != 0,
        state: BucketState(rawValue: row.string(at: 7)) ?? .partial, synced: row.timestamp(at: 8),
        versionsBegun: row.timestamp(at: 9), uploadsSynced: row.timestamp(at: 10))
    }
  }

  var address: BucketAddress {
    BucketAddress(endpoint: identity.endpoint, name: identity.name)
  }

  /// Whether one of the two was made when the other had been deleted; nil where that is not known.
  func wasMadeAfter(_ other: OtherBucket) -> Bool? {
    guard let own = identity.created, let its = other.identity.created, own != its else {
      return nil
    }
    return own > its
  }
}
