/// A piece `(lo, hi]` of a bucket's key space with its checkpoint.
package struct CrawlRange: Equatable, Sendable {
  /// Exclusive; `Key.start` for the beginning.
  package var lo: Key
  /// Inclusive; nil for no end.
  package var hi: Key?
  /// The last key that has been merged.
  package var cursor: Key
  /// Objects listed in `(lo, cursor]`.
  package var objects: Int64
  package var isDone: Bool
  /// Noncurrent versions and delete markers listed in `(lo, cursor]`.
  package var versions: Int64 = 0

  package init(lo: Key, hi: Key?, cursor: Key, objects: Int64 = 0, isDone: Bool = false) {
    self.lo = lo
    self.hi = hi
    self.cursor = cursor
    self.objects = objects
    self.isDone = isDone
  }
}

/// A key of an earlier crawl, with the number of objects after the mark before it and up to it; in a
/// listing of versions, of its entries.
package struct KeyMark: Equatable, Sendable {
  package var key: Key
  package var objects: Int64

  package init(key: Key, objects: Int64) {
    self.key = key
    self.objects = objects
  }
}
