/// An object key: 1 to 1024 bytes, by contract UTF-8, compared byte by byte.
///
/// S3 lists keys in the order of their UTF-8 bytes (ListObjectsV2, "Listing object keys"), which is
/// also SQLite's BINARY collation, so one order serves server, crawler and index. The bytes are kept
/// as they came: a key that is not valid UTF-8 is stored and compared exactly.
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
  /// Nil when there is none: no bytes, or 0xFF only. The result need not be valid UTF-8; it is a bound
  /// for comparisons, never a key.
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
