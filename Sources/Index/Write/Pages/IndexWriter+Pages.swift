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
    let (classIDs, merge) = try inBatch {
      let classIDs = try storageClassIDs(of: coverage.page)
      let merge = try PageMerge(
        page: coverage.page, bucketID: plan.bucketID, interval: interval,
        storageClassIDs: classIDs, on: connection)
      return (classIDs, merge)
    }
    try admit(merge, of: coverage.page, plan)
    let counts = try inBatch(rows: coverage.page.records.count) {
      try insert(merge.inserts, of: coverage.page, classIDs, plan)
      crashOrder?.pass(.objectsInserted)
      try update(merge.updates, of: coverage.page, classIDs, plan)
      try delete(merge.deletes, plan)
      let counts =
        plan.isJournaled
        ? try journal(merge, of: coverage.page, plan, syncID: syncID) : merge.counts
      try noteNewest(of: coverage.page, gone: merge.newestGoneMs, plan)
      crashOrder?.pass(.rowsMerged)
      try advance(range, of: plan, past: coverage, by: counts, syncID: syncID)
      crashOrder?.pass(.cursorAdvanced)
      return counts
    }
    try commitIfDue()
    return counts
  }

  /// Inserts many rows with one statement while there are enough: that is nearly twice as fast as one
  /// each, for the tree is searched from where the last row went.
  private func insert(
    _ records: [Int], of page: ObjectPage, _ classIDs: [Int64], _ plan: CrawlPlan
  ) throws {
    var rest = records[...]
    while !rest.isEmpty {
      let rows = rest.count >= Self.rowsPerInsert ? Self.rowsPerInsert : 1
      try connection.withStatement(rows == 1 ? Self.insertObject : Self.insertObjects) {
        statement in
        try statement.bind(plan.bucketID, at: 1)
        while rest.count >= rows {
          for (row, index) in rest.prefix(rows).enumerated() {
            try bind(
              page, index, classIDs, to: &statement, at: 2 + Int32(row) * Self.columnsOfObject)
            count(page, index, classIDs, plan)
          }
          try statement.run()
          rest.removeFirst(rows)
        }
      }
    }
  }

  private func update(
    _ updates: [PageMerge.Update], of page: ObjectPage, _ classIDs: [Int64], _ plan: CrawlPlan
  ) throws {
    guard !updates.isEmpty else { return }
    try connection.withStatement(Self.updateObject) { statement in
      try statement.bind(plan.bucketID, at: 1)
      for update in updates {
        try bind(page, update.record, classIDs, to: &statement, at: 2)
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
    _ page: ObjectPage, _ index: Int, _ classIDs: [Int64], to statement: inout Statement,
    at first: Int32
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
  private func noteNewest(of page: ObjectPage, gone: Int64?, _ plan: CrawlPlan) throws {
    let row = plan.bucketRow
    if let gone { try row.doubtNewest(milliseconds: gone, in: connection) }
    if let newest = page.records.lazy.map(\.lastModified).max() {
      try row.raiseNewest(milliseconds: newest.millisecondsSinceEpoch, in: connection)
    }
  }

  private func advance(
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
      .integer(counts.objects), .integer(isDone ? 1 : 0)
    ) { $0.int64(at: 0) }
    guard let total else {
      throw IndexError.damaged(path: path, reason: "no row for a range that is being listed")
    }
    try noteMark(at: cursor, total: total, objects: counts.objects, isDone: isDone, plan)
    try add(counts, of: plan, syncID: syncID)
  }

  /// Counts what a crawl did in a sync.
  func add(_ counts: ChangeCounts, of plan: CrawlPlan, syncID: Int64) throws {
    try connection.run(
      Self.addToSyncCrawl, .integer(syncID), .integer(plan.crawlID), .integer(counts.objects),
      .integer(counts.added), .integer(counts.changed), .integer(counts.removed))
  }

  // Divides a full page of 1,000 keys; more of them are no faster.
  private static let rowsPerInsert = 50
  private static let columnsOfObject: Int32 = 5

  private static let insertObject = insertObjects(rows: 1)
  private static let insertObjects = insertObjects(rows: rowsPerInsert)

  // OR FAIL, because a statement of many rows that could be undone by itself keeps a copy of every
  // page of the tree that it touches: a fifth of the writer's time. After an error the whole batch
  // is rolled back anyway.
  private static func insertObjects(rows: Int) -> String {
    let values = (0..<rows).map { row in
      let first = 2 + row * Int(columnsOfObject)
      return "(?1, ?\(first), ?\(first + 1), ?\(first + 2), ?\(first + 3), ?\(first + 4))"
    }
    return """
      INSERT OR FAIL INTO object (bucket_id, key, size, last_modified_ms, etag, storage_class_id)
      VALUES \(values.joined(separator: ", "))
      """
  }

  private static let updateObject = """
    UPDATE object
    SET size = ?3, last_modified_ms = ?4, etag = ?5, storage_class_id = ?6
    WHERE bucket_id = ?1 AND key = ?2
    """

  private static let advanceRange = """
    UPDATE crawl_range
    SET cursor = ?3, objects = CAST(objects + ?4 AS INTEGER), done = ?5
    WHERE crawl_id = ?1 AND lo = ?2
    RETURNING objects
    """

  private static let addToSyncCrawl = """
    INSERT INTO sync_crawl (sync_id, crawl_id, objects, added, changed, removed)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6)
    ON CONFLICT DO UPDATE SET
      objects = CAST(objects + excluded.objects AS INTEGER),
      added = CAST(added + excluded.added AS INTEGER),
      changed = CAST(changed + excluded.changed AS INTEGER),
      removed = CAST(removed + excluded.removed AS INTEGER)
    """
}
