internal import SQLite
internal import Vocabulary

/// What `top` puts first.
package enum TopOrder: String, Sendable {
  case largest, smallest, newest, oldest

  /// Ties are broken by key, so that an answer does not depend on the way it was found.
  fileprivate var sql: String {
    switch self {
    case .largest: "size DESC, key"
    case .smallest: "size, key"
    case .newest: "last_modified_ms DESC, key"
    case .oldest: "last_modified_ms, key"
    }
  }

  fileprivate func precedes(_ left: ObjectRow, _ right: ObjectRow) -> Bool {
    let (first, second): (Int64, Int64) =
      switch self {
      case .largest: (right.size, left.size)
      case .smallest: (left.size, right.size)
      case .newest:
        (right.lastModified.millisecondsSinceEpoch, left.lastModified.millisecondsSinceEpoch)
      case .oldest:
        (left.lastModified.millisecondsSinceEpoch, right.lastModified.millisecondsSinceEpoch)
      }
    guard first == second else { return first < second }
    return (left.bucket, left.key) < (right.bucket, right.key)
  }
}

extension IndexReader {
  /// Hands every object that passes the filter to `body`, by bucket name and key, until `limit` or
  /// false.
  package func find(
    _ filter: ObjectFilter, limit: Int64?, _ body: (ObjectRow) throws -> Bool
  ) throws {
    let resolved = try resolve(filter)
    let classNames = try storageClassNames()
    var left = limit ?? .max
    guard left > 0 else { return }
    try scan(resolved.runs, resolved.condition) { run, row in
      left -= 1
      return try body(objectRow(run, row, classNames)) && left > 0
    }
  }

  /// The first `count` objects in an order, over all buckets together or of each.
  package func top(
    _ order: TopOrder, count: Int64, perBucket: Bool, _ filter: ObjectFilter
  ) throws -> [ObjectRow] {
    let resolved = try resolve(filter)
    let classNames = try storageClassNames()
    if order == .largest, !perBucket, !resolved.needsScan, resolved.storageClasses == nil,
      filter.scopes.isEmpty, let rows = try largest(count, resolved.buckets, classNames)
    {
      return rows
    }
    var rows: [Int64: [ObjectRow]] = [:]
    try scan(resolved.runs, resolved.condition, orderedBy: order.sql, limit: count) { run, row in
      rows[run.bucket.id, default: []].append(objectRow(run, row, classNames))
      return true
    }
    func first(of rows: [ObjectRow]) -> ArraySlice<ObjectRow> {
      rows.sorted(by: order.precedes).prefix(Int(count))
    }
    guard perBucket else { return Array(first(of: rows.values.flatMap { $0 })) }
    return resolved.buckets.flatMap { first(of: rows[$0.id] ?? []) }
  }

  /// The largest objects of the whole index, when the partial index holds as many.
  private func largest(
    _ count: Int64, _ buckets: [BucketSummary], _ classNames: [Int64: String]
  ) throws -> [ObjectRow]? {
    let byID = Dictionary(buckets.map { ($0.id, $0) }) { first, _ in first }
    let rows = try connection.all(Self.selectLargest, .integer(count)) { row -> ObjectRow? in
      byID[row.int64(at: 5)].map { bucket in
        objectRow(
          BucketRun(bucket: bucket, keys: KeyInterval(prefix: .start)), row, classNames)
      }
    }.compactMap { $0 }
    return Int64(rows.count) == count ? rows.sorted(by: TopOrder.largest.precedes) : nil
  }

  // Ties are sorted group by group as the index is read, so a large group costs its reading only.
  private static let selectLargest = """
    SELECT object.size, object.last_modified_ms, object.storage_class_id, object.key, object.etag,
      object.bucket_id
    FROM object INDEXED BY object_large
    CROSS JOIN bucket ON bucket.id = object.bucket_id
    WHERE object.size >= 1073741824
    ORDER BY object.size DESC, bucket.name, object.key
    LIMIT ?1
    """
}
