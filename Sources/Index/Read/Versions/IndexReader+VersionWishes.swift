internal import SQLite

/// What a sync finds in the index of a bucket's versions before it lists them.
package struct VersionWish: Equatable, Sendable {
  /// Whether the user wants them listed; nil where nobody said.
  package var isWanted: Bool?
  /// Noncurrent versions and delete markers; nil while versions were never listed whole.
  package var entries: Int64?
}

extension IndexReader {
  /// What is known and wanted of the versions of all buckets.
  package func versionWishes() throws -> [BucketAddress: VersionWish] {
    let wishes = try connection.all(Self.selectWishes) { row in
      (
        BucketAddress(endpoint: row.string(at: 0), name: row.string(at: 1)),
        VersionWish(
          isWanted: row.optionalInt64(at: 2).map { $0 != 0 }, entries: row.optionalInt64(at: 3))
      )
    }
    return Dictionary(wishes) { first, _ in first }
  }

  private static let selectWishes = """
    SELECT bucket.endpoint, bucket.name, bucket.lists_versions,
      CASE WHEN bucket.versions_synced_ms IS NOT NULL THEN
        (SELECT CAST(total(objects) + total(markers) AS INTEGER) FROM version_usage
          WHERE version_usage.bucket_id = bucket.id) END
    FROM bucket
    """
}
