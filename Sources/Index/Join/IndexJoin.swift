internal import SQLite
package import Vocabulary

/// Takes the buckets of another index into ours.
///
/// ```swift
/// let join = IndexJoin(try OtherIndex(path, into: own, now: now, shouldStop: …))
/// for bucket in try await join.run(with: writer) { print(bucket.name, bucket.taken, bucket.state) }
/// ```
package struct IndexJoin: Sendable {
  /// What was taken of a bucket.
  package enum Taken: String, Sendable {
    /// All that is stored of it.
    case all
    /// Prefixes or ranges of it.
    case parts
    /// Ours is as new: of its past, what was not known here.
    case past
  }

  /// A bucket of the other index, as it is in ours now.
  package struct Bucket: Sendable {
    package var address: BucketAddress
    package var taken: Taken
    package var objects: Int64
    package var syncedAt: Timestamp?
    package var state: BucketState
    /// Why the state is not `complete`.
    package var error: String?

    package var name: String { address.name }
  }

  private let other: OtherIndex

  package init(_ other: OtherIndex) { self.other = other }

  /// Takes over whole buckets in one transaction, and then parts of buckets, each as a crawl of it.
  ///
  /// - Throws: `OtherIndexError`; errors of the index; `CancellationError`: what was not merged then is by the next.
  package func run(with writer: IndexWriter) async throws -> [Bucket] {
    let adopted = try await writer.adoptBuckets(of: other)
    var merged: Set<BucketAddress> = []
    let parts = try await writer.parts(of: other)
    if !parts.isEmpty { merged = try await merge(parts, with: writer) }
    return try await writer.buckets(of: other, adopted: adopted, merged: merged)
  }

  private func merge(
    _ parts: [BucketPart], with writer: IndexWriter
  ) async throws -> Set<BucketAddress> {
    try await writer.recordingSync { syncID in
      var isWhole = true
      for part in parts {
        try Task.checkCancellation()
        let outcome = try await writer.merge(part, of: other, syncID: syncID)
        isWhole = isWhole && outcome == .complete
      }
      return (Set(parts.map(\.bucket.address)), IndexWriter.SyncEnding(isWhole: isWhole))
    }
  }
}

extension IndexWriter {
  /// The parts of buckets of the other index that are to be merged.
  func parts(of other: OtherIndex) throws -> [BucketPart] {
    let source = try other.opened()
    let own = try OtherBucket.all(in: "main", connection)
    let known = Dictionary(own.map { ($0.address, $0) }) { first, _ in first }
    try source.begin(.deferred)
    defer { source.rollBack() }
    var parts: [BucketPart] = []
    for bucket in try OtherBucket.all(in: "main", source) {
      guard let ours = known[bucket.address] else { continue }
      parts += BucketPart.all(
        of: bucket, try ListedParts(of: bucket, in: source), over: ours,
        try ListedParts(of: ours, in: connection))
    }
    return parts
  }

  /// Merges a part as a crawl of it.
  func merge(
    _ part: BucketPart, of other: OtherIndex, syncID: Int64
  ) throws -> CrawlOutcome {
    let source = try other.opened()
    let identity = BucketIdentity(
      endpoint: part.bucket.identity.endpoint, name: part.bucket.identity.name)
    if part.isUnfinished { try noteMerged(part, of: identity) }
    // What its journal tells has come with it, and is not told twice.
    let plan = try beginParts(
      part.ranges, of: identity, prefix: part.prefix, listed: part.listed,
      mayJournal: !part.isJournaled(in: source), syncID: syncID)
    for range in part.ranges.ranges {
      var pages = StoredPages(
        bucketID: part.bucket.id,
        keys: KeyInterval(prefix: part.prefix).limited(after: range.lower, through: range.upper))
      let crawled = CrawlRange(lo: range.lower, hi: range.upper, cursor: range.lower)
      var after = range.lower
      while true {
        if Task.isCancelled { throw CancellationError() }
        let page = try pages.nextPage(source)
        let last = page.lastKey
        let coverage = PageCoverage(page: page, after: after, through: last)
        _ = try merge(coverage, into: crawled, of: plan, syncID: syncID)
        guard let last else { break }
        after = last
      }
    }
    return try finishParts(plan)
  }

  /// Leaves a crawl behind that nobody goes on with: by it, the same part is known when it comes again.
  private func noteMerged(_ part: BucketPart, of identity: BucketIdentity) throws {
    try inBatch {
      let bucket = try registerBucket(identity, owner: nil)
      try connection.run(
        """
        INSERT INTO crawl (bucket_id, prefix, state, started_ms, finished_ms, journaled)
        SELECT ?1, ?2, ?3, ?4, ?5, 0 WHERE NOT EXISTS (
          SELECT 1 FROM crawl WHERE bucket_id = ?1 AND prefix = ?2 AND started_ms = ?4)
        """, .integer(bucket.id), .text(part.prefix.bytes), .state(CrawlRowState.abandoned),
        .integer(part.listed.millisecondsSinceEpoch), .integer(now().millisecondsSinceEpoch))
    }
  }

  /// What is known now of the buckets that the other index has.
  func buckets(
    of other: OtherIndex, adopted: Set<BucketAddress>, merged: Set<BucketAddress>
  ) throws -> [IndexJoin.Bucket] {
    let addresses = try OtherBucket.all(in: "main", other.opened()).map(\.address)
    return try addresses.compactMap { address in
      try connection.first(
        "SELECT id, synced_ms, state, error FROM bucket WHERE endpoint = ?1 AND name = ?2",
        .text(address.endpoint), .text(address.name)
      ) { row in
        IndexJoin.Bucket(
          address: address,
          taken: adopted.contains(address) ? .all : merged.contains(address) ? .parts : .past,
          objects: try rolledUpUsage(of: row.int64(at: 0)).objects, syncedAt: row.timestamp(at: 1),
          state: BucketState(rawValue: row.string(at: 2)) ?? .partial,
          error: row.optionalString(at: 3))
      }
    }
  }
}
