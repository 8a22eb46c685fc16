internal import SQLite

extension IndexWriter {
  /// Records an account of a server, or what is new about one that the index has.
  ///
  /// An account is recognised by its number or its owner id. When two rows turn out to be the same
  /// account, they are merged, with the buckets of both. A known profile is replaced by another one
  /// and never removed.
  ///
  /// - Returns: its row; nil for an account of which neither number nor owner is known.
  @discardableResult
  package func record(_ account: AccountIdentity, at endpoint: String) throws -> Int64? {
    try inBatch { try recordInBatch(account, at: endpoint) }
  }

  /// Records which of the index's buckets belong to an account.
  ///
  /// `owned` is every bucket in the account's ListBuckets. `read` is the buckets that the account
  /// could read, although no list gave them to it: they keep an owner that is known.
  ///
  /// - Returns: the account's row, as `record` does.
  @discardableResult
  package func settle(
    _ account: AccountIdentity, at endpoint: String, owned: [String], read: [String]
  ) throws -> Int64? {
    let id = try inBatch {
      let id = try recordInBatch(account, at: endpoint)
      for name in owned { try BucketRow.setOwner(id, of: name, at: endpoint, in: connection) }
      for name in read { try BucketRow.setReader(id, of: name, at: endpoint, in: connection) }
      return id
    }
    try commit()
    return id
  }

  /// `record` for callers that have a batch open.
  func recordInBatch(_ account: AccountIdentity, at endpoint: String) throws -> Int64? {
    guard account.name != nil else { return nil }
    let owner = account.owner.map { SQLiteValue.text($0) } ?? .null
    let number = account.number.map { SQLiteValue.text($0) } ?? .null
    let profile = account.profile.map { SQLiteValue.text($0) } ?? .null
    guard let id = try knownAccount(account, at: endpoint, owner: owner, number: number) else {
      let id = try connection.first(
        Self.insertAccount, .text(endpoint), owner, number, profile
      ) { $0.int64(at: 0) }
      if let id { try keepProfile(profile, of: id) }
      return id
    }
    try connection.run(Self.updateAccount, .integer(id), owner, number, profile)
    try keepProfile(profile, of: id)
    return id
  }

  /// Adds a profile to those of its account, once that is sure, and takes it from what it led to
  /// before on the same server.
  private func keepProfile(_ profile: SQLiteValue, of id: Int64) throws {
    try connection.run(Self.addProfile, .integer(id), profile)
    try connection.run(Self.takeProfile, .integer(id), profile)
  }

  /// The row of an account, after what turned out to be another row of it has become part of it.
  private func knownAccount(
    _ account: AccountIdentity, at endpoint: String, owner: SQLiteValue, number: SQLiteValue
  ) throws -> Int64? {
    let rows = try connection.all(Self.findAccounts, .text(endpoint), owner, number) {
      (id: $0.int64(at: 0), number: $0.optionalString(at: 1), profile: $0.optionalString(at: 2))
    }
    .sorted { $0.id < $1.id }
    let unnumbered = rows.first { $0.number == nil }
    guard account.number != nil else {
      // Where accounts share an owner, the profile tells them apart, or nothing does.
      let own = rows.count == 1 ? rows.first : rows.first { $0.profile == account.profile }
      return (own ?? unnumbered)?.id
    }
    guard let own = rows.first(where: { $0.number != nil }) else { return unnumbered?.id }
    if let unnumbered {
      try BucketRow.moveAll(from: unnumbered.id, to: own.id, in: connection)
      try connection.run(Self.moveProfiles, .integer(unnumbered.id), .integer(own.id))
      try connection.run("DELETE FROM account WHERE id = ?1", .integer(unnumbered.id))
    }
    return own.id
  }

  /// The row of the number, and those of the owner that have no other one.
  private static let findAccounts = """
    SELECT id, number, profile FROM account
    WHERE endpoint = ?1 AND (number = ?3 OR (owner = ?2 AND (number IS NULL OR ?3 IS NULL)))
    """

  private static let insertAccount = """
    INSERT INTO account (endpoint, owner, number, profile) VALUES (?1, ?2, ?3, ?4) RETURNING id
    """

  private static let updateAccount = """
    UPDATE account SET
      owner = coalesce(?2, owner),
      number = coalesce(?3, number),
      -- An owner alone does not prove that it is the account of that number.
      profile = CASE WHEN ?3 IS NULL AND number IS NOT NULL
        THEN coalesce(profile, ?4) ELSE coalesce(?4, profile) END
    WHERE id = ?1
    """

  private static let addProfile = """
    INSERT OR IGNORE INTO account_profile (account_id, profile)
    SELECT id, profile FROM account WHERE id = ?1 AND profile = ?2
    """

  private static let takeProfile = """
    DELETE FROM account_profile
    WHERE profile = ?2 AND account_id IN (
      SELECT other.id FROM account
      JOIN account AS other ON other.endpoint = account.endpoint AND other.id <> account.id
      WHERE account.id = ?1 AND account.profile = ?2)
    """

  private static let moveProfiles = """
    INSERT OR IGNORE INTO account_profile (account_id, profile)
    SELECT ?2, profile FROM account_profile WHERE account_id = ?1
    """
}
