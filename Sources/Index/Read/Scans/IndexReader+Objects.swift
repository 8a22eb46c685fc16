internal import SQLite
package import Vocabulary

/// One object of an answer, without its bucket, key and ETag.
package struct FoundObject: Sendable {
  package var size: Int64
  package var lastModified: Timestamp
  package var storageClass: String
  /// Which version it is; nil where only objects were asked for.
  package var version: FoundVersion?
  /// Where a version stands among those of its key; nil for an object.
  package var rank: Int64?
}

extension IndexReader {
  /// Hands every object that passes the filter to `body`, by bucket name and key, until `limit` or
  /// false.
  ///
  /// The bytes of key and ETag are SQLite's own, lent until `body` returns: millions of objects
  /// pass without a copy. So is the bucket, the same for all of its objects.
  package func find(
    _ filter: ObjectFilter, limit: Int64?,
    _ body: (
      _ bucket: BucketSummary, _ object: FoundObject, _ key: Span<UInt8>, _ etag: Span<UInt8>
    ) throws -> Bool
  ) throws {
    let resolved = try resolve(filter)
    let classNames = try storageClassNames()
    let isOfVersions = filter.entries != .current
    let condition =
      isOfVersions && filter.passesMarkers
      ? resolved.condition.showingMarkers() : resolved.condition
    var left = limit ?? .max
    guard left > 0 else { return }
    for run in resolved.runs.compactMap({ $0.behind(filter.after, isOfVersions: isOfVersions) }) {
      let known = filter.after.flatMap { $0.isIn(run.bucket) ? $0 : nil }
      let wantsMore = try scan(isOfVersions ? .versions : .all, run, condition) { row in
        if isOfVersions, let known, known.isNotBefore(row) { return true }
        left -= 1
        let object = FoundObject(run.bucket, row, classNames, isOfVersions: isOfVersions)
        return try row.withText(at: ObjectColumn.key) { key in
          try row.withText(at: ObjectColumn.etag) { try body(run.bucket, object, key, $0) }
        } && left > 0
      }
      guard wantsMore else { return }
    }
  }
}

/// The columns of `ScanColumns.all`.
enum ObjectColumn {
  static let size: Int32 = 0
  static let lastModifiedMs: Int32 = 1
  static let storageClassID: Int32 = 2
  static let key: Int32 = 3
  static let etag: Int32 = 4
  /// Of `ScanColumns.versions` alone.
  static let versionID: Int32 = 5
  static let kind: Int32 = 6
  static let rank: Int32 = 7
}

extension BucketRun {
  /// The part of the run that may hold what is behind a place; nil for none.
  fileprivate func behind(_ place: ObjectFilter.EntryPlace?, isOfVersions: Bool) -> BucketRun? {
    guard let place else { return self }
    guard place.isIn(bucket) else {
      // The order of the statement that reads the buckets: by the bytes of their names.
      return place.bucketOrder.lexicographicallyPrecedes(bucketOrder, by: <) ? self : nil
    }
    var run = self
    // Of a key's versions some may still come.
    run.keys.lower = max(keys.lower, isOfVersions ? place.key : place.key.successor)
    return run.keys.upper.map { run.keys.lower < $0 } ?? true ? run : nil
  }

  private var bucketOrder: [Key] { [Key(bucket.name), Key(bucket.endpoint)] }
}

extension ObjectFilter.EntryPlace {
  fileprivate var bucketOrder: [Key] { [Key(bucket), Key(endpoint)] }

  fileprivate func isIn(_ bucket: BucketSummary) -> Bool {
    bucket.name == self.bucket && bucket.endpoint == endpoint
  }

  /// Whether a row of versions is this one, or comes before it among the versions of its key.
  fileprivate func isNotBefore(_ row: borrowing Statement) -> Bool {
    let isOfKey = row.withText(at: ObjectColumn.key) { text in
      text.withUnsafeBufferPointer { $0.elementsEqual(key.bytes) }
    }
    guard isOfKey else { return false }
    guard let other = row.optionalInt64(at: ObjectColumn.rank) else { return true }
    return rank.map { other <= $0 } ?? false
  }
}

extension FoundObject {
  fileprivate init(
    _ bucket: BucketSummary, _ row: borrowing Statement, _ classNames: [Int64: String],
    isOfVersions: Bool
  ) {
    size = row.int64(at: ObjectColumn.size)
    lastModified = Timestamp(millisecondsSinceEpoch: row.int64(at: ObjectColumn.lastModifiedMs))
    storageClass = classNames[row.int64(at: ObjectColumn.storageClassID)] ?? ""
    guard isOfVersions else { return }
    let kind = row.int64(at: ObjectColumn.kind)
    rank = row.optionalInt64(at: ObjectColumn.rank)
    version = FoundVersion(
      id: Self.versionID(bucket, row), isLatest: kind < 0 || kind == 2, isMarker: kind > 0)
  }

  /// As in the view `versions`.
  private static func versionID(_ bucket: BucketSummary, _ row: borrowing Statement) -> String? {
    guard let id = row.optionalString(at: ObjectColumn.versionID) else {
      let bound = bucket.nullIDsBefore?.millisecondsSinceEpoch
      return bound.map { row.int64(at: ObjectColumn.lastModifiedMs) < $0 } == true
        ? ObjectPage.idOfNone : nil
    }
    return id.isEmpty ? nil : id
  }
}

extension ObjectRow {
  /// A row of `ScanColumns.all`, or of `versions`.
  init(
    _ run: BucketRun, _ row: borrowing Statement, _ classNames: [Int64: String],
    isOfVersions: Bool = false
  ) {
    let object = FoundObject(run.bucket, row, classNames, isOfVersions: isOfVersions)
    self.init(
      bucket: run.bucket.name, key: Key(row.bytes(at: ObjectColumn.key)), size: object.size,
      lastModified: object.lastModified, etag: row.string(at: ObjectColumn.etag),
      storageClass: object.storageClass, freshness: run.bucket.freshness, origin: run.bucket.origin,
      version: object.version)
  }
}
