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

  /// The keys that are taken as known: never more than is proven, unless somebody says so.
  ///
  /// Where nobody does, these are the keys that begin with what all keys of the inventory begin with. Whatever prefix
  /// it is of, that is a part of it.
  ///
  /// - Throws: `InventoryError.unknownScope` where the index has other keys that the inventory may be about or not.
  func scope(of inventory: SortedInventory, _ claim: Claim, at endpoint: String) throws -> Key {
    let shared = inventory.sharedPrefix?.wholeCharacters
    func refuseOthers(below prefix: Key, reason: String) throws {
      // Nothing begins with a zero byte: without keys, every one of the index is another.
      let outside = try reader()?.key(
        of: inventory.bucket, endpoint: endpoint, below: prefix, outside: shared ?? Key([0]))
      guard let outside else { return }
      throw InventoryError(
        .unknownScope(bucket: inventory.bucket, shared: shared, outside: outside, reason: reason))
    }
    switch claim {
    case .said(let prefix): return prefix
    case .unknown(let reason):
      try refuseOthers(below: .start, reason: reason)
      guard let shared else {
        throw InventoryError(
          .unknownScope(bucket: inventory.bucket, shared: nil, outside: nil, reason: reason))
      }
      // Keys without anything in common are of no prefix.
      if shared != .start {
        remark(.takenForPart(bucket: inventory.bucket, shared: shared, reason: reason))
      }
      return shared
    case .configured(let prefix):
      guard shared != prefix else { return prefix }
      let place = prefix.isStart ? "of all keys" : "of '\(prefix.text)'"
      try refuseOthers(
        below: prefix,
        reason: "its configuration is \(place) now, and may have been widened since it was made")
      let wasListed = try reader()?.hasListed(prefix, of: inventory.bucket, endpoint: endpoint)
      if wasListed != true {
        remark(
          .believedConfiguration(
            bucket: inventory.bucket, prefix: prefix, shared: shared, created: inventory.created))
      }
      return prefix
    }
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
