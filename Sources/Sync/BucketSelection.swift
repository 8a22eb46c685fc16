internal import Index
internal import S3
internal import SQLite
internal import Vocabulary

/// The buckets of a sync: what was asked for, matched with what the accounts have.
package struct BucketSelection: Sendable {
  /// In order of name, each bucket and prefix once.
  package var buckets: [SelectedBucket]
  /// What the accounts said they have.
  var lists = AccountLists()
  /// Accounts whose buckets are wanted and could not be listed, in the order they were named.
  package var refused: [RefusedAccount] = []
  /// Buckets that may be in a wanted region: nobody says where they are, so they are left out.
  package var ofUnknownRegion: [UnknownRegion] = []

  /// Asks the accounts for their buckets where that is needed, and selects among them.
  ///
  /// A bucket of which the user gave the name is looked for in the lists when there are several
  /// accounts. Which of them may read one that is in no list is found out when it is crawled.
  ///
  /// `unreachable` are accounts that could not even be asked.
  ///
  /// - Throws: what the only account's list failed with, or `AllAccountsRefused`; `NoMatch` for a
  ///   pattern without buckets, `NoRegionMatch` for one of regions.
  package static func resolve(
    _ options: SyncOptions, accounts: [SyncAccount], unreachable: [RefusedAccount] = []
  ) async throws -> BucketSelection {
    let answers = try await lists(options, accounts: accounts)
    return try await select(options, accounts: accounts, answers, unreachable: unreachable)
      .inRegions(of: options.regions, accounts)
  }

  /// What the accounts say they have, where that is needed; no list and no refusal where it is not.
  static func lists(
    _ options: SyncOptions, accounts: [SyncAccount]
  ) async throws -> AccountLists {
    guard options.needsAccountLists || accounts.count > 1 else { return AccountLists() }
    return try await AccountLists.ask(accounts)
  }

  /// Selects among the answers of `lists`; throws as `resolve` does.
  static func select(
    _ options: SyncOptions, accounts: [SyncAccount], _ answers: AccountLists,
    unreachable: [RefusedAccount]
  ) throws -> BucketSelection {
    let refused =
      unreachable
      + answers.refusals.sorted { $0.key < $1.key }.map { index, error in
        RefusedAccount(profile: accounts[index].profile, error: error)
      }
    guard options.needsAccountLists else {
      let buckets = options.namedBuckets(of: accounts, answers)
      guard !buckets.isEmpty else { throw NoMatch(pattern: nil, bucketNames: nil) }
      return BucketSelection(buckets: unique(buckets), lists: answers, refused: unreachable)
    }
    if answers.lists.isEmpty, let first = refused.first {
      throw refused.count == 1 ? first.error : AllAccountsRefused(refused)
    }
    let listed = options.listedBuckets(of: accounts, answers)
    let named = options.namedBuckets(of: accounts, answers)
    // A refused account may have the bucket that the pattern means: then it need not be a slip.
    if refused.isEmpty {
      try options.refuseSlips(
        names: answers.bucketNames, isEmpty: listed.isEmpty && named.isEmpty,
        accounts: accounts.count)
    }
    return BucketSelection(buckets: unique(listed + named), lists: answers, refused: refused)
  }

  /// A pattern that fits none of the accounts' buckets, or patterns that leave none: more likely a
  /// slip than a wish.
  package struct NoMatch: Error, Equatable, CustomStringConvertible {
    /// Nil when it is all of them together.
    package var pattern: String?
    /// Nil when the accounts' buckets do not matter: all that were named are left out.
    package var bucketNames: [String]?
    package var accounts = 1

    package var description: String {
      let whose = accounts == 1 ? "the account" : "the \(accounts) accounts"
      return pattern.map { "no bucket of \(whose) matches '\($0)'" }
        ?? "the patterns leave no bucket to list"
    }
  }

  /// Each bucket and prefix once, in order.
  ///
  /// A prefix inside something else that is listed anyway is left out, and so is a bucket that another
  /// account has named before.
  private static func unique(_ buckets: [SelectedBucket]) -> [SelectedBucket] {
    let ordered = buckets.sorted { left, right in
      (left.identity.name, left.identity.endpoint, left.prefix, left.accounts.first ?? 0)
        < (right.identity.name, right.identity.endpoint, right.prefix, right.accounts.first ?? 0)
    }
    var kept: [SelectedBucket] = []
    for bucket in ordered {
      let isCovered = kept.last.map { last in
        last.identity.name == bucket.identity.name
          && last.identity.endpoint == bucket.identity.endpoint
          && bucket.prefix.bytes.starts(with: last.prefix.bytes)
      }
      if isCovered != true { kept.append(bucket) }
    }
    return kept
  }
}

extension SyncOptions {
  /// Whether only the accounts know which buckets are meant.
  package var needsAccountLists: Bool { targets.isEmpty || !patterns.isEmpty }

  fileprivate var patterns: [String] {
    targets.compactMap { target in
      if case .pattern(let pattern) = target { pattern } else { nil }
    }
  }

  /// Whether a bucket of an account would be listed.
  func selects(_ name: String) -> Bool {
    (targets.isEmpty || patterns.contains { glob($0, name) }) && admits(name)
  }

  /// Whether a sync would list a bucket of this name, or a part of it; one whose region is not known may be in any.
  package func means(_ name: String, region: String?) -> Bool {
    let isNamed = targets.contains { target in
      if case .bucket(name, _) = target { true } else { false }
    }
    let isInRegion =
      regions.isEmpty || region.map { region in regions.contains { glob($0, region) } } ?? true
    return isInRegion && (selects(name) || (isNamed && admits(name)))
  }

  fileprivate func refuseSlips(
    names: [String], isEmpty: Bool, accounts: Int
  ) throws(BucketSelection.NoMatch) {
    for pattern in patterns + includes where !names.contains(where: { glob(pattern, $0) }) {
      throw .init(pattern: pattern, bucketNames: names, accounts: accounts)
    }
    guard !isEmpty || names.isEmpty else {
      throw .init(pattern: nil, bucketNames: names, accounts: accounts)
    }
  }

  /// The buckets of the lists that are wanted.
  fileprivate func listedBuckets(
    of accounts: [SyncAccount], _ answers: AccountLists
  ) -> [SelectedBucket] {
    answers.indices.flatMap { index in
      guard let list = answers.lists[index] else { return [SelectedBucket]() }
      return list.buckets.filter { selects($0.name) }.map { bucket in
        selected(bucket, prefix: .start, index, accounts[index], owner: list.ownerID)
      }
    }
  }

  /// The buckets that the user named: as each list has them, else for the accounts to try in turn.
  fileprivate func namedBuckets(
    of accounts: [SyncAccount], _ answers: AccountLists
  ) -> [SelectedBucket] {
    targets.flatMap { target in
      guard case .bucket(let name, let prefix) = target, admits(name), let first = accounts.first
      else { return [SelectedBucket]() }
      let listed = answers.indices.compactMap { index -> SelectedBucket? in
        guard let list = answers.lists[index],
          let bucket = list.buckets.first(where: { $0.name == name })
        else { return nil }
        return selected(bucket, prefix: prefix, index, accounts[index], owner: list.ownerID)
      }
      guard listed.isEmpty else { return listed }
      return [
        SelectedBucket(
          identity: BucketIdentity(endpoint: first.endpoint, name: name), owner: nil,
          prefix: prefix, accounts: Array(accounts.indices))
      ]
    }
  }

  private func selected(
    _ bucket: BucketList.Bucket, prefix: Key, _ index: AccountIndex, _ account: SyncAccount,
    owner: String?
  ) -> SelectedBucket {
    SelectedBucket(
      identity: BucketIdentity(
        endpoint: account.endpoint, name: bucket.name, region: bucket.region,
        created: bucket.created),
      owner: account.identity(owner: owner), prefix: prefix, accounts: [index])
  }

  private func admits(_ name: String) -> Bool {
    (includes.isEmpty || includes.contains { glob($0, name) })
      && !excludes.contains { glob($0, name) }
  }
}

private func glob(_ pattern: String, _ name: String) -> Bool {
  Connection.glob(pattern, matches: name)
}
