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
  /// The last entries up to the cursor, in the server's order, where a listing of versions is taken up:
  /// what it goes on by.
  package var lastEntries: [ListedVersion] = []
  /// The first entries that an earlier sync stored of the range, for which nobody has vouched.
  ///
  /// They are in the server's order, and only told where the range before has not come to its end. Of
  /// objects, ids are empty.
  package var firstEntries: [ListedVersion] = []
  /// How many entries `firstEntries` has at most.
  package static let firstEntriesMax = 8

  package init(lo: Key, hi: Key?, cursor: Key, objects: Int64 = 0, isDone: Bool = false) {
    self.lo = lo
    self.hi = hi
    self.cursor = cursor
    self.objects = objects
    self.isDone = isDone
  }
}

/// One version or delete marker that was listed before.
package struct ListedVersion: Equatable, Sendable {
  package var key: Key
  package var versionID: String
  package var isMarker: Bool

  package init(key: Key, versionID: String, isMarker: Bool) {
    self.key = key
    self.versionID = versionID
    self.isMarker = isMarker
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
