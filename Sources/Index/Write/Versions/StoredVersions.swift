internal import SQLite
internal import Vocabulary

/// What is stored of a bucket's noncurrent versions and delete markers, counted row by row, or what
/// the rollups say of them.
struct StoredVersions: Equatable, Sendable {
  var objects: Int64 = 0
  var bytes: Int64 = 0
  var markers: Int64 = 0
  /// Versions of fewer than 131,072 bytes.
  var small = Usage()

  /// Versions and markers together.
  var rows: Int64 { objects.plus(markers) }

  static func += (left: inout StoredVersions, right: StoredVersions) {
    left.objects = left.objects.plus(right.objects)
    left.bytes = left.bytes.plus(right.bytes)
    left.markers = left.markers.plus(right.markers)
    left.small += right.small
  }

  /// Counts the rows of some keys.
  static func read(
    _ part: KeyInterval, of bucketID: Int64, on connection: borrowing Connection
  ) throws -> StoredVersions {
    try SaturatingSQL.trying { sum in
      try connection.first(
        sql(sum), .integer(bucketID), .text(part.lower.bytes), part.upperBound,
        .integer(VersionKind.noncurrent.rawValue), .integer(SmallObject.sizeMin)
      ) { row in
        StoredVersions(
          objects: row.int64(at: 0).minus(row.int64(at: 1)), bytes: row.int64(at: 2),
          markers: row.int64(at: 1),
          small: Usage(objects: row.int64(at: 3), bytes: row.int64(at: 4)))
      } ?? StoredVersions()
    }
  }

  static let sql = sql(.exact)

  private static func sql(_ sum: SaturatingSQL) -> String {
    """
    SELECT count(*), count(*) FILTER (WHERE kind <> ?4), \(sum.text(of: "size")),
      count(*) FILTER (WHERE kind = ?4 AND size < ?5),
      coalesce(sum(size) FILTER (WHERE kind = ?4 AND size < ?5), 0) FROM object_version
    WHERE bucket_id = ?1 AND key >= ?2 AND key < ?3
    """
  }
}

extension IndexWriter {
  /// Compares what a crawl listed of versions with what is stored and what the rollups say; nil when
  /// they agree.
  func checkVersions(
    _ plan: CrawlPlan, _ stored: StoredVersions, listed: Int64, isAlone: Bool
  ) throws -> String? {
    if isAlone, listed != stored.rows {
      return
        "\(listed) noncurrent versions and delete markers were listed, \(stored.rows) are stored"
    }
    if let key = try keyOfTwoCurrents(plan) { return "'\(key)' has two current versions" }
    guard plan.prefix.isStart, try rolledUpVersions(of: plan.bucketID) != stored else { return nil }
    return
      "the sums of the bucket differ from its \(stored.rows) stored versions and delete markers"
  }

  /// The first key that has a current delete marker beside an object or another such marker.
  private func keyOfTwoCurrents(_ plan: CrawlPlan) throws -> String? {
    let interval = KeyInterval(prefix: plan.prefix)
    return try connection.first(
      Self.selectTwoCurrents, .integer(plan.bucketID), .text(interval.lower.bytes),
      interval.upperBound, .integer(VersionKind.currentMarker.rawValue)
    ) { $0.string(at: 0) }
  }

  /// What the rollups say of a whole bucket's versions.
  func rolledUpVersions(of bucketID: Int64) throws -> StoredVersions {
    try connection.all(
      """
      SELECT objects, bytes, markers, small_objects, small_bytes FROM version_usage
      WHERE bucket_id = ?1
      """, .integer(bucketID)
    ) {
      StoredVersions(
        objects: $0.int64(at: 0), bytes: $0.int64(at: 1), markers: $0.int64(at: 2),
        small: Usage(objects: $0.int64(at: 3), bytes: $0.int64(at: 4)))
    }
    .reduce(into: StoredVersions()) { $0 += $1 }
  }

  /// Makes the rollups of a bucket's versions anew from the stored ones.
  func sumVersionsAgain(_ bucketID: Int64) throws {
    try connection.run("DELETE FROM version_usage WHERE bucket_id = ?1", .integer(bucketID))
    try connection.run("DELETE FROM prefix_version_usage WHERE bucket_id = ?1", .integer(bucketID))
    try connection.withStatement(Self.selectShares) { rows in
      try rows.bind(bucketID, at: 1)
      var count = 0
      while try rows.step() {
        versionDeltas.addVersion(rows, of: bucketID)
        count += 1
        if count.isMultiple(of: 65_536) { try versionDeltas.flush(to: connection) }
      }
    }
  }

  static let selectTwoCurrents = """
    SELECT key FROM object_version AS marker
    WHERE bucket_id = ?1 AND key >= ?2 AND key < ?3 AND kind = ?4 AND (
      EXISTS (SELECT 1 FROM object
        WHERE object.bucket_id = marker.bucket_id AND object.key = marker.key)
      OR EXISTS (SELECT 1 FROM object_version AS other
        WHERE other.bucket_id = marker.bucket_id AND other.key = marker.key
          AND other.kind = ?4 AND other.rank <> marker.rank))
    LIMIT 1
    """

  static let selectShares = """
    SELECT kind, storage_class_id, size, key FROM object_version WHERE bucket_id = ?1
    ORDER BY key, rank
    """
}

extension UsageDeltas {
  /// Counts a row of `IndexWriter.selectShares` in.
  mutating func addVersion(_ row: borrowing Statement, of bucketID: Int64) {
    let isMarker = row.int64(at: 0) != VersionKind.noncurrent.rawValue
    row.withText(at: 3) { key in
      add(
        bucketID: bucketID, storageClassID: row.int64(at: 1), key: key, objects: isMarker ? 0 : 1,
        bytes: row.int64(at: 2), markers: isMarker ? 1 : 0)
    }
  }
}
