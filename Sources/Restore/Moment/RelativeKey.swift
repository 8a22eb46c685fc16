package import Vocabulary

/// Where keys below a prefix go: what follows the prefix's last slash.
///
/// ```
/// prefix photos/2026/   photos/2026/a.jpg → a.jpg         photos/2026/ → nothing, if it is empty
/// prefix photos/20      photos/2026/a.jpg → 2026/a.jpg
/// no prefix             photos/2026/a.jpg → the same
/// ```
package struct RelativeKey: Sendable {
  /// What of the prefix is not part of any path: all through its last slash.
  package let leftOut: Key
  private var countLeftOut: Int { leftOut.bytes.count }

  package init(below prefix: Key) {
    let count = prefix.bytes.lastIndex(of: UInt8(ascii: "/")).map { $0 + 1 } ?? 0
    leftOut = Key(Array(prefix.bytes.prefix(count)))
  }

  /// The entry with where it goes; nil for the folder itself that all others go into.
  package func placing(_ entry: ManifestEntry) -> ManifestEntry? {
    guard countLeftOut > 0 else { return entry }
    var entry = entry
    let rest = entry.key.bytes.dropFirst(countLeftOut)
    guard rest.isEmpty else {
      entry.relativePath = Key(Array(rest))
      return entry
    }
    guard entry.size != 0 else { return nil }
    // A folder that has bytes is refused under its own name.
    entry.relativePath = Self.nameless
    return entry
  }

  /// No path: no key of XML can end so.
  private static let nameless = Key([UInt8(ascii: "/"), 0])
}
