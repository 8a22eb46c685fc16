/// An object key: 1 to 1024 bytes, by contract UTF-8, compared byte by byte.
///
/// S3 lists keys in the order of their UTF-8 bytes (ListObjectsV2, "Listing object keys"), which is
/// also SQLite's BINARY collation, so one order serves server, crawler and index. The bytes are
/// kept as they came: a key that is not valid UTF-8 is stored and compared exactly.
package struct Key: Hashable, Sendable {
  package var bytes: [UInt8]

  package init(_ bytes: [UInt8]) {
    self.bytes = bytes
  }

  package init(_ text: String) {
    bytes = Array(text.utf8)
  }

  /// Before every key: the cursor of a range in which nothing has been listed yet.
  package static let start = Key([UInt8]())

  package var isStart: Bool { bytes.isEmpty }

  /// The key as text; bytes that are not UTF-8 become U+FFFD.
  package var text: String { String(decoding: bytes, as: UTF8.self) }

  /// The smallest byte string greater than every key that begins with these bytes.
  ///
  /// Nil when there is none: no bytes, or 0xFF only. The result need not be valid UTF-8; it is a
  /// bound for comparisons, never a key.
  package var prefixUpperBound: Key? {
    guard let last = bytes.lastIndex(where: { $0 != 0xFF }) else { return nil }
    var bound = Array(bytes[...last])
    bound[last] += 1
    return Key(bound)
  }
}

extension Key: Comparable {
  package static func < (left: Key, right: Key) -> Bool {
    left.bytes.lexicographicallyPrecedes(right.bytes)
  }
}

extension Key {
  /// The smallest byte string greater than this key: a bound for comparisons, never a key.
  package var successor: Key { Key(bytes + [0]) }
}

/// The keys `k` with `lower <= k < upper`; no upper bound when `upper` is nil.
///
/// A range `(lo, hi]` is `[lo.successor, hi.successor)`; the keys below a prefix are
/// `[prefix, prefix.prefixUpperBound)`. One form serves both, so one SQL statement does.
package struct KeyInterval: Equatable, Sendable {
  package var lower: Key
  package var upper: Key?

  package init(lower: Key, upper: Key?) {
    self.lower = lower
    self.upper = upper
  }

  /// All keys that begin with `prefix`; every key when it is empty.
  package init(prefix: Key) {
    self.init(lower: prefix, upper: prefix.prefixUpperBound)
  }

  package func contains(_ key: Key) -> Bool {
    guard key >= lower else { return false }
    return upper.map { key < $0 } ?? true
  }

  /// The part of this interval with keys in `(after, through]`; nil leaves that end as it is.
  package func limited(after: Key, through: Key?) -> KeyInterval {
    var limited = self
    if !after.isStart { limited.lower = max(lower, after.successor) }
    if let bound = through?.successor { limited.upper = upper.map { min($0, bound) } ?? bound }
    return limited
  }
}
