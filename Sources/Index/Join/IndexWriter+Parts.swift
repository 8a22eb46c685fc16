internal import SQLite
package import Vocabulary

// What others have listed of parts of a bucket is merged as one crawl whose ranges are these parts: those that are
// there are done, those between them are not. When nothing is left between them, the crawl is complete, whoever
// listed its ranges; until then it is one that was cut off, and the next sync may list what is missing.
//
//     parts  :c  c:m  t:      crawl_range  (start, c] done  (c, m] done  (m, t] not  (t, end) done

/// Keys that nobody has listed of a bucket of which parts were imported.
package struct MissingParts: Error, Equatable, CustomStringConvertible {
  /// Within the keys that begin with `prefix`; not empty.
  package let gaps: [KeyRange]
  package let prefix: Key

  private static let namedMax = 4

  package var description: String {
    let named = gaps.prefix(Self.namedMax).map(\.written).joined(separator: ", ")
    let rest = gaps.count - Self.namedMax
    return "nothing was listed of \(gaps.count == 1 ? "the range" : "the ranges") \(named)"
      + (rest > 0 ? " and \(rest) more" : "")
      + (prefix.isStart ? "" : " below '\(prefix.text)'")
  }
}

extension IndexWriter {
  /// Begins to merge parts of a bucket, or of the keys below a prefix of it.
  ///
  /// `parts` are within the prefix, with open ends where it ends. What an unfinished crawl of the same prefix has
  /// listed beside them counts as well, and what is merged is of the earlier moment then. Other unfinished crawls of
  /// these keys are given up.
  package func beginParts(
    _ parts: KeyRanges, of identity: BucketIdentity, prefix: Key, listed: Timestamp,
    mayJournal: Bool = true, syncID: Int64
  ) throws -> CrawlPlan {
    let plan = try inBatch {
      let bucket = try registerBucket(identity, owner: nil)
      let earlier = try unfinishedParts(of: bucket.id, prefix: prefix)
      let kept = earlier?.listed.subtracting(parts) ?? KeyRanges()
      let isJoined = !kept.isEmpty
      var plan = try newPlan(
        bucketID: bucket.id, prefix: prefix, listsVersions: false,
        startedAt: isJoined ? min(listed, earlier?.started ?? listed) : listed)
      if !mayJournal { try leaveUnjournaled(&plan) }
      try connection.run("DELETE FROM crawl_range WHERE crawl_id = ?1", .integer(plan.crawlID))
      for range in kept.ranges { try keep(range, of: earlier?.crawlID, plan, syncID: syncID) }
      for range in parts.ranges + kept.adding(parts).gaps { try insert(range, of: plan) }
      plan.ranges = try ranges(of: plan.crawlID)
      try abandonCrawls(of: bucket.id, { $0.meets(prefix) }, but: plan.crawlID)
      try prepareVersions(of: &plan, listsVersions: false, hasNoVersions: false)
      try plan.listedPrefixes.doubt(prefix, as: .partial, in: connection)
      try bucket.setState(
        .partial, error: "an import of what was listed at \(listed.iso8601) has not finished",
        in: connection)
      return plan
    }
    try commit(thenPass: .crawlPlanned)
    return plan
  }

  /// Ends it: as a complete crawl where nothing is missing, else as one that was cut off.
  package func finishParts(_ plan: CrawlPlan) throws -> CrawlOutcome {
    let gaps = try ranges(of: plan.crawlID).filter { !$0.isDone }
      .map { KeyRange(lower: $0.lo, upper: $0.hi) }
    guard !gaps.isEmpty else { return try finishCrawl(plan, outcome: .complete) }
    let missing = MissingParts(gaps: gaps, prefix: plan.prefix)
    return try finishCrawl(plan, outcome: .failed(CrawlFailure(missing)))
  }

  private func leaveUnjournaled(_ plan: inout CrawlPlan) throws {
    plan.isJournaled = false
    try connection.run("UPDATE crawl SET journaled = 0 WHERE id = ?1", .integer(plan.crawlID))
  }

  private struct UnfinishedParts {
    var crawlID: Int64
    var started: Timestamp
    var listed: KeyRanges
  }

  /// What the newest unfinished crawl of a prefix has listed of objects.
  private func unfinishedParts(of bucketID: Int64, prefix: Key) throws -> UnfinishedParts? {
    let crawl = try connection.first(
      """
      SELECT id, started_ms FROM crawl
      WHERE bucket_id = ?1 AND prefix = ?2 AND state IN (?3, ?4) AND versions = 0
        AND id > coalesce((SELECT max(id) FROM crawl AS done
          WHERE done.bucket_id = ?1 AND done.prefix = ?2 AND done.state = ?5), 0)
      ORDER BY id DESC LIMIT 1
      """, .integer(bucketID), .text(prefix.bytes), .state(CrawlRowState.running),
      .state(CrawlRowState.failed), .state(CrawlRowState.complete)
    ) { ($0.int64(at: 0), Timestamp(millisecondsSinceEpoch: $0.int64(at: 1))) }
    guard let (id, started) = crawl, let listed = try ranges(of: id).listed else { return nil }
    return UnfinishedParts(crawlID: id, started: started, listed: listed)
  }

  private func insert(_ range: KeyRange, of plan: CrawlPlan) throws {
    try connection.run(
      "INSERT INTO crawl_range (crawl_id, lo, hi, cursor) VALUES (?1, ?2, ?3, ?2)",
      .integer(plan.crawlID), .text(range.lower.bytes),
      range.upper.map { .text($0.bytes) } ?? .null)
  }

  /// Makes a part that an earlier crawl has listed one of this crawl, with its marks.
  private func keep(
    _ range: KeyRange, of earlier: Int64?, _ plan: CrawlPlan, syncID: Int64
  ) throws {
    let keys = KeyInterval(prefix: plan.prefix).limited(after: range.lower, through: range.upper)
    let stored = try connection.first(
      "SELECT count(*), max(key) FROM object WHERE bucket_id = ?1 AND key >= ?2 AND key < ?3",
      .integer(plan.bucketID), .text(keys.lower.bytes), keys.upperBound
    ) { (objects: $0.int64(at: 0), last: $0.isNull(at: 1) ? nil : Key($0.bytes(at: 1))) }
    let objects = stored?.objects ?? 0
    try connection.run(
      """
      INSERT INTO crawl_range (crawl_id, lo, hi, cursor, objects, done)
      VALUES (?1, ?2, ?3, ?4, ?5, 1)
      """, .integer(plan.crawlID), .text(range.lower.bytes),
      range.upper.map { .text($0.bytes) } ?? .null,
      .text((range.upper ?? stored?.last ?? range.lower).bytes), .integer(objects))
    try add(ChangeCounts(objects: objects), of: plan, syncID: syncID)
    guard let earlier else { return }
    // Marks count from the beginning of their range.
    try connection.run(
      """
      INSERT OR REPLACE INTO crawl_mark (crawl_id, key, objects)
      SELECT ?1, mark.key, mark.objects FROM crawl_mark AS mark
      JOIN crawl_range AS range ON range.crawl_id = mark.crawl_id AND range.lo = ?3
      WHERE mark.crawl_id = ?2 AND mark.key > ?3 AND mark.key < ?4
        AND (range.hi IS NULL OR mark.key <= range.hi)
      """, .integer(plan.crawlID), .integer(earlier), .text(range.lower.bytes), keys.upperBound)
  }
}

extension [CrawlRange] {
  /// The keys that they have listed; nil where two of them overlap.
  var listed: KeyRanges? {
    KeyRanges(
      compactMap { range in
        let listed = KeyRange(lower: range.lo, upper: range.isDone ? range.hi : range.cursor)
        return range.isDone || range.cursor > range.lo ? listed : nil
      })
  }
}
