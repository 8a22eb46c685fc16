internal import SQLite
package import Vocabulary

extension IndexReader {
  /// The names of the storage classes that a bucket had objects of since a moment, by the bucket's id.
  ///
  /// As far as complete listings tell; one look at each of their sums.
  package func pastClasses(since moment: Timestamp) throws -> [Int64: Set<String>] {
    let rows = try connection.all(
      Self.selectPastClasses, .integer(moment.millisecondsSinceEpoch)
    ) { ($0.int64(at: 0), $0.string(at: 1)) }
    return rows.reduce(into: [:]) { $0[$1.0, default: []].insert($1.1) }
  }

  private static let selectPastClasses = """
    SELECT past.bucket_id, storage_class.name
    FROM (
      SELECT DISTINCT usage_history.bucket_id, storage_class_id
      FROM bucket CROSS JOIN usage_history ON usage_history.bucket_id = bucket.id
      WHERE at_ms >= ?1
    ) AS past
    JOIN storage_class ON storage_class.id = past.storage_class_id
    """
}
