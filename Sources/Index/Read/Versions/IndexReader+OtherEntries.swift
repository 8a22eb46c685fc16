internal import SQLite
internal import Vocabulary

extension IndexReader {
  /// The same buckets with what is known of their versions and uploads: no other question needs that.
  func withOtherEntries(_ buckets: [BucketSummary]) throws -> [BucketSummary] {
    let others = try otherEntries()
    return buckets.map { bucket in
      var bucket = bucket
      bucket.other = others[bucket.id] ?? OtherEntries()
      return bucket
    }
  }

  /// What is known of the buckets' versions and uploads, all from rollups, by the bucket's id.
  private func otherEntries() throws -> [Int64: OtherEntries] {
    let known = try connection.all(Self.selectKnown, .state(CrawlRowState.complete)) {
      row in
      (row.int64(at: 0), OtherEntries(row))
    }
    var others = Dictionary(known) { first, _ in first }
    let sums = try connection.all(Self.selectVersionUsage) { row in
      (
        id: row.int64(at: 0), name: row.optionalString(at: 1), objects: row.int64(at: 2),
        bytes: row.int64(at: 3), markers: row.int64(at: 4),
        small: Usage(objects: row.int64(at: 5), bytes: row.int64(at: 6))
      )
    }
    for sum in sums {
      others[sum.id, default: OtherEntries()].markers += sum.markers
      guard let name = sum.name, sum.objects > 0 else { continue }
      others[sum.id, default: OtherEntries()].classes.append(
        ClassUsage(
          storageClass: name, Usage(objects: sum.objects, bytes: sum.bytes), small: sum.small))
    }
    let listed = try connection.all(Self.selectListed) { row in
      (row.int64(at: 0), ListedPrefix(row))
    }
    for (id, prefix) in listed { others[id, default: OtherEntries()].listed.append(prefix) }
    for (id, crawls) in try abandonedVersionCrawls() {
      others[id, default: OtherEntries()].abandoned = crawls
    }
    let told = try connection.all(Self.selectTold) { ($0.int64(at: 0), Key($0.bytes(at: 1))) }
    for (id, prefix) in told { others[id, default: OtherEntries()].told.append(prefix) }
    return others.mapValues { other in
      var other = other
      // A listing that was begun and told nothing has not made anything known.
      if other.versions.isUnknown, !other.told.isEmpty || !other.listed.isEmpty {
        other.versions.state = .partial
      }
      return other
    }
  }

  /// The last column but one: whether a listing of versions was begun since the last one that came to its
  /// end, and did not.
  ///
  /// It looks from the newest crawl back to that one, which most often is the newest: there may be one for
  /// each night of years.
  private static let selectKnown = """
    SELECT id, state, versions_synced_ms, uploads_synced_ms,
      versions_synced_ms IS NOT NULL AND EXISTS (
        SELECT 1 FROM crawl
        WHERE crawl.bucket_id = bucket.id AND versions = 1 AND crawl.state <> ?1
          AND crawl.id > coalesce((
            SELECT whole.id FROM crawl AS whole
            WHERE whole.bucket_id = bucket.id AND whole.started_ms <= versions_synced_ms
            ORDER BY whole.id DESC LIMIT 1), 0)),
      EXISTS (SELECT 1 FROM upload WHERE upload.bucket_id = bucket.id)
    FROM bucket
    """

  private static let selectVersionUsage = """
    SELECT bucket_id, name, objects, bytes, markers, small_objects, small_bytes
    FROM version_usage LEFT JOIN storage_class ON storage_class.id = storage_class_id
    ORDER BY bucket_id, name
    """

  /// Crawls that listed any entry of the versions of buckets of which none came to its end.
  ///
  /// Those of another bucket, which had the name before, are older than the first listing of this one.
  private static let selectTold = """
    SELECT bucket.id, crawl.prefix
    FROM bucket CROSS JOIN crawl ON crawl.bucket_id = bucket.id
    WHERE bucket.versions_begun_ms IS NOT NULL AND bucket.versions_synced_ms IS NULL
      AND crawl.versions = 1 AND crawl.started_ms >= bucket.versions_begun_ms
      AND EXISTS (
        SELECT 1 FROM sync_crawl WHERE crawl_id = crawl.id AND (objects > 0 OR versions > 0))
    """

  private static let selectListed = """
    SELECT listed_prefix.bucket_id, listed_prefix.prefix, listed_prefix.state, synced_ms,
      crawl_id
    FROM listed_prefix JOIN crawl ON crawl.id = crawl_id
    WHERE crawl.versions = 1
    """
}

extension OtherEntries {
  /// A row of `selectKnown`.
  fileprivate init(_ row: borrowing Statement) {
    let bucket = BucketState(rawValue: row.string(at: 1)) ?? .partial
    if let moment = row.timestamp(at: 2) {
      let isUnfinished = row.int64(at: 4) != 0 || bucket == .never
      let state = isUnfinished && bucket != .denied ? BucketState.partial : bucket
      versions = Freshness(state: state, syncedAt: moment)
    }
    if let moment = row.timestamp(at: 3) {
      uploads = Freshness(state: .complete, syncedAt: moment)
    } else if row.int64(at: 5) != 0 {
      uploads.state = .partial
    }
  }
}
