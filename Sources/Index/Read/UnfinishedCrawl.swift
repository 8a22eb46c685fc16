internal import Vocabulary

/// A crawl that did not come to its end, or has not yet: what was listed of its keys before is no longer of
/// one moment, and what was listed of others is as good as it was.
struct UnfinishedCrawl: Equatable, Sendable {
  var id: Int64
  var prefix: Key
  var error: String?
  /// Whether another crawl has listed its keys since, which says nothing of the versions that it was to list.
  var isAbandoned = false

  /// Whether it has keys in common with what begins with `prefix`.
  func meets(_ prefix: Key) -> Bool { self.prefix.meets(prefix) }
}

extension Key {
  /// Whether what begins with this has keys in common with what begins with `prefix`.
  func meets(_ prefix: Key) -> Bool {
    bytes.starts(with: prefix.bytes) || prefix.bytes.starts(with: bytes)
  }
}
