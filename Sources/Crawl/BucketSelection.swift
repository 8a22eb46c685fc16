internal import Index
package import S3
internal import SQLite
internal import Vocabulary

/// The buckets of a sync: what was asked for, matched with what the account has.
package struct BucketSelection: Sendable {
  /// In order of name, each bucket and prefix once.
  package var buckets: [SelectedBucket]
  /// The account's complete list; nil when the account was not asked.
  package var accountBuckets: Set<String>?

  /// Asks the account for its buckets where that is needed, and selects among them.
  ///
  /// - Throws: `S3Error` when the list is needed and refused; `NoMatch` for a pattern without
  ///   buckets.
  package static func resolve(
    _ options: SyncOptions, client: S3Client
  ) async throws -> BucketSelection {
    guard options.needsAccountList else {
      let buckets = options.namedBuckets.filter { options.admits($0.identity.name) }
      guard !buckets.isEmpty else { throw NoMatch(pattern: nil, bucketNames: []) }
      return BucketSelection(buckets: unique(buckets), accountBuckets: nil)
    }
    let list = try await client.listBuckets()
    let names = list.buckets.map(\.name)
    for pattern in options.patterns + options.includes
    where !names.contains(where: { glob(pattern, $0) }) {
      throw NoMatch(pattern: pattern, bucketNames: names)
    }
    let listed = list.buckets.filter { options.selects($0.name) }.map { bucket in
      SelectedBucket(
        identity: BucketIdentity(
          endpoint: options.endpoint, name: bucket.name, region: bucket.region,
          created: bucket.created),
        owner: list.ownerID, prefix: .start)
    }
    let named = options.namedBuckets.filter { options.admits($0.identity.name) }
    guard !(listed + named).isEmpty || names.isEmpty else {
      throw NoMatch(pattern: nil, bucketNames: names)
    }
    return BucketSelection(buckets: unique(listed + named), accountBuckets: Set(names))
  }

  /// A pattern that fits none of the account's buckets, or patterns that leave none: more likely a
  /// slip than a wish.
  package struct NoMatch: Error, Equatable, CustomStringConvertible {
    /// Nil when it is all of them together.
    package var pattern: String?
    package var bucketNames: [String]

    package var description: String {
      pattern.map { "no bucket of the account matches '\($0)'" }
        ?? "--include and --exclude leave no bucket to list"
    }

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
  /// Whether only the account knows which buckets are meant.
  fileprivate var needsAccountList: Bool { targets.isEmpty || !patterns.isEmpty }

  fileprivate var patterns: [String] {
    targets.compactMap { target in
      if case .pattern(let pattern) = target { pattern } else { nil }
    }
  }

  /// Whether a bucket of the account would be listed.
  func selects(_ name: String) -> Bool {
    (targets.isEmpty || patterns.contains { glob($0, name) }) && admits(name)
  }

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
