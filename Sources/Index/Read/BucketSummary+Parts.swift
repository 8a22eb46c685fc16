internal import SQLite
package import Vocabulary

extension ListedPrefix {
  /// Whether a crawl leaves in doubt what this listing says of the keys below `part`.
  ///
  /// A listing that comes to its end gives up what older crawls of its keys had still to do, so one that is
  /// unfinished is younger. One that is wider than this listing has changed its state when it began.
  fileprivate func isDoubted(by crawl: UnfinishedCrawl, below part: Key) -> Bool {
    crawl.prefix.bytes.starts(with: prefix.bytes) && crawl.meets(part)
      && (!crawl.isAbandoned || crawl.id > crawlID)
  }
}

extension BucketSummary {
  /// How far what begins with `prefix` can be believed: as the newest listing of all of it to which nothing
  /// happened since, be it of the bucket or of a prefix.
  package func freshness(below prefix: Key) -> Freshness {
    let covering = listed.filter { prefix.bytes.starts(with: $0.prefix.bytes) }
    let touching = unfinished.filter { $0.meets(prefix) }
    var complete = covering.filter { listing in
      listing.freshness.state == .complete
        && !touching.contains { listing.isDoubted(by: $0, below: prefix) }
    }.compactMap(\.freshness.syncedAt)
    if freshness.state == .complete {
      complete += freshness.syncedAt.map { [$0] } ?? []
    } else if touching.isEmpty, !unfinished.isEmpty {
      // Where nothing tells why the bucket is not complete, all of it is in doubt.
      complete += whole.map { [$0] } ?? []
    }
    if let newest = complete.max() { return Freshness(state: .complete, syncedAt: newest) }
    if let told, !told.contains(where: { $0.meets(prefix) }) {
      return Freshness(state: .never, syncedAt: nil)
    }
    let newest = covering.compactMap(\.freshness.syncedAt).max()
    guard newest != nil || (!unfinished.isEmpty && freshness.state != .never) else {
      return freshness
    }
    // The bucket's state is that of its last crawl, which may have been one of other keys.
    let isAboutThis = touching.count == unfinished.count
    return Freshness(
      state: freshness.state == .denied && isAboutThis ? .denied : .partial,
      syncedAt: [newest, freshness.syncedAt].compactMap(\.self).max())
  }

  /// The same bucket, of which what begins with `prefix` is asked about.
  func part(below prefix: Key) -> BucketSummary {
    var part = with(freshness(below: prefix))
    guard part.freshness.state != .complete, !unfinished.isEmpty else { return part }
    if let last = unfinished.last(where: { $0.meets(prefix) }) {
      part.error = last.error ?? error
    } else if part.freshness.state != .never {
      part.error = "this part of it was never listed to its end"
    }
    return part
  }

  /// The same bucket, of which these parts are asked about.
  func parts(_ parts: [BucketSummary]) -> BucketSummary {
    var combined = with(Freshness(combining: parts.map(\.freshness)))
    combined.error = parts.lazy.compactMap(\.error).first
    return combined
  }

  /// The same bucket, of which a part is asked about.
  private func with(_ freshness: Freshness) -> BucketSummary {
    var part = self
    part.freshness = freshness
    if freshness.state == .complete { part.error = nil }
    return part
  }
}

extension IndexReader {
  /// The same buckets with what came to no end since they were listed.
  func withUnfinishedCrawls(_ buckets: [BucketSummary]) throws -> [BucketSummary] {
    let isAsked = buckets.contains { $0.freshness.state != .complete }
    let crawls =
      try !isAsked
      ? []
      : connection.all(
        Self.selectUnfinished, .state(BucketState.partial), .state(BucketState.denied),
        .state(CrawlRowState.running), .state(CrawlRowState.failed), .state(CrawlRowState.abandoned)
      ) { row in
        (
          bucketID: row.int64(at: 0),
          crawl: UnfinishedCrawl(
            id: row.int64(at: 1), prefix: Key(row.bytes(at: 2)), error: row.optionalString(at: 3))
        )
      }
    let ofBuckets = Dictionary(grouping: crawls, by: \.bucketID)
    return buckets.map { bucket in
      var bucket = bucket
      bucket.whole = bucket.freshness.syncedAt
      bucket.unfinished = ofBuckets[bucket.id]?.map(\.crawl) ?? []
      return bucket
    }
  }

  /// It looks back from the newest crawl of each bucket to the last one of the whole bucket.
  ///
  /// An older one that is unfinished leaves nothing in doubt that this one does not.
  private static let selectUnfinished = """
    SELECT bucket.id, crawl.id, crawl.prefix, crawl.error
    FROM bucket CROSS JOIN crawl ON crawl.bucket_id = bucket.id
    WHERE bucket.state IN (?1, ?2) AND crawl.state IN (?3, ?4)
      AND crawl.id >= coalesce((
        SELECT whole.id FROM crawl AS whole
        WHERE whole.bucket_id = bucket.id AND whole.prefix = '' AND whole.state <> ?5
        ORDER BY whole.id DESC LIMIT 1), 0)
    ORDER BY bucket.id, crawl.id
    """

  /// Crawls of versions that did not come to their end since all versions were listed, and whose keys were
  /// listed without their versions afterwards, by bucket.
  func abandonedVersionCrawls() throws -> [Int64: [UnfinishedCrawl]] {
    let crawls = try connection.all(
      Self.selectAbandoned, .state(CrawlRowState.abandoned)
    ) { row in
      (
        bucketID: row.int64(at: 0),
        crawl: UnfinishedCrawl(
          id: row.int64(at: 1), prefix: Key(row.bytes(at: 2)), error: row.optionalString(at: 3),
          isAbandoned: true)
      )
    }
    return Dictionary(grouping: crawls, by: \.bucketID).mapValues { $0.map(\.crawl) }
  }

  private static let selectAbandoned = """
    SELECT bucket.id, crawl.id, crawl.prefix, crawl.error
    FROM bucket CROSS JOIN crawl ON crawl.bucket_id = bucket.id
    WHERE bucket.versions_begun_ms IS NOT NULL AND crawl.versions = 1 AND crawl.state = ?1
      AND crawl.id > coalesce((
        SELECT whole.id FROM crawl AS whole
        WHERE whole.bucket_id = bucket.id AND whole.started_ms <= bucket.versions_synced_ms
        ORDER BY whole.id DESC LIMIT 1), 0)
    ORDER BY bucket.id, crawl.id
    """
}
