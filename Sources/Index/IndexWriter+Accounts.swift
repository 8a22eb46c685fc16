internal import SQLite

extension IndexWriter {
  /// Records an account of a server, or what is new about one that the index has.
  ///
  /// It is known again by its number or by its owner. Rows of which it turns out that they are one
  /// account become one, with the buckets of both. A profile, once known, is replaced by another
  /// only.
  ///
  /// - Returns: its row; nil for an account of which neither number nor owner is known.
  @discardableResult
  package func record(_ account: AccountIdentity, at endpoint: String) throws -> Int64? {
    try inBatch { try recordInBatch(account, at: endpoint) }
  }

  /// Notes whose the buckets are that the index has: `owned` are all that the account's list named,
  /// `read` those it has but read.
  ///
  /// A list says the truth about its own buckets; who has only read one leaves an owner be.
  package func settle(
    _ account: AccountIdentity, at endpoint: String, owned: some Sequence<String> & Sendable,
    read: some Sequence<String> & Sendable
  ) throws {
    try inBatch {
      let id = try recordInBatch(account, at: endpoint).map { SQLiteValue.integer($0) } ?? .null
      for name in owned {
        try connection.run(Self.own, .text(endpoint), .text(name), id)
      }
      for name in read {
        try connection.run(Self.adopt, .text(endpoint), .text(name), id)
      }
    }
    try commit()
  }

  /// `record` for callers that have a batch open.
  func recordInBatch(_ account: AccountIdentity, at endpoint: String) throws -> Int64? {
    guard account.name != nil else { return nil }
    let values: [SQLiteValue] = [
      .text(endpoint), account.owner.map { .text($0) } ?? .null,
      account.number.map { .text($0) } ?? .null, account.profile.map { .text($0) } ?? .null,
    ]
    let rows = try connection.all(Self.findAccounts, values[0], values[1], values[2], values[3]) {
      (id: $0.int64(at: 0), number: $0.optionalString(at: 1), profile: $0.optionalString(at: 2))
    }
    let known: Int64?
    if let number = account.number {
      let own = rows.first { $0.number == number }
      let unnumbered = rows.first { $0.number == nil }
      if let own, let unnumbered {
        try connection.run(Self.moveBuckets, .integer(unnumbered.id), .integer(own.id))
        try connection.run("DELETE FROM account WHERE id = ?1", .integer(unnumbered.id))
      }
      known = own?.id ?? unnumbered?.id
    } else {
      // Where accounts share an owner, the profile tells them apart, or nothing does.
      known =
        (rows.count == 1
        ? rows.first
        : rows.first { $0.profile == account.profile }
          ?? rows.first { $0.number == nil })?.id
    }
    guard let known else {
      return try connection.first(
        Self.insertAccount, values[0], values[1], values[2], values[3]
      ) { $0.int64(at: 0) }
    }
    try connection.run(Self.updateAccount, .integer(known), values[1], values[2], values[3])
    return known
  }

  /// The row of the number, and those of the owner that have no other one.
  private static let findAccounts = """
    SELECT id, number, profile FROM account
    WHERE endpoint = ?1 AND (number = ?3 OR (owner = ?2 AND (number IS NULL OR ?3 IS NULL)))
    ORDER BY number IS NULL, profile IS NOT ?4, id
    """

  private static let insertAccount = """
    INSERT INTO account (endpoint, owner, number, profile) VALUES (?1, ?2, ?3, ?4) RETURNING id
    """

  private static let updateAccount = """
    UPDATE account SET
      owner = coalesce(?2, owner), number = coalesce(?3, number), profile = coalesce(?4, profile)
    WHERE id = ?1
    """

  private static let moveBuckets = "UPDATE bucket SET account_id = ?2 WHERE account_id = ?1"

  private static let own = """
    UPDATE bucket SET account_id = coalesce(?3, account_id), account_is_owner = 1
    WHERE endpoint = ?1 AND name = ?2
    """

  private static let adopt = """
    UPDATE bucket SET account_id = coalesce(?3, account_id)
    WHERE endpoint = ?1 AND name = ?2 AND NOT account_is_owner
    """
}
