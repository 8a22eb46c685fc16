internal import SQLite
package import Vocabulary

/// An account whose list of buckets could not be read, or not to its end: it may have buckets that the
/// index does not know.
package struct AccountGap: Equatable, Sendable {
  /// What the views call it; nil where nobody knows which account it is.
  package var account: String?
  package var endpoint: String
  /// All by which it is reached, the last one first; none without one.
  package var profiles: [String]
  package var state: BucketState
  /// When its list was last read.
  package var syncedAt: Timestamp?
  package var error: String?
  /// Its row; nil where nobody knows which account it is.
  var accountID: Int64?

  /// What to call it: the number or the owner, else the profile, else the server.
  package var label: String {
    let profile = profiles.first
    guard let account else {
      return profile.map { "profile \($0)" } ?? (endpoint.isEmpty ? "the account" : endpoint)
    }
    return profile.map { "\(account), profile \($0)" } ?? account
  }

  func fits(_ pattern: String) -> Bool {
    let names = profiles + [account].compactMap(\.self)
    return IndexedAccount.fits(pattern, names.isEmpty ? [""] : names, at: endpoint)
  }
}

extension IndexReader {
  /// The accounts by the number of their rows.
  var accounts: [Int64: IndexedAccount] {
    get throws {
      let accounts = try connection.all(
        "SELECT id, endpoint, owner, number, profile FROM account"
      ) { row in
        let identity = AccountIdentity(
          owner: row.optionalString(at: 2), number: row.optionalString(at: 3),
          profile: row.optionalString(at: 4))
        return IndexedAccount(id: row.int64(at: 0), endpoint: row.string(at: 1), identity: identity)
      }
      var found = Dictionary(accounts.map { ($0.id, $0) }) { first, _ in first }
      // The ids are the table's keys: rows that share one are read from a damaged page.
      guard found.count == accounts.count else {
        throw IndexError.damaged(path: path, reason: "accounts share a row id")
      }
      let profiles = try connection.all(Self.selectProfiles) { ($0.int64(at: 0), $0.string(at: 1)) }
      for (id, profile) in profiles { found[id]?.profiles.append(profile) }
      return found
    }
  }

  /// The accounts that could have buckets which a filter means and the index does not know: none where
  /// it names all of its buckets.
  func gaps(of filter: ObjectFilter) throws -> [AccountGap] {
    let isOpen = filter.scopes.isEmpty || filter.scopes.contains { $0.isPattern }
    guard isOpen else { return [] }
    return try accountGaps().filter { gap in
      filter.accounts.isEmpty || filter.accounts.contains { gap.fits($0) }
    }
  }

  /// When the lists of all accounts that a filter without buckets could mean had been read, and were
  /// empty; nil when one of them was not read, or there is no account.
  ///
  /// A list of which no bucket is in the index was empty: see `IndexWriter.recordList`.
  func emptySince(_ filter: ObjectFilter) throws -> Timestamp? {
    guard filter.scopes.isEmpty, filter.regions.isEmpty else { return nil }
    let accounts = try accounts
    let lists = try connection.all("SELECT id, state, synced_ms FROM account") {
      (accounts[$0.int64(at: 0)], BucketState(rawValue: $0.string(at: 1)), $0.timestamp(at: 2))
    }.filter { account, _, _ in
      guard let account, !filter.accounts.isEmpty else { return true }
      return filter.accounts.contains { IndexedAccount.fits($0, account, at: account.endpoint) }
    }
    let moments = lists.compactMap { _, state, moment in state == .complete ? moment : nil }
    let unknown = try unknownAccounts().filter { account in
      filter.accounts.isEmpty || filter.accounts.contains { account.fits($0) }
    }
    return moments.count == lists.count && unknown.isEmpty ? moments.min() : nil
  }

  /// Every account whose list could not be read when it was last asked for, known ones first.
  package func accountGaps() throws -> [AccountGap] {
    let accounts = try accounts
    let known = try connection.all(
      Self.selectGaps, .state(BucketState.partial), .state(BucketState.denied)
    ) { row -> AccountGap? in
      guard let account = accounts[row.int64(at: 0)] else { return nil }
      let profile = account.identity.profile
      return AccountGap(
        account: account.name, endpoint: account.endpoint,
        profiles: [profile].compactMap(\.self) + account.profiles.filter { $0 != profile },
        state: BucketState(rawValue: row.string(at: 1)) ?? .partial, syncedAt: row.timestamp(at: 2),
        error: row.optionalString(at: 3), accountID: account.id)
    }
    return try known.compactMap(\.self) + unknownAccounts()
  }

  func unknownAccounts() throws -> [AccountGap] {
    try connection.all(
      "SELECT endpoint, profile, state, error FROM unknown_account ORDER BY endpoint, profile"
    ) { row in
      let profile = row.string(at: 1)
      return AccountGap(
        endpoint: row.string(at: 0), profiles: profile.isEmpty ? [] : [profile],
        state: BucketState(rawValue: row.string(at: 2)) ?? .partial,
        error: row.optionalString(at: 3))
    }
  }

  private static let selectGaps = """
    SELECT id, state, synced_ms, error FROM account WHERE state IN (?1, ?2) ORDER BY id
    """

  private static let selectProfiles = """
    SELECT account_id, profile FROM account_profile ORDER BY account_id, profile
    """
}

extension IndexedAccount {
  /// Whether a pattern fits a number, an owner or one of the profiles, for no account the empty text;
  /// or a server, unless that is AWS.
  static func fits(_ pattern: String, _ account: IndexedAccount?, at endpoint: String) -> Bool {
    let names =
      account.map { [$0.identity.number, $0.identity.owner].compactMap { $0 } + $0.profiles } ?? [
        ""
      ]
    return fits(pattern, names, at: endpoint)
  }

  static func fits(_ pattern: String, _ names: [String], at endpoint: String) -> Bool {
    // Brackets of an IPv6 address are no class of characters.
    if !endpoint.isEmpty, pattern == endpoint || Connection.glob(pattern, matches: endpoint) {
      return true
    }
    return names.contains { Connection.glob(pattern, matches: $0) }
  }
}
