internal import Index
internal import Signing
internal import Sync

/// What one sync among several that fill an index is about: people who wait for it are told of that alone.
struct NightJob: Sendable {
  private let options: SyncOptions
  private let profiles: [String]
  private let endpointURL: String?

  init(_ options: SyncOptions, _ connection: ConnectionOptions) {
    self.options = options
    (profiles, endpointURL) = (connection.profiles, connection.endpointURL)
  }

  /// Whether a bucket of the index is one that it syncs.
  func means(_ bucket: BucketSummary) -> Bool {
    guard options.means(bucket.name, region: bucket.region) else { return false }
    // Where nobody knows by which profile a bucket is reached, it may be by one of these.
    guard !profiles.isEmpty, let known = bucket.account?.profiles, !known.isEmpty else {
      return true
    }
    return known.contains { profiles.contains($0) }
  }

  /// What tells it from other jobs, which may tell other people: the same night for night.
  ///
  /// Whoever is told is known by a digest of the URL, which is a secret.
  func name(telling receiver: ReceiverURL) -> String {
    let targets = options.targets.map { target in
      switch target {
      case .pattern(let pattern): pattern
      case .bucket(let name, let prefix): "s3://\(name)/\(prefix)"
      }
    }
    let words =
      targets.sorted() + options.includes.sorted().map { "include \($0)" }
      + options.excludes.sorted().map { "exclude \($0)" }
      + options.regions.sorted().map { "region \($0)" }
      + profiles.sorted().map { "profile \($0)" }
      + [endpointURL].compactMap { $0.map { "endpoint \($0)" } }
    let digest = SHA256.hex(Array(receiver.whole.utf8)).prefix(16)
    return "\(words.isEmpty ? "all" : words.joined(separator: ", ")) to \(digest)"
  }
}
