internal import SQLite
internal import Vocabulary

/// What one crawl did since a moment, as far as the journal is concerned.
private struct CrawlShare {
  var bucketID: Int64
  var prefix: [UInt8]
  var isJournaled: Bool
  var isComplete: Bool
  var finished: Timestamp?
  /// Whether the journal had rows of it, and has none any more.
  var isDropped: Bool

  /// Whether it listed all that begins so.
  func covers(_ prefix: Key) -> Bool { prefix.bytes.starts(with: self.prefix) }

  /// Whether it listed any of that.
  func meets(_ prefix: Key) -> Bool {
    covers(prefix) || self.prefix.starts(with: prefix.bytes)
  }
}

extension IndexReader {
  /// The parts of buckets of which the journal does not tell all that changed since the question's start, in the
  /// order of the buckets; none where it begins with the journal.
  ///
  /// A first crawl makes no rows, and neither does one of a bucket of which only a prefix was known, or the import
  /// that came first; a bucket that was forgotten begins anew. Rows are dropped sync by sync, so one that counted
  /// changes and has no rows lost them. Where no crawl of all of a part came to its end since then, nobody has
  /// looked.
  package func journalGaps(_ question: ChangeQuestion) throws -> [JournalGap] {
    guard question.start != .beginning else { return [] }
    let resolved = try resolve(question)
    let shares = try crawlShares(resolved)
    return resolved.filter.runs.compactMap { run in
      Self.gap(of: run, shares[run.bucket.id] ?? [])
    }
  }

  private static func gap(of run: BucketRun, _ shares: [CrawlShare]) -> JournalGap? {
    let prefix = run.keys.lower
    func gap(_ reason: JournalGap.Reason, since: Timestamp?) -> JournalGap {
      JournalGap(bucket: run.bucket.address, prefix: prefix, reason: reason, since: since)
    }
    let touching = shares.filter { $0.meets(prefix) }
    let unjournaled = touching.filter { !$0.isJournaled }
    let dropped = touching.filter(\.isDropped)
    let lost = unjournaled + dropped
    if let last = lost.compactMap(\.finished).max() {
      let isWhole =
        lost.allSatisfy { $0.finished != nil }
        && touching.contains { $0.isComplete && $0.covers(prefix) && $0.finished ?? last >= last }
      return gap(unjournaled.isEmpty ? .dropped : .firstListed, since: isWhole ? last : nil)
    }
    if !lost.isEmpty { return gap(.firstListed, since: nil) }
    guard !touching.contains(where: { $0.isComplete && $0.covers(prefix) }) else { return nil }
    return gap(.notListed, since: run.bucket.freshness.syncedAt)
  }

  /// What crawls did in the syncs of a question, by bucket.
  private func crawlShares(_ resolved: ResolvedChanges) throws -> [Int64: [CrawlShare]] {
    guard let first = resolved.firstSync else { return [:] }
    let shares = try connection.all(
      Self.selectShares, .integer(first), .integer(resolved.atMs ?? .min),
      .state(CrawlRowState.complete)
    ) { row in
      CrawlShare(
        bucketID: row.int64(at: 0), prefix: row.bytes(at: 1), isJournaled: row.int64(at: 2) != 0,
        isComplete: row.int64(at: 3) != 0, finished: row.timestamp(at: 4),
        isDropped: row.int64(at: 5) != 0)
    }
    return Dictionary(grouping: shares, by: \.bucketID)
  }

  /// Syncs follow one another, so a crawl that ended before the moment did nothing since.
  private static let selectShares = """
    SELECT crawl.bucket_id, crawl.prefix, crawl.journaled, crawl.state = ?3, crawl.finished_ms,
      crawl.journaled AND sync_crawl.added + sync_crawl.changed + sync_crawl.removed > 0
        AND NOT EXISTS (
          SELECT 1 FROM object_change
          WHERE object_change.sync_id = sync_crawl.sync_id
            AND object_change.bucket_id = crawl.bucket_id)
    FROM sync_crawl CROSS JOIN crawl ON crawl.id = sync_crawl.crawl_id
    WHERE sync_crawl.sync_id >= ?1 AND (crawl.finished_ms IS NULL OR crawl.finished_ms >= ?2)
    """
}

extension BucketSummary {
  var address: BucketAddress { BucketAddress(endpoint: endpoint, name: name) }
}
