internal import AWS
internal import Index
internal import S3
internal import Vocabulary

// An inventory does not say which keys it is about, and one of a prefix looks like one of the whole bucket. What
// is claimed too widely removes keys of the index that the inventory knows nothing of, and calls a bucket complete
// of which only a part is known.

extension InventoryImport {
  /// Who says which keys an inventory is about.
  enum Claim: Sendable {
    case said(Key)
    /// By the configuration as it is now: it may have been another one when the inventory was made.
    case configured(Key)
    case unknown(reason: String)

    /// All rows have to begin with this.
    var prefix: Key {
      switch self {
      case .said(let prefix), .configured(let prefix): prefix
      case .unknown: .start
      }
    }
  }

  /// What the user has said; nil for nothing.
  var saidPrefix: Key? {
    switch request.scope {
    case .asConfigured: nil
    case .wholeBucket: .start
    case .prefix(let prefix): prefix
    }
  }

  func claim(
    of found: FoundManifest, _ place: InventoryPlace, _ manifest: InventoryManifest
  ) async throws -> Claim {
    if let saidPrefix { return .said(saidPrefix) }
    guard case .bucket(let client, _, _) = place else {
      return .unknown(reason: "a copy does not say")
    }
    guard let origin = found.origin, origin.bucket == manifest.sourceBucket else {
      return .unknown(reason: "the manifest's key does not name a configuration")
    }
    do {
      let configuration = try await client.inventoryConfiguration(of: origin.bucket, id: origin.id)
      return .configured(configuration.prefix)
    } catch let error as S3Error {
      // Whether it was denied, is gone, or the server has none: the keys decide.
      return .unknown(reason: error.description)
    }
  }

  /// The keys that are taken as known.
  ///
  /// Where nobody says it, and the index knows prefixes of the bucket alone, these are the keys that begin with what
  /// all keys of the inventory begin with: whatever prefix it is of, that is a part of it. Where the index knows none
  /// beside them, it is taken to be of all, and that is said.
  ///
  /// - Throws: `InventoryError.unknownScope` where the index has other keys that the inventory may be about or not.
  func scope(of inventory: SortedInventory, _ claim: Claim, at endpoint: String) throws -> Key {
    let shared = inventory.sharedPrefix?.wholeCharacters
    func other(below prefix: Key) throws -> Key? {
      // Nothing begins with a zero byte: without keys, every one of the index is another.
      try reader()?.key(
        of: inventory.bucket, endpoint: endpoint, below: prefix, outside: shared ?? Key([0]))
    }
    switch claim {
    case .said(let prefix): return prefix
    case .unknown(let reason):
      if let outside = try other(below: .start) {
        throw InventoryError(
          .unknownScope(bucket: inventory.bucket, shared: shared, outside: outside, reason: reason))
      }
      // Keys without anything in common are of no prefix.
      guard shared != .start else { return .start }
      if let shared, try isKnownInPart(inventory.bucket, at: endpoint) {
        remark(.takenForPart(bucket: inventory.bucket, shared: shared, reason: reason))
        return shared
      }
      remark(.takenForWhole(bucket: inventory.bucket, shared: shared, reason: reason))
      return .start
    case .configured(let prefix):
      guard shared != prefix else { return prefix }
      // It may have been widened since the inventory was made.
      let outside = try other(below: prefix)
      let wasListed = try reader()?.hasListed(prefix, of: inventory.bucket, endpoint: endpoint)
      if wasListed != true || outside != nil {
        remark(
          .believedConfiguration(
            bucket: inventory.bucket, prefix: prefix, shared: shared, created: inventory.created,
            removed: outside))
      }
      return prefix
    }
  }

  /// Whether the index has keys of a bucket that was never listed as a whole.
  private func isKnownInPart(_ bucket: String, at endpoint: String) throws -> Bool {
    guard let reader = try reader() else { return false }
    return try !reader.hasListed(.start, of: bucket, endpoint: endpoint)
      && reader.newestListing(of: bucket, endpoint: endpoint, prefix: .start) != nil
  }
}

extension Key {
  /// Without the bytes of a character that is not there whole: no prefix ends in one.
  fileprivate var wholeCharacters: Key {
    for count in 0..<4 where count <= bytes.count {
      let rest = bytes.dropLast(count)
      if String(decoding: rest, as: UTF8.self).utf8.elementsEqual(rest) { return Key(Array(rest)) }
    }
    return self
  }
}
