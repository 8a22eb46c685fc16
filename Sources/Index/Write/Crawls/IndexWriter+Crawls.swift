internal import SQLite
package import Vocabulary

extension IndexWriter {
  /// Begins to crawl a bucket, or takes up the crawl that an earlier sync did not finish.
  ///
  /// `owner` is the account whose ListBuckets named the bucket, nil when only the user did. `prefix`
  /// is the part that is listed, empty for all. An unfinished crawl is taken up when it began after
  /// `resumeAfter`, and begun again when it did not, or when that is nil. With `listsVersions` its pages
  /// are of versions; with `hasNoVersions` they are of objects because there is nothing else. `wish` is whether
  /// later syncs are to list versions, which is remembered with the plan; nil where it was not said.
  package func beginCrawl(
    of identity: BucketIdentity, owner: AccountIdentity?, prefix: Key, listsVersions: Bool = false,
    hasNoVersions: Bool = false, wish: Bool? = nil, resumeAfter: Timestamp?
  ) throws -> CrawlPlan {
    let plan = try inBatch {
      let isAnother = try hasBeenMadeAnew(identity)
      let bucket = try registerBucket(identity, owner: owner)
      let resumeAfter = isAnother ? nil : resumeAfter
      var plan =
        try resumedPlan(
          bucketID: bucket.id, prefix: prefix, listsVersions: listsVersions,
          resumeAfter: resumeAfter)
        ?? newPlan(bucketID: bucket.id, prefix: prefix, listsVersions: listsVersions)
      if isAnother {
        try bucket.forgetSynced(in: connection)
        try forgetVersions(of: bucket.id)
        try plan.listedPrefixes.removeAll(in: connection)
      }
      try prepareVersions(of: &plan, listsVersions: listsVersions, hasNoVersions: hasNoVersions)
      if let wish { try bucket.setListsVersions(wish, in: connection) }
      try plan.listedPrefixes.doubt(prefix, as: .partial, in: connection)
      let started = plan.startedAt.iso8601
      try bucket.setState(
        .partial, error: "the crawl that began at \(started) has not finished", in: connection)
      return plan
    }
    try commit(thenPass: .crawlPlanned)
    return plan
  }

  /// A bucket that the index has, with the region that it recorded; nil for one it does not have.
  package func knownBucket(
    name: String, endpoint: String
  ) throws -> (id: Int64, region: String?)? {
    try connection.first(
      "SELECT id, region FROM bucket WHERE name = ?1 AND endpoint = ?2", .text(name),
      .text(endpoint)
    ) { ($0.int64(at: 0), $0.optionalString(at: 1)) }
  }

  /// Records where a bucket turned out to live.
  package func setRegion(_ region: String, of plan: CrawlPlan) throws {
    try inBatch { try plan.bucketRow.setRegion(region, in: connection) }
  }

  /// Records a bucket that could not even be looked at, with the reason.
  package func recordRefusal(
    of identity: BucketIdentity, owner: AccountIdentity?, outcome: CrawlOutcome
  ) throws {
    try inBatch {
      let bucket = try registerBucket(identity, owner: owner)
      try bucket.setState(after: outcome, in: connection)
      try doubtAll(of: bucket.id, as: outcome.state, error: outcome.failure?.description)
      try recordGap(of: bucket.id, as: outcome.state, at: now())
    }
    try commit()
  }

  /// Notes that all of a bucket is in doubt, in the batch: as by a crawl that could not even begin, so that
  /// listing a part of the bucket does not undo it.
  func doubtAll(of bucketID: Int64, as state: BucketState, error: String?) throws {
    try ListedPrefixes(bucketID: bucketID).doubt(.start, as: state, in: connection)
    try connection.run(
      Self.insertRefused, .integer(bucketID), .text(Key.start.bytes),
      .state(CrawlRowState.failed), .integer(now().millisecondsSinceEpoch),
      error.map { .text($0) } ?? .null, .state(CrawlRowState.running))
  }

  /// An unfinished one that is there says as much, and may have checkpoints.
  private static let insertRefused = """
    INSERT INTO crawl (bucket_id, prefix, state, started_ms, finished_ms, error, journaled)
    SELECT ?1, ?2, ?3, ?4, ?4, ?5, 0
    WHERE NOT EXISTS (
      SELECT 1 FROM crawl WHERE bucket_id = ?1 AND prefix = ?2 AND state IN (?3, ?6))
    """

  /// Ends a crawl.
  ///
  /// A complete one is checked first: what was listed, what is stored and what the rollups
  /// say must be the same number.
  ///
  /// - Returns: the outcome that was recorded: `.failed` when the check found a difference.
  package func finishCrawl(_ plan: CrawlPlan, outcome: CrawlOutcome) throws -> CrawlOutcome {
    try commit(thenPass: .crawlListed)
    let stored = outcome == .complete ? try storedSums(of: plan) : StoredSums()
    let recorded = try inBatch {
      guard outcome == .complete else {
        try close(plan, outcome)
        return outcome
      }
      if let difference = try selfCheck(plan, stored) {
        let error = SelfCheckFailure(difference: difference)
        let failure = CrawlOutcome.failed(CrawlFailure(error))
        try close(plan, failure)
        // Its checkpoints lead to the same difference again: the next sync begins anew, with true
        // sums, for it only ever adds to them.
        try forgetProgress(of: plan.crawlID)
        try sumAgain(plan.bucketID)
        try sumVersionsAgain(plan.bucketID)
        return failure
      }
      try close(plan, .complete)
      try updateNewest(plan, stored)
      if plan.hasNoVersions { try noteNullIDs(plan, idsStored: stored.versionIDs) }
      crashOrder?.pass(.crawlClosed)
      return .complete
    }
    try commit(thenPass: .crawlCommitted)
    return recorded
  }

  /// Whether the bucket was deleted and made again since it was last seen: no checkpoint of it
  /// holds then.
  func hasBeenMadeAnew(_ identity: BucketIdentity) throws -> Bool {
    guard let created = identity.created else { return false }
    let before = try connection.first(
      "SELECT created_ms FROM bucket WHERE name = ?1 AND endpoint = ?2", .text(identity.name),
      .text(identity.endpoint)
    ) { $0.optionalInt64(at: 0) }
    return (before ?? nil).map { $0 != created.millisecondsSinceEpoch } ?? false
  }

  func registerBucket(
    _ identity: BucketIdentity, owner: AccountIdentity?
  ) throws -> BucketRow {
    let accountID = try owner.flatMap { try recordInBatch($0, at: identity.endpoint) }
    let row = try BucketRow.register(
      identity, accountID: accountID, isOwned: owner != nil, in: connection)
    guard let row else {
      throw IndexError.damaged(path: path, reason: "no row for \(identity.name)")
    }
    return row
  }
}

// MARK: - Endings

extension IndexWriter {
  /// Compares what was listed with what is stored and what the rollups say; nil when they agree.
  private func selfCheck(_ plan: CrawlPlan, _ stored: StoredSums) throws -> String? {
    let ranges = try ranges(of: plan.crawlID)
    guard ranges.allSatisfy(\.isDone) else { return "a range of keys was not listed to its end" }
    guard tile(ranges) else { return "the ranges of keys that were listed do not join" }
    let listed = ranges.lazy.map(\.objects).saturatedSum()
    let isAlone = try !wasInterleaved(plan)
    // Where another crawl listed the same keys in between, this crawl's count is of rows that are no
    // longer there: it proves nothing.
    if isAlone, listed != stored.objects {
      return "\(listed) objects were listed, \(stored.objects) are stored"
    }
    if plan.listsVersions {
      let versions = ranges.lazy.map(\.versions).saturatedSum()
      let difference = try checkVersions(
        plan, stored.versions, listed: versions, isAlone: isAlone)
      if let difference { return difference }
    }
    guard plan.prefix.isStart else { return nil }
    let rolledUp = try rolledUpUsage(of: plan.bucketID)
    let small = try rolledUpSmallUsage(of: plan.bucketID)
    guard rolledUp == Usage(objects: stored.objects, bytes: stored.bytes), small == stored.small
    else {
      return "the sums of the bucket differ from its \(stored.objects) stored objects"
    }
    return nil
  }

  /// Whether each range begins where the one before ends, and they cover everything.
  private func tile(_ ranges: [CrawlRange]) -> Bool {
    guard ranges.first?.lo == .start, ranges.last?.hi == nil else { return false }
    return zip(ranges, ranges.dropFirst()).allSatisfy { $0.hi == $1.lo }
  }

  /// Makes the rollups of a bucket anew from its stored objects.
  func sumAgain(_ bucketID: Int64) throws {
    bytesOfBuckets[bucketID] = nil
    try connection.run("DELETE FROM bucket_usage WHERE bucket_id = ?1", .integer(bucketID))
    try connection.run("DELETE FROM prefix_usage WHERE bucket_id = ?1", .integer(bucketID))
    try connection.withStatement(
      "SELECT storage_class_id, size, key FROM object WHERE bucket_id = ?1 ORDER BY key"
    ) { rows in
      try rows.bind(bucketID, at: 1)
      var count = 0
      while try rows.step() {
        rows.withText(at: 2) { key in
          deltas.add(
            bucketID: bucketID, storageClassID: rows.int64(at: 0), key: key, objects: 1,
            bytes: rows.int64(at: 1))
        }
        count += 1
        if count.isMultiple(of: 65_536) { try deltas.flush(to: connection) }
      }
    }
  }

  /// Counts what is stored of a crawl's keys; all of it is committed.
  private func storedSums(of plan: CrawlPlan) throws -> StoredSums {
    let parts = KeyInterval(prefix: plan.prefix).cut(at: try keysOfEqualParts(plan))
    return try StoredSums.read(
      parts, of: plan.bucketID, path: path, withVersions: plan.listsVersions,
      withVersionIDs: plan.hasNoVersions)
  }

  /// Whether another crawl has merged pages of the same keys since this one began.
  private func wasInterleaved(_ plan: CrawlPlan) throws -> Bool {
    let others = try connection.all(
      """
      SELECT crawl.prefix
      FROM sync_crawl JOIN crawl ON crawl.id = sync_crawl.crawl_id
      WHERE crawl.bucket_id = ?1 AND crawl.id <> ?2
        AND sync_crawl.sync_id >= (SELECT min(sync_id) FROM sync_crawl WHERE crawl_id = ?2)
      """, .integer(plan.bucketID), .integer(plan.crawlID)
    ) { $0.bytes(at: 0) }
    return others.contains { other in
      other.starts(with: plan.prefix.bytes) || plan.prefix.bytes.starts(with: other)
    }
  }

  private func close(_ plan: CrawlPlan, _ outcome: CrawlOutcome) throws {
    try connection.run(
      "UPDATE crawl SET state = ?2, finished_ms = ?3, error = ?4 WHERE id = ?1",
      .integer(plan.crawlID), .state(outcome == .complete ? CrawlRowState.complete : .failed),
      .integer(now().millisecondsSinceEpoch), outcome.failure.map { .text($0.description) } ?? .null
    )
    guard outcome == .complete else {
      try plan.listedPrefixes.doubt(plan.prefix, as: outcome.state, in: connection)
      if plan.prefix.isStart {
        try recordGap(of: plan.bucketID, as: outcome.state, at: plan.startedAt)
      }
      return try plan.bucketRow.setState(after: outcome, in: connection)
    }
    if plan.isImport { try noteOrder(of: plan) }
    try keepMarks(plan)
    try forgetProgress(of: plan.crawlID)
    try abandonCovered(by: plan)
    if plan.prefix.isStart {
      try plan.listedPrefixes.removeAll(in: connection)
      try closeWholeBucket(plan)
    } else {
      try plan.listedPrefixes.note(plan, in: connection)
      try restoreState(plan)
    }
  }

  /// Makes the bucket's newest time exact: from the sums of a whole crawl; after one of a part, by
  /// reading all objects, but only when one that had that time is gone.
  private func updateNewest(_ plan: CrawlPlan, _ stored: StoredSums) throws {
    var newestMs = stored.newestMs
    if !plan.prefix.isStart {
      let isStale = try connection.first(
        "SELECT newest_is_stale FROM bucket WHERE id = ?1", .integer(plan.bucketID)
      ) { $0.int64(at: 0) != 0 }
      guard isStale == true else { return }
      newestMs = try StoredSums.read(
        [KeyInterval(prefix: .start)], of: plan.bucketID, path: path
      ).newestMs
    }
    try plan.bucketRow.setNewest(milliseconds: newestMs, in: connection)
  }

  /// Gives up what older crawls of the same keys or a part of them had still to do: this one has
  /// done it.
  private func abandonCovered(by plan: CrawlPlan) throws {
    let covered = KeyInterval(prefix: plan.prefix)
    let crawls = try connection.withStatement(
      """
      UPDATE crawl SET state = ?5
      WHERE bucket_id = ?1 AND id <> ?2 AND state IN (?6, ?7)
        AND prefix >= ?3 AND prefix < ?4
      RETURNING id
      """
    ) { statement in
      try statement.bind(plan.bucketID, at: 1)
      try statement.bind(plan.crawlID, at: 2)
      try statement.bind(text: covered.lower.bytes, at: 3)
      try statement.bind(covered.upperBound, at: 4)
      try statement.bind(.state(CrawlRowState.abandoned), at: 5)
      try statement.bind(.state(CrawlRowState.running), at: 6)
      try statement.bind(.state(CrawlRowState.failed), at: 7)
      var crawls: [Int64] = []
      while try statement.step() { crawls.append(statement.int64(at: 0)) }
      return crawls
    }
    for crawl in crawls { try forgetProgress(of: crawl) }
  }

  private func closeWholeBucket(_ plan: CrawlPlan) throws {
    try plan.bucketRow.setState(.complete, error: nil, in: connection)
    try plan.bucketRow.setSynced(at: plan.startedAt, in: connection)
    if plan.listsVersions || plan.hasNoVersions {
      try plan.bucketRow.setVersionsSynced(at: plan.startedAt, in: connection)
    }
    try recordHistory(of: plan)
  }

  /// After a part of the bucket was listed: as complete as it was before, or partial with the
  /// reason.
  private func restoreState(_ plan: CrawlPlan) throws {
    let bucket = try connection.first(
      """
      SELECT bucket.synced_ms IS NOT NULL,
        (SELECT coalesce(error, 'a crawl has not finished') FROM crawl
          WHERE bucket_id = bucket.id AND prefix <> ?2 AND state IN (?3, ?4)
          ORDER BY id DESC LIMIT 1)
      FROM bucket WHERE id = ?1
      """, .integer(plan.bucketID), .text(plan.prefix.bytes), .state(CrawlRowState.running),
      .state(CrawlRowState.failed)
    ) { ($0.int64(at: 0) != 0, $0.optionalString(at: 1)) }
    guard let (wasComplete, unfinished) = bucket else { return }
    let row = plan.bucketRow
    if let unfinished {
      try row.setState(.partial, error: unfinished, in: connection)
    } else if wasComplete {
      try row.setState(.complete, error: nil, in: connection)
    } else {
      try row.setState(.partial, error: try listedPrefixes(of: plan.bucketID), in: connection)
    }
  }

  private static let prefixesNamedMax = 4

  /// Names the prefixes that were listed of a bucket that never was listed whole.
  private func listedPrefixes(of bucketID: Int64) throws -> String {
    let prefixes = try connection.all(
      """
      SELECT DISTINCT prefix FROM crawl
      WHERE bucket_id = ?1 AND state = ?2 AND prefix <> ''
      ORDER BY prefix
      """, .integer(bucketID), .state(CrawlRowState.complete)
    ) { "'\($0.string(at: 0))'" }
    let named = prefixes.prefix(Self.prefixesNamedMax).joined(separator: ", ")
    let rest = prefixes.count - Self.prefixesNamedMax
    return "only these prefixes were listed: \(named)\(rest > 0 ? " and \(rest) more" : "")"
  }
}
