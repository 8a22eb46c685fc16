internal import Index
internal import SQLite
package import Vocabulary

/// What is in the file, without the queries' code: they may share a mistake with the writer.
extension ScratchIndex {
  package func bucketID(_ name: String) throws -> Int64? {
    try connection().first("SELECT id FROM bucket WHERE name = ?1", .text(name)) {
      $0.int64(at: 0)
    }
  }

  package func contents(of bucket: String) throws -> Contents {
    let rows = try connection().all(
      """
      SELECT object.key, size, last_modified_ms, etag, storage_class.name
      FROM object
      JOIN bucket ON bucket.id = object.bucket_id
      JOIN storage_class ON storage_class.id = object.storage_class_id
      WHERE bucket.name = ?1
      """, .text(bucket)
    ) { row in
      (
        Key(row.bytes(at: 0)),
        ModelObject(
          size: row.int64(at: 1),
          lastModified: Timestamp(millisecondsSinceEpoch: row.int64(at: 2)),
          etag: row.string(at: 3), storageClass: row.string(at: 4))
      )
    }
    return Contents(rows) { first, _ in first }
  }

  /// The rows of `bucket_usage`, those without objects included.
  package func classSums(of bucket: String) throws -> [String: Sum] {
    let rows = try connection().all(
      """
      SELECT storage_class.name, objects, bytes FROM bucket_usage
      JOIN bucket ON bucket.id = bucket_usage.bucket_id
      JOIN storage_class ON storage_class.id = bucket_usage.storage_class_id
      WHERE bucket.name = ?1
      """, .text(bucket)
    ) { ($0.string(at: 0), Sum(objects: $0.int64(at: 1), bytes: $0.int64(at: 2))) }
    return Dictionary(rows) { first, _ in first }
  }

  /// The sums of small objects in the rows of `bucket_usage`.
  package func smallSums(of bucket: String) throws -> [String: Sum] {
    let rows = try connection().all(
      """
      SELECT storage_class.name, small_objects, small_bytes FROM bucket_usage
      JOIN bucket ON bucket.id = bucket_usage.bucket_id
      JOIN storage_class ON storage_class.id = bucket_usage.storage_class_id
      WHERE bucket.name = ?1
      """, .text(bucket)
    ) { ($0.string(at: 0), Sum(objects: $0.int64(at: 1), bytes: $0.int64(at: 2))) }
    return Dictionary(rows) { first, _ in first }
  }

  /// The rows of `prefix_usage`, those without objects included.
  package func prefixSums(of bucket: String) throws -> [Key: Sum] {
    let rows = try connection().all(
      """
      SELECT prefix, objects, bytes, depth FROM prefix_usage
      JOIN bucket ON bucket.id = prefix_usage.bucket_id
      WHERE bucket.name = ?1
      """, .text(bucket)
    ) { row -> (Key, Sum) in
      let prefix = Key(row.bytes(at: 0))
      let depth = prefix.bytes.count { $0 == UInt8(ascii: "/") }
      // A row at a wrong depth shows up as a sum that no model has.
      return row.int64(at: 3) == Int64(depth)
        ? (prefix, Sum(objects: row.int64(at: 1), bytes: row.int64(at: 2))) : (prefix, Sum())
    }
    return Dictionary(rows) { first, _ in first }
  }

  package func changes(inSync syncID: Int64, of bucket: String) throws -> Set<Change> {
    Set(
      try connection().all(
        """
        SELECT key, change, size_before, size_after FROM object_change
        JOIN bucket ON bucket.id = object_change.bucket_id
        WHERE sync_id = ?1 AND bucket.name = ?2
        """, .integer(syncID), .text(bucket)
      ) { row in
        Change(
          key: Key(row.bytes(at: 0)), change: row.string(at: 1),
          before: row.optionalInt64(at: 2), after: row.optionalInt64(at: 3))
      })
  }

  package func bucket(_ name: String) throws -> BucketRecord? {
    try connection().first(
      "SELECT state, error, synced_ms, newest_object_ms FROM bucket WHERE name = ?1", .text(name)
    ) { row in
      BucketRecord(
        state: row.string(at: 0), error: row.optionalString(at: 1),
        syncedMs: row.optionalInt64(at: 2), newestMs: row.optionalInt64(at: 3))
    }
  }

  package func integers(_ sql: String) throws -> [Int64] {
    try connection().all(sql) { $0.int64(at: 0) }
  }

  package func texts(_ sql: String) throws -> [String] {
    try connection().all(sql) { $0.string(at: 0) }
  }
}

/// One row of `bucket`.
package struct BucketRecord: Equatable {
  package var state: String
  package var error: String?
  package var syncedMs: Int64?
  package var newestMs: Int64?

  package init(
    state: String, error: String? = nil, syncedMs: Int64? = nil, newestMs: Int64? = nil
  ) {
    self.state = state
    self.error = error
    self.syncedMs = syncedMs
    self.newestMs = newestMs
  }
}
