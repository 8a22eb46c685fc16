package import S3
package import Vocabulary

/// Where the copies go: below a prefix of a bucket.
///
/// ```
/// of a manifest                    photos/2026/a.jpg → prefix + photos/2026/a.jpg
/// of a moment, below photos/2026/  photos/2026/a.jpg → prefix + a.jpg
/// of a moment, in its place        photos/2026/a.jpg → the same
/// ```
package struct CopyTarget: Equatable, Sendable {
  package var bucket: String
  package var prefix: Key
  /// What all keys begin with, and no key of the target has.
  private var leftOut = Key.start

  package init(bucket: String, prefix: Key) {
    self.bucket = bucket
    self.prefix = prefix
  }

  /// The same for what a bucket held below a prefix at a moment: as in a folder, what follows the prefix's last
  /// slash goes below the target's.
  ///
  /// The same prefix of the same bucket is their place, also without a slash at its end: no key moves.
  package func taking(from bucket: String, below source: Key) -> CopyTarget {
    var target = self
    let isInPlace = bucket == self.bucket && source == prefix
    target.leftOut = isInPlace ? source : RelativeKey(below: source).leftOut
    return target
  }

  /// Where a version's copy goes: to the prefix and what is left of its key, with nothing between them.
  package func address(of entry: ManifestEntry) -> ObjectAddress {
    let rest = entry.key.bytes.dropFirst(leftOut.bytes.count)
    return ObjectAddress(bucket: bucket, key: Key(prefix.bytes + rest))
  }

  /// The entry; nil for the folder itself that all others go into, where it would have no name.
  package func placing(_ entry: ManifestEntry) -> ManifestEntry? {
    entry.size == 0 && address(of: entry).key.isStart ? nil : entry
  }

  /// The key that would come to this one, which is below the target's prefix.
  func source(of key: Key) -> Key {
    Key(leftOut.bytes + key.bytes.dropFirst(prefix.bytes.count))
  }
}
