internal import SQLite
package import Vocabulary

/// How far the lists of whole accounts can be believed: a bucket that no list has named since is in no
/// answer, and nothing of it is in the index that could say so.
extension IndexWriter {
  /// Records that a sync is about to list the buckets of an account's list for the first time: until
  /// it has come to its end, some of them may not even be known by name.
  package func expectBuckets(of account: AccountIdentity, at endpoint: String) throws {
    let error = "the sync that began at \(now().iso8601) has not finished"
    try inBatch {
      guard let id = try recordInBatch(account, at: endpoint) else {
        let hasBuckets = try connection.first(
          "SELECT 1 FROM bucket WHERE endpoint = ?1 AND account_id IS NULL LIMIT 1",
          .text(endpoint)
        ) { _ in true }
        guard hasBuckets == nil else { return }
        return try setUnknown(account.profile, at: endpoint, .partial, error: error)
      }
      let state = try connection.first("SELECT state FROM account WHERE id = ?1", .integer(id)) {
        BucketState(rawValue: $0.string(at: 0))
      }
      if state == .never { try setState(.partial, error: error, of: id) }
    }
    try commit()
  }

  /// Records that an account's list of buckets could not be read.
  ///
  /// Where the account does not say who it is, it is the one that was reached with the same profile
  /// before. `endpoint` is nil when it was not even found out where the account is.
  package func recordRefusal(
    of account: AccountIdentity, at endpoint: String?, as state: BucketState, error: String
  ) throws {
    try inBatch {
      var ids: [Int64] = []
      if account.name != nil, let endpoint, let id = try recordInBatch(account, at: endpoint) {
        ids = [id]
      } else {
        ids = try accountsReached(with: account.profile, at: endpoint)
      }
      guard !ids.isEmpty else {
        return try setUnknown(account.profile, at: endpoint ?? "", state, error: error)
      }
      for id in ids { try setState(state, error: error, of: id) }
    }
    try commit()
  }

  /// Records that an account's list was read at `moment`, and that its buckets are in the index, each
  /// with a state of its own.
  ///
  /// `id` is the account's row; nil for one of which nothing is known. Where the list names buckets and
  /// the index has none of them, the account is not complete: an account without buckets in the index
  /// has none.
  package func recordList(
    of account: AccountIdentity, id: Int64?, at endpoint: String, naming buckets: [String],
    asOf moment: Timestamp
  ) throws {
    try inBatch {
      if let id, try !buckets.isEmpty && !holdsAny(of: buckets, at: endpoint) {
        let names = buckets.count == 1 ? "the bucket" : "none of the \(buckets.count) buckets"
        let isIn = buckets.count == 1 ? "is not in the index" : "is in the index"
        try setState(.partial, error: "\(names) of its list \(isIn)", of: id)
      } else if let id {
        try connection.run(
          "UPDATE account SET state = ?2, error = NULL, synced_ms = ?3 WHERE id = ?1",
          .integer(id), .state(BucketState.complete), .integer(moment.millisecondsSinceEpoch))
      }
      // A profile leads to one account; without one, each server may have another.
      try connection.run(
        Self.forgetUnknown, .text(account.profile ?? ""), .text(endpoint))
    }
    try commit()
  }

  /// Forgets that the lists of accounts were read, if the index has no bucket of theirs any more: they
  /// were not empty.
  package func forgetLists(ofAccounts ids: Set<Int64>) throws {
    try inBatch {
      for id in ids.sorted() {
        try connection.run(
          """
          UPDATE account SET state = ?2, error = NULL, synced_ms = NULL
          WHERE id = ?1 AND state = ?3
            AND NOT EXISTS (SELECT 1 FROM bucket WHERE account_id = ?1)
          """, .integer(id), .state(BucketState.never), .state(BucketState.complete))
      }
    }
    try commit()
  }

  private func holdsAny(of buckets: [String], at endpoint: String) throws -> Bool {
    try buckets.contains { try knownBucket(name: $0, endpoint: endpoint) != nil }
  }

  private func setState(_ state: BucketState, error: String, of account: Int64) throws {
    try connection.run(
      "UPDATE account SET state = ?2, error = ?3 WHERE id = ?1", .integer(account), .state(state),
      .text(error))
  }

  private func setUnknown(
    _ profile: String?, at endpoint: String, _ state: BucketState, error: String
  ) throws {
    try connection.run(
      """
      INSERT OR REPLACE INTO unknown_account (endpoint, profile, state, error)
      VALUES (?1, ?2, ?3, ?4)
      """, .text(endpoint), .text(profile ?? ""), .state(state), .text(error))
  }

  /// The accounts that a profile led to; without one, the only account that was reached so.
  private func accountsReached(with profile: String?, at endpoint: String?) throws -> [Int64] {
    let endpoint = endpoint.map { SQLiteValue.text($0) } ?? .null
    guard let profile else {
      let ids = try connection.all(Self.findWithoutProfile, endpoint) { $0.int64(at: 0) }
      return ids.count == 1 ? ids : []
    }
    return try connection.all(Self.findByProfile, .text(profile), endpoint) { $0.int64(at: 0) }
  }

  private static let findWithoutProfile = """
    SELECT id FROM account WHERE profile IS NULL AND endpoint = coalesce(?1, endpoint)
    """

  private static let findByProfile = """
    SELECT account.id FROM account_profile JOIN account ON account.id = account_profile.account_id
    WHERE account_profile.profile = ?1 AND account.endpoint = coalesce(?2, account.endpoint)
    """

  private static let forgetUnknown = """
    DELETE FROM unknown_account WHERE profile = ?1 AND (?1 <> '' OR endpoint IN (?2, ''))
    """
}
