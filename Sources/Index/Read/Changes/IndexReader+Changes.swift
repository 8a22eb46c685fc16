internal import SQLite
package import Vocabulary

/// A question about the journal, applied to this index.
struct ResolvedChanges {
  var filter: IndexReader.ResolvedFilter
  var condition: ChangeCondition
  /// The first sync that may have found something; nil where there is none.
  var firstSync: Int64?
  /// Rows of that sync may be older.
  var atMs: Int64?
  var classIDs: [Int64]?
  var after: JournalPlace?
}

extension IndexReader {
  /// When a sync ended: nil while it runs.
  ///
  /// - Returns: nil for a number that no sync has.
  package func syncEnd(_ id: Int64) throws -> (finished: Timestamp?, number: Int64)? {
    try connection.first("SELECT finished_ms FROM sync WHERE id = ?1", .integer(id)) {
      ($0.timestamp(at: 0), id)
    }
  }

  /// The number of the last sync; nil without one.
  package func lastSync() throws -> Int64? {
    try connection.first("SELECT max(id) FROM sync") { $0.optionalInt64(at: 0) } ?? nil
  }

  /// Hands every change that passes to `body`, by sync, bucket name and key, until `limit` or false.
  ///
  /// The bytes of the key are SQLite's own, lent until `body` returns.
  package func changes(
    _ question: ChangeQuestion, limit: Int64?,
    _ body: (_ bucket: BucketSummary, _ change: FoundChange, _ key: Span<UInt8>) throws -> Bool
  ) throws {
    var resolved = try resolve(question)
    resolved.after = question.after
    if let after = question.after {
      resolved.firstSync = resolved.firstSync.map { max($0, after.sync) }
    }
    var left = limit ?? .max
    try scanChanges(resolved) { run, change, key in
      left -= 1
      return try body(run.bucket, change, key) && left > 0
    }
  }

  /// How many changes pass all but the filter's classes, and are not known to be of one of them or not.
  package func changesOfUnknownClass(_ question: ChangeQuestion) throws -> Int64 {
    var resolved = try resolve(question)
    guard let ids = resolved.classIDs else { return 0 }
    resolved.condition = ChangeCondition(
      question, atMs: resolved.atMs, classIDs: ids, judgesClasses: false)
    var count: Int64 = 0
    try scanChanges(resolved) { _, _, _ in
      count += 1
      return true
    }
    return count
  }

  func resolve(_ question: ChangeQuestion) throws -> ResolvedChanges {
    // It registers what is asked of keys; all else is asked of the journal's own columns.
    let filter = try resolve(question.filter.ofKeys)
    let classIDs = try storageClasses(named: question.filter.storageClasses)?.keys.sorted()
    var atMs: Int64?
    if case .moment(let moment) = question.start { atMs = moment.millisecondsSinceEpoch }
    return ResolvedChanges(
      filter: filter, condition: ChangeCondition(question, atMs: atMs, classIDs: classIDs),
      firstSync: try firstSync(of: question.start), atMs: atMs, classIDs: classIDs)
  }

  private func firstSync(of start: JournalStart) throws -> Int64? {
    let (sql, value): (String, Int64) =
      switch start {
      case .beginning: ("SELECT min(id) FROM sync WHERE id > ?1", 0)
      case .sync(let id): ("SELECT min(id) FROM sync WHERE id > ?1", id)
      case .moment(let moment):
        (
          "SELECT min(id) FROM sync WHERE finished_ms IS NULL OR finished_ms >= ?1",
          moment.millisecondsSinceEpoch
        )
      }
    return try connection.first(sql, .integer(value)) { $0.optionalInt64(at: 0) } ?? nil
  }

  /// Reads the journal sync by sync, in each the runs in their order, until `body` returns false.
  func scanChanges(
    _ resolved: ResolvedChanges,
    _ body: (_ run: BucketRun, _ change: FoundChange, _ key: Span<UInt8>) throws -> Bool
  ) throws {
    let sql = resolved.condition.select(Self.changeColumns)
    for (syncID, bucketIDs) in try journaledBuckets(from: resolved.firstSync) {
      for whole in resolved.filter.runs where bucketIDs.contains(whole.bucket.id) {
        let rest = resolved.after.map { $0.rest(of: whole, inSync: syncID) } ?? whole
        guard let run = rest else { continue }
        let wantsMore = try connection.withStatement(sql) { statement in
          try resolved.condition.bind(syncID, run, to: &statement)
          while try statement.step() {
            let change = FoundChange(syncID, statement)
            guard try statement.withText(at: 6, { try body(run, change, $0) }) else { return false }
          }
          return true
        }
        guard wantsMore else { return }
      }
    }
  }

  /// The buckets that each sync has rows of, in order.
  ///
  /// The journal is in the order of syncs and buckets: from one to the next it is a look-up.
  private func journaledBuckets(from first: Int64?) throws -> [(sync: Int64, buckets: Set<Int64>)] {
    guard let first else { return [] }
    var found: [(sync: Int64, buckets: Set<Int64>)] = []
    try connection.withStatement(Self.selectNext) { statement in
      var (syncID, bucketID) = (first, Int64.min)
      while true {
        try statement.bind(syncID, at: 1)
        try statement.bind(bucketID, at: 2)
        defer { statement.reset() }
        guard try statement.step() else { return }
        (syncID, bucketID) = (statement.int64(at: 0), statement.int64(at: 1))
        if found.last?.sync != syncID { found.append((syncID, [])) }
        found[found.count - 1].buckets.insert(bucketID)
      }
    }
    return found
  }

  private static let changeColumns =
    "change, at_ms, size_before, size_after, class_before_id, class_after_id, key"

  private static let selectNext = """
    SELECT sync_id, bucket_id FROM object_change
    WHERE (sync_id, bucket_id) > (?1, ?2)
    ORDER BY sync_id, bucket_id LIMIT 1
    """
}

extension FoundChange {
  /// From a row of `changeColumns`.
  fileprivate init(_ sync: Int64, _ row: borrowing Statement) {
    self.init(
      sync: sync, at: Timestamp(millisecondsSinceEpoch: row.int64(at: 1)),
      kind: ChangeKind(rawValue: row.string(at: 0)) ?? .modified,
      sizeBefore: row.optionalInt64(at: 2), sizeAfter: row.optionalInt64(at: 3),
      classBefore: row.optionalInt64(at: 4), classAfter: row.optionalInt64(at: 5))
  }
}
