internal import SQLite
package import Vocabulary

extension IndexWriter {
  /// Merges one page: only differences are written, and rows are deleted only among the keys it
  /// covers.
  ///
  /// The rows, the sums over them, the journal and the range's cursor commit together, with the
  /// batch.
  ///
  /// - Throws: `BucketTooLarge`, and then nothing of the page was written; errors of the index.
  package func merge(
    _ coverage: PageCoverage, into range: CrawlRange, of plan: CrawlPlan, syncID: Int64
  ) throws -> ChangeCounts {
    let interval = KeyInterval(prefix: plan.prefix)
      .limited(after: coverage.after, through: coverage.through ?? range.hi)
    if plan.listsVersions {
      return try mergeVersions(
        coverage, within: interval, into: range, of: plan, syncID: syncID)
    }
    let (classIDs, merge) = try inBatch {
      let classIDs = try storageClassIDs(of: coverage.page)
      let merge = try PageMerge(
        page: coverage.page, bucketID: plan.bucketID, interval: interval,
        storageClassIDs: classIDs, doubtedSince: plan.versionIDsHoldBefore,
        nullIDsBefore: plan.nullIDsBefore, on: connection)
      return (classIDs, merge)
    }
    try admit(
      coming: merge.bytesThatCome(from: coverage.page), going: merge.bytesThatGo, plan)
    let counts = try inBatch(rows: coverage.page.records.count) {
      try write(merge, of: coverage.page, classIDs, plan)
      try doubtVersions(merge, of: coverage.page, plan)
      let counts =
        plan.isJournaled
        ? try journal(merge, of: coverage.page, classIDs, plan, syncID: syncID) : merge.counts
      let newest = coverage.page.records.lazy.map(\.lastModified).max()
      try noteNewest(newest?.millisecondsSinceEpoch, gone: merge.newestGoneMs, plan)
      crashOrder?.pass(.rowsMerged)
      try advance(range, of: plan, past: coverage, by: counts, syncID: syncID)
      crashOrder?.pass(.cursorAdvanced)
      return counts
    }
    try commitIfDue()
    return counts
  }

  /// Writes the objects that differ.
  func write(
    _ merge: PageMerge, of page: ObjectPage, _ classIDs: [Int64], _ plan: CrawlPlan
  ) throws {
    try insert(merge.inserts, of: page, classIDs, plan)
    crashOrder?.pass(.objectsInserted)
    try update(merge.updates, of: page, classIDs, plan)
    try fill(merge.fills, of: page, plan)
    try delete(merge.deletes, plan)
  }

  /// Writes ETags of objects that an inventory without them had named: that is no change of theirs.
  private func fill(_ records: [Int], of page: ObjectPage, _ plan: CrawlPlan) throws {
    guard !records.isEmpty else { return }
    try connection.withStatement(Self.fillETag) { statement in
      let text = page.text.span
      try statement.bind(plan.bucketID, at: 1)
      for index in records {
        let record = page.records[index]
        unsafe try statement.bind(borrowedText: text.extracting(record.key.range), at: 2)
        unsafe try statement.bind(borrowedText: text.extracting(record.etag.range), at: 3)
        try statement.run()
      }
    }
  }

  private func insert(
    _ records: [Int], of page: ObjectPage, _ classIDs: [Int64], _ plan: CrawlPlan
  ) throws {
    let rows = plan.writesVersionIDs ? Self.insertVersionedObjects : Self.insertObjects
    try rows.run(records.count, bucketID: plan.bucketID, on: connection) { row, statement, first in
      try bind(page, records[row], classIDs, plan, to: &statement, at: first)
      count(page, records[row], classIDs, plan)
    }
  }

  private func update(
    _ updates: [PageMerge.Update], of page: ObjectPage, _ classIDs: [Int64], _ plan: CrawlPlan
  ) throws {
    guard !updates.isEmpty else { return }
    let sql = plan.writesVersionIDs ? Self.updateVersionedObject : Self.updateObject
    try connection.withStatement(sql) { statement in
      try statement.bind(plan.bucketID, at: 1)
      for update in updates {
        try bind(page, update.record, classIDs, plan, to: &statement, at: 2)
        try statement.run()
        discount(update.before, plan)
        count(page, update.record, classIDs, plan)
      }
    }
  }

  private func delete(_ rows: [PageMerge.Row], _ plan: CrawlPlan) throws {
    for row in rows {
      try connection.run(
        "DELETE FROM object WHERE bucket_id = ?1 AND key = ?2", .integer(plan.bucketID),
        .text(row.key))
      discount(row, plan)
    }
  }

  /// Binds an object's columns to the parameters from `first` on.
  private func bind(
    _ page: ObjectPage, _ index: Int, _ classIDs: [Int64], _ plan: CrawlPlan,
    to statement: inout Statement, at first: Int32
  ) throws {
    let record = page.records[index]
    let text = page.text.span
    // Safe without a copy: the page outlives this call, and the statement runs and is reset in the
    // caller's.
    unsafe try statement.bind(borrowedText: text.extracting(record.key.range), at: first)
    try statement.bind(record.size, at: first + 1)
    try statement.bind(record.lastModified.millisecondsSinceEpoch, at: first + 2)
    unsafe try statement.bind(borrowedText: text.extracting(record.etag.range), at: first + 3)
    try statement.bind(classIDs[Int(record.storageClass)], at: first + 4)
    guard plan.writesVersionIDs else { return }
    // What is written again is another version, and nobody said which.
    guard plan.listsVersions else { return try statement.bind("", at: first + 5) }
    let id = page.versions[index].id
    unsafe try statement.bind(borrowedText: text.extracting(id.range), at: first + 5)
  }

  private func count(_ page: ObjectPage, _ index: Int, _ classIDs: [Int64], _ plan: CrawlPlan) {
    let record = page.records[index]
    deltas.add(
      bucketID: plan.bucketID, storageClassID: classIDs[Int(record.storageClass)],
      key: page.text.span.extracting(record.key.range), objects: 1, bytes: record.size)
  }

  private func discount(_ row: PageMerge.Row, _ plan: CrawlPlan) {
    deltas.add(
      bucketID: plan.bucketID, storageClassID: row.storageClassID, key: row.key.span, objects: -1,
      bytes: Int64(0).minus(row.size))
  }

  /// Keeps the bucket's newest time while pages come in: it grows with them, and is stale when an
  /// object that had it is gone.
  func noteNewest(_ newestMs: Int64?, gone: Int64?, _ plan: CrawlPlan) throws {
    let row = plan.bucketRow
    if let gone { try row.doubtNewest(milliseconds: gone, in: connection) }
    if let newestMs { try row.raiseNewest(milliseconds: newestMs, in: connection) }
  }

  /// Moves the cursor of a range behind a page that is merged, and counts what it held.
  func advance(
    _ range: CrawlRange, of plan: CrawlPlan, past coverage: PageCoverage, by counts: ChangeCounts,
    syncID: Int64
  ) throws {
    let isDone = coverage.through == nil
    let last = coverage.page.records.indices.last.map { coverage.page.key(at: $0) }
    let listed = coverage.through ?? last.map { max($0, coverage.after) } ?? coverage.after
    // A last page may reach beyond its range, whose neighbour begins there.
    let cursor = range.hi.map { min($0, listed) } ?? listed
    let total = try connection.first(
      Self.advanceRange, .integer(plan.crawlID), .text(range.lo.bytes), .text(cursor.bytes),
      .integer(counts.objects), .integer(isDone ? 1 : 0), .integer(counts.versions)
    ) { $0.int64(at: 0) }
    guard let total else {
      throw IndexError.damaged(path: path, reason: "no row for a range that is being listed")
    }
    if !coverage.page.endsWithDeepKey {
      try noteMark(
        at: cursor, total: total, objects: counts.objects.plus(counts.versions), isDone: isDone,
        plan)
    }
    try add(counts, of: plan, syncID: syncID)
  }

  /// Counts what a crawl did in a sync.
  func add(_ counts: ChangeCounts, of plan: CrawlPlan, syncID: Int64) throws {
    try connection.run(
      Self.addToSyncCrawl, .integer(syncID), .integer(plan.crawlID), .integer(counts.objects),
      .integer(counts.added), .integer(counts.changed), .integer(counts.removed),
      plan.listsVersions ? .integer(counts.versions) : .null)
  }

  private static let insertObjects = RowInsert(
    into: "object",
    columns: ["bucket_id", "key", "size", "last_modified_ms", "etag", "storage_class_id"])
  private static let insertVersionedObjects = RowInsert(
    into: "object",
    columns: [
      "bucket_id", "key", "size", "last_modified_ms", "etag", "storage_class_id", "version_id",
    ])

  private static let fillETag = "UPDATE object SET etag = ?3 WHERE bucket_id = ?1 AND key = ?2"

  /// The ETag of the same bytes stays where a page does not tell it.
  private static let etagColumn =
    "etag = CASE WHEN ?5 = '?' AND size = ?3 AND last_modified_ms = ?4 THEN etag ELSE ?5 END"

  private static let updateObject = """
    UPDATE object
    SET size = ?3, last_modified_ms = ?4, \(etagColumn), storage_class_id = ?6, version_id = NULL
    WHERE bucket_id = ?1 AND key = ?2
    """

  private static let updateVersionedObject = """
    UPDATE object
    SET size = ?3, last_modified_ms = ?4, \(etagColumn), storage_class_id = ?6, version_id = ?7
    WHERE bucket_id = ?1 AND key = ?2
    """

  private static let advanceRange = """
    UPDATE crawl_range
    SET cursor = ?3, objects = CAST(objects + ?4 AS INTEGER), done = ?5,
      versions = CAST(versions + ?6 AS INTEGER)
    WHERE crawl_id = ?1 AND lo = ?2
    RETURNING CAST(objects + versions AS INTEGER)
    """

  private static let addToSyncCrawl = """
    INSERT INTO sync_crawl (sync_id, crawl_id, objects, added, changed, removed, versions)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
    ON CONFLICT DO UPDATE SET
      objects = CAST(objects + excluded.objects AS INTEGER),
      added = CAST(added + excluded.added AS INTEGER),
      changed = CAST(changed + excluded.changed AS INTEGER),
      removed = CAST(removed + excluded.removed AS INTEGER),
      versions = CAST(versions + excluded.versions AS INTEGER)
    """
}
