internal import SQLite
package import Vocabulary

/// How far the versions of a bucket's part are known, for whoever asks what was there at a moment.
package struct VersionReach: Equatable, Sendable {
  package var bucket: BucketSummary
  /// The keys that are asked about begin so.
  package var prefix: Key
  /// How far its versions can be believed: all that was written before the moment is in.
  package var freshness: Freshness
  /// When its objects were listed without their versions since.
  ///
  /// Where an object was replaced or deleted in between, no row says any more what it was.
  package var plainListing: Timestamp?
}

extension IndexReader {
  /// How far the versions are known of each part of a bucket that a filter is about.
  package func versionReach(of filter: ObjectFilter) throws -> [VersionReach] {
    var filter = filter
    filter.entries = .noncurrent
    return try reach(of: filter).runs.map { run in
      VersionReach(
        bucket: run.bucket, prefix: run.keys.lower, freshness: run.bucket.freshness,
        plainListing: try plainListing(of: run))
    }
  }

  /// When a crawl of objects alone was last begun that met a run of keys after its versions were listed.
  private func plainListing(of run: BucketRun) throws -> Timestamp? {
    guard let known = run.bucket.freshness.syncedAt else { return nil }
    let prefix = run.keys.lower.bytes
    let crawls = try connection.all(
      Self.selectPlainCrawls, .integer(run.bucket.id), .integer(known.millisecondsSinceEpoch)
    ) { row in (prefix: row.bytes(at: 0), startedAt: row.int64(at: 1)) }
    let met = crawls.first { $0.prefix.starts(with: prefix) || prefix.starts(with: $0.prefix) }
    return met.map { Timestamp(millisecondsSinceEpoch: $0.startedAt) }
  }

  /// A crawl of a bucket that never had versions counts as one of versions, whose moment is its own.
  ///
  /// One that was refused listed nothing, and no sync has counts of it.
  private static let selectPlainCrawls = """
    SELECT prefix, started_ms FROM crawl
    WHERE bucket_id = ?1 AND versions = 0 AND started_ms > ?2
      AND EXISTS (SELECT 1 FROM sync_crawl WHERE crawl_id = crawl.id)
    ORDER BY id DESC
    """
}
