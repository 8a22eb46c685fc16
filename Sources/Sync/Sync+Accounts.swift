internal import AWS
internal import Crawl
package import Index
internal import S3
internal import Vocabulary

// MARK: - Accounts

extension Sync {
  /// The numbers of the accounts by their indices, where somebody says them.
  func accountNumbers() async throws -> [String?] {
    try await withThrowingTaskGroup(of: (AccountIndex, String?).self) { group in
      for (index, account) in accounts.enumerated() {
        group.addTask { (index, await account.number()) }
      }
      var numbers = [String?](repeating: nil, count: accounts.count)
      for try await (index, number) in group { numbers[index] = number }
      return numbers
    }
  }

  /// Records which accounts did not say what buckets they have, where that was asked: from now on no
  /// answer about all of them is complete, however this sync goes on.
  func recordRefusals(_ lists: AccountLists, numbers: [String?]) async throws {
    guard options.needsAccountLists else { return }
    for refusal in unreachable { try await Self.record(refusal, in: writer) }
    for (index, error) in lists.refusals.sorted(by: { $0.key < $1.key }) {
      var identity = accounts[index].identity(owner: nil)
      identity.number = numbers[index]
      try await writer.recordRefusal(
        of: identity, at: accounts[index].endpoint,
        as: CrawlOutcome(refusal: error)?.state ?? .partial, error: "\(error)")
    }
  }

  /// Records an account that could not even be asked.
  package static func record(_ refusal: RefusedAccount, in writer: IndexWriter) async throws {
    try await writer.recordRefusal(
      of: AccountIdentity(profile: refusal.profile), at: nil,
      as: CrawlOutcome(refusal: refusal.error)?.state ?? .partial, error: "\(refusal.error)")
  }

  /// Records that the buckets of lists are about to be listed, which takes a while.
  func expectBuckets(_ lists: AccountLists) async throws {
    guard options.needsAccountLists else { return }
    for index in lists.indices {
      let identity = accounts[index].identity(owner: lists.lists[index]?.ownerID)
      try await writer.expectBuckets(of: identity, at: accounts[index].endpoint)
    }
  }

  /// Removes the buckets that were named, and that no server knows any more, from the index.
  func pruneNamed(into summary: inout SyncSummary) async throws {
    for bucket in summary.buckets where bucket.isGone {
      guard
        try await writer.knownBucket(name: bucket.name, endpoint: bucket.endpoint) != nil
      else { continue }
      try await writer.forget(bucket: bucket.name, endpoint: bucket.endpoint)
      summary.buckets.removeAll { $0.name == bucket.name && $0.endpoint == bucket.endpoint }
      summary.pruned.append(bucket.name)
    }
  }

  /// Records the accounts with all that became known of them, and whose the buckets are.
  ///
  /// - Returns: the accounts' rows in the database by their indices; nil for one of which nothing is
  ///   known.
  func settle(
    _ selection: BucketSelection, numbers: [String?], listedAt: Timestamp,
    into summary: inout SyncSummary
  ) async throws -> [Int64?] {
    let named = Set(
      selection.buckets.filter { $0.owner == nil }.map(\.identity.name))
    var ids: [Int64?] = []
    for (index, account) in accounts.enumerated() {
      let list = selection.lists.lists[index]
      var identity = account.identity(owner: list?.ownerID)
      identity.number = numbers[index]
      let read = summary.buckets.filter { bucket in
        bucket.account == index && named.contains(bucket.name) && bucket.outcome == .complete
      }
      let id = try await writer.settle(
        identity, at: account.endpoint, owned: list?.buckets.map(\.name) ?? [],
        read: read.map(\.name))
      ids.append(id)
      if let list, options.needsAccountLists {
        try await writer.recordList(
          of: identity, id: id, at: account.endpoint, naming: list.buckets.map(\.name),
          asOf: listedAt)
      }
      summary.accounts.append(SyncSummary.Account(identity: identity, endpoint: account.endpoint))
    }
    return ids
  }

  /// Finds the buckets of the index that are gone: no list names them, and the server does not know
  /// them.
  ///
  /// Only buckets of the listed accounts are looked at, and buckets without a known account.
  func reconcile(
    _ lists: AccountLists, ids: [Int64?], into summary: inout SyncSummary
  ) async throws {
    let search = GoneBuckets(accounts: accounts, options: options, lists: lists)
    for (index, names) in try await knownBuckets(lists, ids: ids) {
      let endpoint = accounts[index].endpoint
      var known: [GoneBuckets.Known] = []
      for name in names {
        let row = try await writer.knownBucket(name: name, endpoint: endpoint)
        known.append(GoneBuckets.Known(name: name, region: row?.region))
      }
      for name in try await search.find(among: known, with: index) {
        if options.prunes {
          try await writer.forget(bucket: name, endpoint: endpoint)
          summary.pruned.append(name)
        } else {
          try await writer.markMissing(bucket: name, endpoint: endpoint)
          summary.missing.append(name)
        }
      }
    }
    summary.missing.sort()
    summary.pruned.sort()
  }

  /// The buckets in the index of each account whose list was read, and those without a known account
  /// with the first that is on their server.
  private func knownBuckets(
    _ lists: AccountLists, ids: [Int64?]
  ) async throws -> [(AccountIndex, [String])] {
    var known: [(AccountIndex, [String])] = []
    var isDone: [String: Set<Int64?>] = [:]
    for index in lists.indices {
      let endpoint = accounts[index].endpoint
      for id in [ids[index], nil] where isDone[endpoint, default: []].insert(id).inserted {
        known.append((index, try await writer.bucketNames(at: endpoint, of: id)))
      }
    }
    return known
  }
}

extension SyncSummary.Bucket {
  /// Whether it could not be listed because the server knows no such bucket.
  fileprivate var isGone: Bool {
    (outcome.failure?.error as? S3Error)?.code == "NoSuchBucket"
  }
}
