internal import SQLite
package import Vocabulary

extension IndexReader {
  /// What the buckets held at a moment, in bytes by their numbers: as their last complete crawl at or before it
  /// found them.
  ///
  /// Buckets of which no crawl is that old have none.
  package func bucketBytes(at moment: Timestamp) throws -> [Int64: Int64] {
    let parts = try connection.all(
      Self.selectBucketBytes, .integer(moment.millisecondsSinceEpoch)
    ) { ($0.int64(at: 0), $0.int64(at: 1)) }
    return parts.reduce(into: [:]) { $0[$1.0] = ($0[$1.0] ?? 0).plus($1.1) }
  }

  private static let selectBucketBytes = """
    SELECT point.bucket_id, point.bytes
    FROM bucket CROSS JOIN usage_history AS point ON point.bucket_id = bucket.id
    WHERE point.at_ms = (
      SELECT max(earlier.at_ms) FROM usage_history AS earlier
      WHERE earlier.bucket_id = bucket.id AND earlier.at_ms <= ?1)
    """
}
