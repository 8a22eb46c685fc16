internal import SQLite
package import Vocabulary

/// One upload of an answer.
package struct UploadRow: Equatable, Sendable {
  package var bucket: String
  package var key: Key
  package var uploadID: String
  package var initiated: Timestamp
  package var storageClass: String
  /// Nil while its parts were not listed, and so are its bytes.
  package var parts: Int64?
  package var bytes: Int64?
  package var freshness: Freshness
  package var origin: BucketOrigin
}

/// What uploads are summed by.
package enum UploadGrouping: String, CaseIterable, Sendable {
  case bucket, prefix, `class`, age
}

/// A sum over uploads.
package struct UploadSum: Equatable, Sendable {
  /// Nil for a sum over several buckets.
  package var bucket: String?
  /// The prefix, the class or the age; nil for a bucket.
  package var group: Key?
  /// Nil where nothing is known.
  package var uploads: Int64?
  /// Nil where those of any are not known.
  package var parts: Int64?
  package var bytes: Int64?
  package var oldest: Timestamp?
  package var freshness: Freshness
  package var origin: BucketOrigin?
}

extension IndexReader {
  /// The uploads that pass the filter, the oldest first; its times are those at which they were begun.
  ///
  /// One whose bytes are not known passes no limit of size.
  package func uploads(_ filter: ObjectFilter) throws -> [UploadRow] {
    var filter = filter
    filter.entries = .uploads
    let resolved = try resolve(filter)
    return try uploads(resolved)
  }

  /// The uploads that pass the filter, but for its limits of size, and whose bytes are not known: they may
  /// pass those, too.
  package func uploadsOfUnknownBytes(_ filter: ObjectFilter) throws -> [UploadRow] {
    var filter = filter
    (filter.sizeMin, filter.sizeMax) = (nil, nil)
    return try uploads(filter).filter { $0.bytes == nil }
  }

  private func uploads(_ resolved: ResolvedFilter) throws -> [UploadRow] {
    let classNames = try storageClassNames()
    var rows: [UploadRow] = []
    var groups = Groups()
    for run in resolved.runs {
      let sql =
        Self.selectUploads + " " + resolved.condition.sql(for: run) + "\nORDER BY key, upload_id"
      try connection.withStatement(sql) { statement in
        try resolved.condition.bind(run, to: &statement)
        while try statement.step() {
          let (key, uploadID) = (Key(statement.bytes(at: 0)), statement.string(at: 1))
          groups += Groups(count: 1, nameBytes: key.bytes.count + uploadID.utf8.count)
          try check(groups)
          rows.append(
            UploadRow(
              bucket: run.bucket.name, key: key, uploadID: uploadID,
              initiated: Timestamp(millisecondsSinceEpoch: statement.int64(at: 2)),
              storageClass: classNames[statement.int64(at: 3)] ?? "",
              parts: statement.optionalInt64(at: 4), bytes: statement.optionalInt64(at: 5),
              freshness: run.bucket.freshness, origin: run.bucket.origin))
        }
      }
    }
    // Of one time, they stay in the order of buckets and keys.
    return rows.enumerated().sorted { left, right in
      (left.element.initiated, left.offset) < (right.element.initiated, right.offset)
    }.map(\.element)
  }

  /// Sums the uploads that pass the filter.
  ///
  /// A bucket whose uploads were never listed has a row without sums. A sum over uploads whose bytes are not
  /// known, or that leaves them out for that, is not complete.
  package func uploadSums(
    by grouping: UploadGrouping, _ filter: ObjectFilter, now: Timestamp
  ) throws -> [UploadSum] {
    let sums = try sums(by: grouping, filter, now: now)
    let isLimited = filter.sizeMin != nil || filter.sizeMax != nil
    let leftOut = isLimited ? try uploadsOfUnknownBytes(filter) : []
    let places = Set(leftOut.map(\.place))
    return sums.map { sum in
      var sum = sum
      let lacksSome = sum.place.map { places.contains($0) } ?? !places.isEmpty
      if sum.freshness.state == .complete, sum.bytes == nil || lacksSome {
        sum.freshness.state = .partial
      }
      return sum
    }
  }

  /// The ids of the buckets that have any.
  func bucketsWithUploads() throws -> Set<Int64> {
    Set(
      try connection.all(
        "SELECT id FROM bucket WHERE EXISTS (SELECT 1 FROM upload WHERE bucket_id = bucket.id)"
      ) { $0.int64(at: 0) })
  }

  private func sums(
    by grouping: UploadGrouping, _ filter: ObjectFilter, now: Timestamp
  ) throws -> [UploadSum] {
    var filter = filter
    filter.entries = .uploads
    let resolved = try resolve(filter)
    let rows = try uploads(resolved)
    switch grouping {
    case .bucket:
      let own = Dictionary(grouping: rows) { $0.place }
      return resolved.buckets.map { bucket in
        UploadSum(of: own[UploadPlace(bucket)] ?? [], in: bucket)
      }
    case .prefix:
      let own = Dictionary(grouping: rows) { $0.place }
      return resolved.buckets.flatMap { bucket in
        Dictionary(grouping: own[UploadPlace(bucket)] ?? []) { $0.key.firstPrefix }
          .sorted { $0.key < $1.key }.map { prefix, rows in
            var sum = UploadSum(of: rows, in: bucket)
            sum.group = prefix
            return sum
          }
      }
    case .class:
      return Dictionary(grouping: rows, by: \.storageClass).sorted { $0.key < $1.key }.map {
        UploadSum(of: $0.value, called: Key($0.key), resolved.freshness)
      }
    case .age:
      let bins = Bins.ages
      let now = now.millisecondsSinceEpoch
      return Dictionary(grouping: rows) { row in
        bins.number(of: now.minus(row.initiated.millisecondsSinceEpoch))
      }.sorted { $0.key < $1.key }.map {
        UploadSum(of: $0.value, called: Key(bins.label(of: $0.key)), resolved.freshness)
      }
    }
  }

  static let selectUploads = """
    SELECT key, upload_id, last_modified_ms, storage_class_id, parts, size FROM (
      SELECT bucket_id, key, upload_id, initiated_ms AS last_modified_ms, storage_class_id, parts,
        bytes AS size
      FROM upload)
    WHERE
    """
}

/// What tells buckets of uploads apart.
private struct UploadPlace: Hashable {
  var name: String
  var endpoint: String
}

extension UploadPlace {
  init(_ bucket: BucketSummary) { self.init(name: bucket.name, endpoint: bucket.endpoint) }
}

extension UploadRow {
  fileprivate var place: UploadPlace { UploadPlace(name: bucket, endpoint: origin.endpoint) }
}

extension UploadSum {
  /// Nil for a sum over several buckets.
  fileprivate var place: UploadPlace? {
    bucket.map { UploadPlace(name: $0, endpoint: origin?.endpoint ?? "") }
  }

  fileprivate init(of rows: [UploadRow], called group: Key? = nil, _ freshness: Freshness) {
    self.init(group: group, freshness: freshness)
    uploads = Int64(rows.count)
    parts = Self.sum(rows.map(\.parts))
    bytes = Self.sum(rows.map(\.bytes))
    oldest = rows.map(\.initiated).min()
  }

  fileprivate init(of rows: [UploadRow], in bucket: BucketSummary) {
    self.init(of: rows, bucket.freshness)
    (self.bucket, origin) = (bucket.name, bucket.origin)
    if bucket.freshness.isUnknown { (uploads, parts, bytes) = (nil, nil, nil) }
  }

  private static func sum(_ numbers: [Int64?]) -> Int64? {
    let known = numbers.compactMap(\.self)
    return known.count == numbers.count ? known.saturatedSum() : nil
  }
}

extension Key {
  /// What it begins with down to the first slash; empty without one.
  fileprivate var firstPrefix: Key {
    bytes.firstIndex(of: UInt8(ascii: "/")).map { Key(Array(bytes[...$0])) } ?? .start
  }
}
