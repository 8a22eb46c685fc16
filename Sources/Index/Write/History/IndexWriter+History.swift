internal import SQLite
internal import Vocabulary

extension IndexWriter {
  /// Records what a bucket holds at the end of a complete crawl of all of it, in the batch: by class, in all, and
  /// by prefix where that differs from what was recorded last.
  ///
  /// The rollups must be flushed.
  func recordHistory(of plan: CrawlPlan) throws {
    let at = plan.startedAt.millisecondsSinceEpoch
    try recordClasses(of: plan.bucketID, at: at)
    try connection.run(Self.forgetGap, .integer(plan.bucketID), .integer(at))
    let usage = try rolledUpUsage(of: plan.bucketID)
    let leftOut = try recordPrefixes(of: plan.bucketID, at: at)
    try connection.run(
      Self.recordPoint, .integer(plan.bucketID), .integer(at), .integer(usage.objects),
      .integer(usage.bytes), leftOut == nil ? .null : .integer(historyLimits.depth),
      leftOut.map { .integer($0) } ?? .null)
    try thinHistory(of: plan.bucketID)
  }

  /// Records what a bucket holds by class, in the place of what was recorded of the same moment.
  func recordClasses(of bucketID: Int64, at: Int64) throws {
    // An inventory may be imported twice, and a class of the first time be gone.
    try connection.run(Self.forgetClasses, .integer(bucketID), .integer(at))
    try connection.run(Self.recordClasses, .integer(bucketID), .integer(at))
  }

  /// Records that all of a bucket was to be listed, and was not.
  func recordGap(of bucketID: Int64, as state: BucketState, at moment: Timestamp) throws {
    try connection.run(
      Self.insertGap, .integer(bucketID), .integer(moment.millisecondsSinceEpoch),
      .state(state == .denied ? BucketState.denied : .partial))
  }

  private static let insertGap = """
    INSERT OR REPLACE INTO usage_gap (bucket_id, at_ms, sync_id, state)
    VALUES (?1, ?2, (SELECT max(id) FROM sync), ?3)
    """

  /// One that was cut off, and was taken up and ended since.
  private static let forgetGap = "DELETE FROM usage_gap WHERE bucket_id = ?1 AND at_ms = ?2"

  private static let forgetClasses = """
    DELETE FROM usage_history WHERE bucket_id = ?1 AND at_ms = ?2
    """

  private static let recordClasses = """
    INSERT INTO usage_history (bucket_id, at_ms, storage_class_id, objects, bytes)
    SELECT bucket_id, ?2, storage_class_id, objects, bytes FROM bucket_usage WHERE bucket_id = ?1
    """

  /// The newest sync is the one that writes.
  private static let recordPoint = """
    INSERT OR REPLACE INTO usage_point
      (bucket_id, at_ms, sync_id, objects, bytes, prefix_depth, prefixes_left_out)
    VALUES (?1, ?2, (SELECT max(id) FROM sync), ?3, ?4, ?5, ?6)
    """

  /// - Returns: how many prefixes of the depths that are recorded are not; nil where none is.
  private func recordPrefixes(of bucketID: Int64, at: Int64) throws -> Int64? {
    // Rows are differences to those before them. Where a clock was wrong, or an older inventory was put
    // back, there are later ones already, which a row in between would change.
    let isNewest = try connection.first(
      Self.selectLater, .integer(bucketID), .integer(at)
    ) { _ in false }
    guard isNewest ?? true else { return nil }
    let bound = try historyBound(of: bucketID)
    try write(try prefixChanges(of: bucketID, within: bound), of: bucketID, at: at)
    return bound.leftOut
  }

  private static let selectLater = """
    SELECT 1 FROM usage_point WHERE bucket_id = ?1 AND at_ms > ?2 LIMIT 1
    """

  /// Where the largest prefixes end, when there are more than are recorded.
  private func historyBound(of bucketID: Int64) throws -> HistoryBound {
    let (depth, prefixesMax) = (historyLimits.depth, historyLimits.prefixesMax)
    let isOverfull = try connection.first(
      Self.selectOneTooMany, .integer(bucketID), .integer(depth), .integer(prefixesMax)
    ) { _ in true }
    guard isOverfull == true else { return .none }
    let count =
      try connection.first(Self.countPrefixes, .integer(bucketID), .integer(depth)) {
        $0.int64(at: 0)
      } ?? 0
    // None at all are recorded: no sum is as large.
    let nothing = HistoryBound(bytes: .max, depth: -1, prefix: [], leftOut: count)
    guard prefixesMax > 0 else { return nothing }
    return try connection.first(
      Self.selectLast, .integer(bucketID), .integer(depth), .integer(prefixesMax - 1)
    ) { row in
      HistoryBound(
        bytes: row.int64(at: 0), depth: row.int64(at: 1), prefix: row.bytes(at: 2),
        leftOut: count - prefixesMax)
    } ?? nothing
  }

  private static let selectOneTooMany = """
    SELECT 1 FROM prefix_usage WHERE bucket_id = ?1 AND depth <= ?2 LIMIT 1 OFFSET ?3
    """

  private static let countPrefixes = """
    SELECT count(*) FROM prefix_usage WHERE bucket_id = ?1 AND depth <= ?2
    """

  /// SQLite keeps as many rows as are recorded in this, not all of them.
  private static let selectLast = """
    SELECT bytes, depth, prefix FROM prefix_usage WHERE bucket_id = ?1 AND depth <= ?2
    ORDER BY bytes DESC, depth, prefix LIMIT 1 OFFSET ?3
    """

  /// What differs from what was recorded last: of as many prefixes as are recorded, twice at most.
  private func prefixChanges(
    of bucketID: Int64, within bound: HistoryBound
  ) throws -> [PrefixChange] {
    var changes: [PrefixChange] = []
    let parameters = [.integer(bucketID), .integer(historyLimits.depth)] + bound.parameters
    try connection.withStatement(Self.selectChanged) { rows in
      try rows.bind(parameters)
      while try rows.step() {
        let usage = Usage(objects: rows.int64(at: 2), bytes: rows.int64(at: 3))
        changes.append(
          PrefixChange(
            depth: rows.int64(at: 0), prefix: rows.bytes(at: 1), usage: usage, isRecorded: true))
      }
    }
    try connection.withStatement(Self.selectLeft) { rows in
      try rows.bind(parameters)
      while try rows.step() {
        changes.append(
          PrefixChange(
            depth: rows.int64(at: 0), prefix: rows.bytes(at: 1),
            usage: rows.int64(at: 2) != 0 ? Usage() : nil, isRecorded: false))
      }
    }
    return changes
  }

  private static let selectChanged = """
    SELECT now.depth, now.prefix, now.objects, now.bytes
    FROM prefix_usage AS now LEFT JOIN prefix_usage_recorded AS last
      ON last.bucket_id = now.bucket_id AND last.depth = now.depth AND last.prefix = now.prefix
    WHERE now.bucket_id = ?1 AND now.depth <= ?2
      AND (last.objects IS NOT now.objects OR last.bytes IS NOT now.bytes)
      AND \(HistoryBound.condition)
    """

  /// A prefix without a row has ended, but where its depth is no longer looked at.
  private static let selectLeft = """
    SELECT last.depth, last.prefix, now.prefix IS NULL AND last.depth <= ?2
    FROM prefix_usage_recorded AS last LEFT JOIN prefix_usage AS now
      ON now.bucket_id = last.bucket_id AND now.depth = last.depth AND now.prefix = last.prefix
    WHERE last.bucket_id = ?1
      AND (now.prefix IS NULL OR last.depth > ?2 OR NOT \(HistoryBound.condition))
    """

  /// One table after the other: a statement is looked up once for all rows.
  private func write(_ changes: [PrefixChange], of bucketID: Int64, at: Int64) throws {
    guard !changes.isEmpty else { return }
    try connection.withStatement(Self.recordChange) { statement in
      for change in changes {
        try bind(change, of: bucketID, to: &statement)
        try statement.bind(at, at: 6)
        try statement.run()
      }
    }
    try connection.withStatement(Self.setRecorded) { statement in
      for change in changes where change.isRecorded {
        try bind(change, of: bucketID, to: &statement)
        try statement.run()
      }
    }
    for change in changes where !change.isRecorded {
      try connection.run(
        Self.forgetRecorded, .integer(bucketID), .integer(change.depth), .text(change.prefix))
    }
  }

  /// Parameters ?1 to ?5.
  private func bind(
    _ change: PrefixChange, of bucketID: Int64, to statement: inout Statement
  ) throws {
    try statement.bind(bucketID, at: 1)
    try statement.bind(change.depth, at: 2)
    try statement.bind(text: change.prefix, at: 3)
    try statement.bind(change.usage.map { .integer($0.objects) } ?? .null, at: 4)
    try statement.bind(change.usage.map { .integer($0.bytes) } ?? .null, at: 5)
  }

  private static let recordChange = """
    INSERT OR REPLACE INTO prefix_usage_history
      (bucket_id, depth, prefix, objects, bytes, at_ms)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6)
    """

  private static let setRecorded = """
    INSERT OR REPLACE INTO prefix_usage_recorded (bucket_id, depth, prefix, objects, bytes)
    VALUES (?1, ?2, ?3, ?4, ?5)
    """

  private static let forgetRecorded = """
    DELETE FROM prefix_usage_recorded WHERE bucket_id = ?1 AND depth = ?2 AND prefix = ?3
    """
}
