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

  /// What tells a job from others, the same night for night.
  struct Name: Sendable {
    /// Whom it tells, and about which account: by a digest of the URL, which is a secret.
    var people: String
    /// What of that account it syncs; empty for everything.
    var scope: String

    var isOfAll: Bool { scope.isEmpty }
  }

  func name(telling receiver: ReceiverURL) -> Name {
    let targets = options.targets.map { target in
      switch target {
      case .pattern(let pattern): pattern
      case .bucket(let name, let prefix): "s3://\(name)/\(prefix)"
      }
    }
    let scope =
      targets.sorted() + options.includes.sorted().map { "include \($0)" }
      + options.excludes.sorted().map { "exclude \($0)" }
      + options.regions.sorted().map { "region \($0)" }
    let account = profiles.sorted() + [endpointURL].compactMap(\.self)
    let digest = SHA256.hex(Array(receiver.whole.utf8)).prefix(16)
    return Name(
      people: (account + [String(digest)]).joined(separator: " "),
      scope: scope.joined(separator: ", "))
  }
}
