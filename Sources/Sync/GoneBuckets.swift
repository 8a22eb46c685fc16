package import Index
internal import S3

/// Which buckets of the index are gone: no list names them, and the server does not know them.
///
/// The lists alone prove nothing: servers leave out of them what the user may not see.
struct GoneBuckets: Sendable {
  let accounts: [SyncAccount]
  let options: SyncOptions
  let lists: AccountLists

  /// A bucket that the index has, with the region that it recorded.
  struct Known: Sendable {
    var name: String
    var region: String?
  }

  /// The names of the gone ones of an account's buckets.
  func find(among known: [Known], with index: AccountIndex) async throws -> [String] {
    let listed = listedNames(at: accounts[index].endpoint)
    var gone: [String] = []
    for bucket in known where !listed.contains(bucket.name) && options.selects(bucket.name) {
      guard options.selects(region: bucket.region) else { continue }
      if try await Self.isGone(bucket.name, accounts[index].client) { gone.append(bucket.name) }
    }
    return gone
  }

  private func listedNames(at endpoint: String) -> Set<String> {
    lists.lists.reduce(into: []) { names, list in
      guard accounts[list.key].endpoint == endpoint else { return }
      names.formUnion(list.value.buckets.map(\.name))
    }
  }

  fileprivate static func isGone(_ bucket: String, _ client: S3Client) async throws -> Bool {
    do {
      _ = try await client.discoverRegion(of: bucket)
      return false
    } catch let error as S3Error {
      return error.code == "NoSuchBucket"
    }
  }
}

extension BucketSelection {
  /// The buckets of an index that a sync of this selection would find gone.
  ///
  /// `known` is what the index has. The accounts' numbers are not asked for: a bucket whose account
  /// tells neither owner nor profile is one without a known account.
  package func goneBuckets(
    among known: some Collection<BucketSummary>, accounts: [SyncAccount], options: SyncOptions
  ) async throws -> [BucketSummary] {
    let search = GoneBuckets(accounts: accounts, options: options, lists: lists)
    var gone: [BucketSummary] = []
    for bucket in known.sorted(by: { ($0.name, $0.endpoint) < ($1.name, $1.endpoint) }) {
      guard let index = lists.indices.first(where: { isOf($0, bucket, accounts) }) else { continue }
      let known = GoneBuckets.Known(name: bucket.name, region: bucket.region)
      if try await !search.find(among: [known], with: index).isEmpty { gone.append(bucket) }
    }
    return gone
  }

  /// The buckets that the user named, which no list has and no account's server knows any more.
  ///
  /// Only those of which `isKnown` says that the index has them are asked for.
  package func namedBucketsGone(
    accounts: [SyncAccount], isKnown: (SelectedBucket) -> Bool
  ) async throws -> Set<BucketAddress> {
    var gone: Set<BucketAddress> = []
    for bucket in buckets where bucket.owner == nil && isKnown(bucket) {
      var isGone = true
      for index in bucket.accounts where isGone {
        isGone = try await GoneBuckets.isGone(bucket.identity.name, accounts[index].client)
      }
      if isGone {
        gone.insert(
          BucketAddress(endpoint: bucket.identity.endpoint, name: bucket.identity.name))
      }
    }
    return gone
  }

  private func isOf(
    _ index: AccountIndex, _ bucket: BucketSummary, _ accounts: [SyncAccount]
  ) -> Bool {
    guard accounts[index].endpoint == bucket.endpoint else { return false }
    guard let account = bucket.account else { return true }
    if let owner = account.identity.owner, let listed = lists.lists[index]?.ownerID {
      return owner == listed
    }
    guard let profile = accounts[index].profile else { return true }
    return account.profiles.isEmpty || account.profiles.contains(profile)
  }
}
