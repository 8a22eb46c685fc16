internal import SQLite
package import Vocabulary

extension IndexReader {
  /// The buckets and prefixes that a filter chooses, without overlaps, in order of bucket and key.
  ///
  /// - Throws: as `buckets(matching:ofAccounts:)`.
  package func followed(_ filter: ObjectFilter) throws -> [FollowedKeys] {
    try reach(of: filter).runs.map { FollowedKeys(bucket: $0.bucket, prefix: $0.keys.lower) }
  }

  /// The complete crawls of a bucket from `since` on and before `before`, in order.
  package func points(
    of bucketID: Int64, since: Timestamp? = nil, before: Timestamp? = nil
  ) throws -> [UsagePoint] {
    try connection.all(
      Self.selectPoints, .integer(bucketID), .integer(since?.millisecondsSinceEpoch ?? .min),
      .integer(before?.millisecondsSinceEpoch ?? .max)
    ) { UsagePoint($0) }
  }

  /// The last `count` complete crawls of a bucket not after `moment`, in order.
  package func points(
    of bucketID: Int64, last count: Int, notAfter moment: Timestamp
  ) throws -> [UsagePoint] {
    try connection.all(
      Self.selectLastPoints, .integer(bucketID), .integer(moment.millisecondsSinceEpoch),
      .integer(Int64(count))
    ) { UsagePoint($0) }.reversed()
  }

  /// The last complete crawl of a bucket at or before `moment`; nil where there was none yet.
  package func point(of bucketID: Int64, notAfter moment: Timestamp) throws -> UsagePoint? {
    try points(of: bucketID, last: 1, notAfter: moment).last
  }

  /// The first complete crawl of a bucket that is known.
  package func firstPoint(of bucketID: Int64) throws -> UsagePoint? {
    try connection.first(Self.selectFirstPoint, .integer(bucketID)) { UsagePoint($0) }
  }

  /// The crawls of a bucket that did not come to their end, from `since` on and before `before`, in order.
  package func gaps(
    of bucketID: Int64, since: Timestamp? = nil, before: Timestamp? = nil
  ) throws -> [UsageGap] {
    try connection.all(
      Self.selectGaps, .integer(bucketID), .integer(since?.millisecondsSinceEpoch ?? .min),
      .integer(before?.millisecondsSinceEpoch ?? .max)
    ) { row in
      UsageGap(
        at: Timestamp(millisecondsSinceEpoch: row.int64(at: 0)), syncID: row.optionalInt64(at: 1),
        state: BucketState(rawValue: row.string(at: 2)) ?? .partial)
    }
  }

  private static let columns = """
    SELECT at_ms, sync_id, objects, bytes, prefix_depth, prefixes_left_out FROM usage_point
    """

  private static let selectPoints = """
    \(columns) WHERE bucket_id = ?1 AND at_ms >= ?2 AND at_ms < ?3 ORDER BY at_ms
    """

  private static let selectLastPoints = """
    \(columns) WHERE bucket_id = ?1 AND at_ms <= ?2 ORDER BY at_ms DESC LIMIT ?3
    """

  private static let selectFirstPoint = """
    \(columns) WHERE bucket_id = ?1 ORDER BY at_ms LIMIT 1
    """

  private static let selectGaps = """
    SELECT at_ms, sync_id, state FROM usage_gap
    WHERE bucket_id = ?1 AND at_ms >= ?2 AND at_ms < ?3 ORDER BY at_ms
    """
}

extension UsagePoint {
  fileprivate init(_ row: borrowing Statement) {
    self.init(
      at: Timestamp(millisecondsSinceEpoch: row.int64(at: 0)), syncID: row.optionalInt64(at: 1),
      usage: Usage(objects: row.int64(at: 2), bytes: row.int64(at: 3)),
      prefixDepth: row.optionalInt64(at: 4).map { Int($0) },
      hasAllPrefixes: row.optionalInt64(at: 5) == 0)
  }
}
