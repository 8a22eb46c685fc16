internal import Index
package import S3
internal import SQLite
internal import Vocabulary

/// The buckets of a sync: what was asked for, matched with what the account has.
package struct BucketSelection: Sendable {
  /// In order of name, each bucket and prefix once.
  package var buckets: [SelectedBucket]
  /// The account's complete list; nil when the account was not asked, or did not say who owns it.
  package var account: Account?

  package struct Account: Sendable {
    package var owner: String
    package var bucketNames: Set<String>
  }

  /// Asks the account for its buckets where that is needed, and selects among them.
  ///
  /// - Throws: `S3Error` when the list is needed and refused; `NoMatch` for a pattern without buckets.
  package static func resolve(
    _ options: SyncOptions, client: S3Client
  ) async throws -> BucketSelection {
    let patterns = options.targets.compactMap { target in
      if case .pattern(let pattern) = target { pattern } else { nil }
    }
    let wantsAll = options.targets.isEmpty
    guard wantsAll || !patterns.isEmpty else {
      return BucketSelection(
        buckets: unique(options.namedBuckets.filter { options.admits($0.identity.name) }),
        account: nil)
    }
    let list = try await client.listBuckets()
    let names = list.buckets.map(\.name)
    for pattern in patterns where !names.contains(where: { glob(pattern, $0) }) {
      throw NoMatch(pattern: pattern, bucketNames: names)
    }
    let listed = list.buckets.filter { bucket in
      wantsAll || patterns.contains { glob($0, bucket.name) }
    }.map { bucket in
      SelectedBucket(
        identity: BucketIdentity(
          endpoint: options.endpoint, name: bucket.name, region: bucket.region,
          created: bucket.created),
        owner: list.ownerID, prefix: .start)
    }
    let selected = (listed + options.namedBuckets).filter { options.admits($0.identity.name) }
    return BucketSelection(
      buckets: unique(selected),
      account: list.ownerID.map { Account(owner: $0, bucketNames: Set(names)) })
  }

  /// A pattern that fits none of the account's buckets: more likely a slip than a wish.
  package struct NoMatch: Error, Equatable, CustomStringConvertible {
    package var pattern: String
    package var bucketNames: [String]

    package var description: String { "no bucket of the account matches '\(pattern)'" }

    package var hint: String {
      guard !bucketNames.isEmpty else { return "the account has no buckets" }
      let shown = bucketNames.prefix(5).joined(separator: ", ")
      return "it has: \(shown)\(bucketNames.count > 5 ? " …" : "")"
    }
  }

  /// In order; a prefix inside something else that is listed anyway is left out.
  private static func unique(_ buckets: [SelectedBucket]) -> [SelectedBucket] {
    let ordered = buckets.sorted { left, right in
      (left.identity.name, left.prefix) < (right.identity.name, right.prefix)
    }
    var kept: [SelectedBucket] = []
    for bucket in ordered {
      let isCovered = kept.last.map { last in
        last.identity.name == bucket.identity.name
          && bucket.prefix.bytes.starts(with: last.prefix.bytes)
      }
      if isCovered != true { kept.append(bucket) }
    }
    return kept
  }
}

extension SyncOptions {
  fileprivate var namedBuckets: [SelectedBucket] {
    targets.compactMap { target in
      guard case .bucket(let name, let prefix) = target else { return nil }
      return SelectedBucket(
        identity: BucketIdentity(endpoint: endpoint, name: name), owner: nil, prefix: prefix)
    }
  }

  fileprivate func admits(_ name: String) -> Bool {
    (includes.isEmpty || includes.contains { glob($0, name) })
      && !excludes.contains { glob($0, name) }
  }
}

private func glob(_ pattern: String, _ name: String) -> Bool {
  Connection.glob(pattern, matches: name)
}
