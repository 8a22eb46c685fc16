internal import SQLite
internal import Vocabulary

/// The columns of a scan's rows.
enum ScanColumn {
  static let size: Int32 = 0
  static let lastModifiedMs: Int32 = 1
  static let storageClassID: Int32 = 2
  static let key: Int32 = 3
  static let etag: Int32 = 4
}

extension IndexReader {
  /// Calls `body` for every object of the runs that passes the condition, in key order, until it
  /// returns false.
  func scan(
    _ runs: [BucketRun], _ condition: ObjectCondition, orderedBy order: String = "key",
    limit: Int64? = nil, _ body: (BucketRun, borrowing Statement) throws -> Bool
  ) throws {
    let sql = """
      SELECT size, last_modified_ms, storage_class_id, key, etag FROM object
      WHERE \(condition.sql)
      ORDER BY \(order)
      LIMIT ?\(condition.nextParameter)
      """
    for run in runs {
      let wantsMore = try connection.withStatement(sql) { statement in
        try condition.bind(run, to: &statement)
        try statement.bind(limit ?? -1, at: condition.nextParameter)
        while try statement.step() {
          guard try body(run, statement) else { return false }
        }
        return true
      }
      guard wantsMore else { return }
    }
  }

  /// Sums the objects of the runs by what `id` makes of each row.
  func sums<ID: Hashable>(
    _ runs: [BucketRun], _ condition: ObjectCondition, by id: (borrowing Statement) -> ID
  ) throws -> [ID: Usage] {
    var sums: [ID: Usage] = [:]
    try scan(runs, condition) { _, row in
      sums[id(row), default: Usage()] += Usage(
        objects: 1, bytes: row.int64(at: ScanColumn.size))
      return true
    }
    return sums
  }

  func sums<ID: Hashable>(
    _ resolved: ResolvedFilter, by id: (borrowing Statement) -> ID
  ) throws -> [ID: Usage] {
    try sums(resolved.runs, resolved.condition, by: id)
  }

  func storageClassNames() throws -> [Int64: String] {
    let pairs = try connection.all("SELECT id, name FROM storage_class") {
      ($0.int64(at: 0), $0.string(at: 1))
    }
    return Dictionary(pairs) { first, _ in first }
  }

  func objectRow(
    _ run: BucketRun, _ row: borrowing Statement, _ classNames: [Int64: String]
  ) -> ObjectRow {
    ObjectRow(
      bucket: run.bucket.name, key: Key(row.bytes(at: ScanColumn.key)),
      size: row.int64(at: ScanColumn.size),
      lastModified: Timestamp(
        millisecondsSinceEpoch: row.int64(at: ScanColumn.lastModifiedMs)),
      etag: row.string(at: ScanColumn.etag),
      storageClass: classNames[row.int64(at: ScanColumn.storageClassID)] ?? "",
      freshness: run.bucket.freshness)
  }
}
