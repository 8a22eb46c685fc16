internal import Migrations
internal import SQLite
internal import Vocabulary

/// What was done about findings, in words, with the bucket that it is about.
package struct RepairStep: Equatable, Sendable {
  package var bucketID: Int64?
  package var text: String
  /// Whether the next sync has to list the bucket for it to be whole again.
  package var awaitsSync = false
}

extension IndexWriter {
  /// Mends what a check has found, but for the file itself.
  ///
  /// What is derived is made anew from rows. Where rows may be what is wrong, nobody here can tell: the bucket is
  /// marked, and the next sync lists all of it again.
  package func repair(_ findings: [CheckFinding]) throws -> [RepairStep] {
    var steps = try repairSchema(findings.filter { $0.remedy == .schema })
    steps += try inBatch { try removeOrphans(findings.filter { $0.remedy == .removal }) }
    let byBucket = Dictionary(grouping: findings) { $0.bucketID ?? 0 }
    for (bucketID, found) in byBucket.sorted(by: { $0.key < $1.key }) where bucketID != 0 {
      steps += try inBatch { try repair(bucketID, found) }
      try commit()
    }
    try commit()
    return steps
  }

  private func repair(_ bucketID: Int64, _ found: [CheckFinding]) throws -> [RepairStep] {
    var steps: [RepairStep] = []
    let remedies = found.map(\.remedy)
    func note(_ text: String) { steps.append(RepairStep(bucketID: bucketID, text: text)) }
    if remedies.contains(.crawl) {
      try forgetCrawls(of: bucketID)
      note("what was listed half way is listed again from the beginning")
    }
    if remedies.contains(.sums) {
      try sumEverythingAgain(bucketID)
      note("sums were counted again from the rows")
    }
    let areRowsInDoubt = try remedies.contains(.sums) && !rowsHaveWitness(bucketID)
    if areRowsInDoubt || remedies.contains(.listing) {
      steps.append(try mark(bucketID))
    } else if remedies.contains(.history) {
      steps += try repairHistory(of: bucketID)
    }
    return steps
  }

  /// Counts all that is kept of a bucket's rows anew.
  func sumEverythingAgain(_ bucketID: Int64) throws {
    try sumAgain(bucketID)
    try sumVersionsAgain(bucketID)
    try deltas.flush(to: connection)
    try versionDeltas.flush(to: connection)
    let newest = try connection.first(
      "SELECT max(last_modified_ms) FROM object WHERE bucket_id = ?1", .integer(bucketID)
    ) { $0.optionalInt64(at: 0) }
    try BucketRow(id: bucketID).setNewest(milliseconds: newest ?? nil, in: connection)
  }

  /// Whether what was recorded at the end of the newest complete crawl says of the rows that they are right.
  private func rowsHaveWitness(_ bucketID: Int64) throws -> Bool {
    guard let newest = try NewestPoint(of: bucketID, in: connection), newest.isOfToday,
      let point = newest.point
    else { return false }
    return point == (try rolledUpUsage(of: bucketID))
  }

  /// Makes a bucket one that was never listed whole: what is in the index of it stays until the next sync.
  func mark(_ bucketID: Int64) throws -> RepairStep {
    try forgetCrawls(of: bucketID)
    let bucket = BucketRow(id: bucketID)
    try bucket.forgetSynced(in: connection)
    let error = "rows of it may be missing: the next sync lists all of it again"
    try doubtAll(of: bucketID, as: .partial, error: error)
    try bucket.setState(.partial, error: error, in: connection)
    return RepairStep(
      bucketID: bucketID, text: "marked: the next sync lists all of it again", awaitsSync: true)
  }

  private func forgetCrawls(of bucketID: Int64) throws {
    let crawls = try connection.all(
      "SELECT id FROM crawl WHERE bucket_id = ?1 AND state IN (?2, ?3)", .integer(bucketID),
      .state(CrawlRowState.running), .state(CrawlRowState.failed)
    ) { $0.int64(at: 0) }
    for crawl in crawls {
      try forgetProgress(of: crawl)
      try connection.run(
        "UPDATE crawl SET state = ?2 WHERE id = ?1", .integer(crawl),
        .state(CrawlRowState.abandoned))
    }
    try connection.run("DELETE FROM bucket_mark WHERE bucket_id = ?1", .integer(bucketID))
  }
}

// MARK: - History

extension IndexWriter {
  private func repairHistory(of bucketID: Int64) throws -> [RepairStep] {
    var steps: [RepairStep] = []
    if try rewriteNewestPoint(of: bucketID) {
      steps.append(
        RepairStep(bucketID: bucketID, text: "its newest history was written again from the sums"))
    }
    let lost = try SaturatingSQL.trying { sum in
      try connection.all(Self.selectBrokenPoints(sum), .integer(bucketID)) { $0.int64(at: 0) }
    }
    for moment in lost {
      // What it was cannot be found out: a night that is not known is a gap.
      for table in ["usage_point", "usage_history"] {
        try connection.run(
          "DELETE FROM \(table) WHERE bucket_id = ?1 AND at_ms = ?2", .integer(bucketID),
          .integer(moment))
      }
      try connection.run(
        Self.insertLostGap, .integer(bucketID), .integer(moment), .state(BucketState.partial))
      let at = Timestamp(millisecondsSinceEpoch: moment).iso8601
      steps.append(RepairStep(bucketID: bucketID, text: "history of \(at) is a gap now"))
    }
    if try repairRecordedPrefixes(of: bucketID) {
      steps.append(
        RepairStep(bucketID: bucketID, text: "the history of its prefixes was made to agree"))
    }
    return steps
  }

  /// Where nothing was listed since, the newest history is what is stored.
  private func rewriteNewestPoint(of bucketID: Int64) throws -> Bool {
    guard let newest = try NewestPoint(of: bucketID, in: connection) else { return false }
    let stored = try rolledUpUsage(of: bucketID)
    let at = SQLiteValue.integer(newest.at.millisecondsSinceEpoch)
    let isSound = try connection.first(Self.countDifferentClasses, .integer(bucketID), at) {
      $0.int64(at: 0) == 0
    }
    // A point that is missing tells no sync: what was listed since is not known.
    guard newest.isOfToday, newest.point != stored || isSound != true else { return false }
    try recordClasses(of: bucketID, at: newest.at.millisecondsSinceEpoch)
    try connection.run(
      "UPDATE usage_point SET objects = ?3, bytes = ?4 WHERE bucket_id = ?1 AND at_ms = ?2",
      .integer(bucketID), at, .integer(stored.objects), .integer(stored.bytes))
    return true
  }

  private static let countDifferentClasses = """
    SELECT count(*) FROM bucket_usage AS now
    FULL JOIN (SELECT * FROM usage_history WHERE bucket_id = ?1 AND at_ms = ?2) AS kept
      ON kept.storage_class_id = now.storage_class_id AND now.bucket_id = ?1
    WHERE (now.bucket_id = ?1 OR now.bucket_id IS NULL)
      AND (kept.objects IS NOT now.objects OR kept.bytes IS NOT now.bytes)
    """

  private static func selectBrokenPoints(_ sum: SaturatingSQL) -> String {
    """
    SELECT coalesce(point.at_ms, sums.at_ms)
    FROM (SELECT * FROM usage_point WHERE bucket_id = ?1) AS point
    FULL JOIN (
      SELECT at_ms, \(sum.text(of: "objects")) AS objects, \(sum.text(of: "bytes")) AS bytes
      FROM usage_history WHERE bucket_id = ?1 GROUP BY at_ms
    ) AS sums ON sums.at_ms = point.at_ms
    WHERE point.objects IS NOT coalesce(sums.objects, 0)
      OR point.bytes IS NOT coalesce(sums.bytes, 0)
    """
  }

  private static let insertLostGap = """
    INSERT OR REPLACE INTO usage_gap (bucket_id, at_ms, sync_id, state)
    VALUES (?1, ?2, NULL, ?3)
    """

  /// What prefixes were at the newest crawl is taken from where it is kept to compare with.
  private func repairRecordedPrefixes(of bucketID: Int64) throws -> Bool {
    let rows = connection.rowsChangedInAll
    for sql in Self.repairPrefixes { try connection.run(sql, .integer(bucketID)) }
    return connection.rowsChangedInAll > rows
  }

  private static let lastPrefixes = """
    (SELECT depth, prefix, objects, bytes, max(at_ms) AS at_ms FROM prefix_usage_history
      WHERE bucket_id = ?1 GROUP BY depth, prefix)
    """

  private static let repairPrefixes = [
    """
    INSERT OR REPLACE INTO prefix_usage_history (bucket_id, depth, prefix, at_ms, objects, bytes)
    SELECT ?1, recorded.depth, recorded.prefix, newest.at_ms, recorded.objects, recorded.bytes
    FROM prefix_usage_recorded AS recorded
    JOIN (SELECT max(at_ms) AS at_ms FROM usage_point WHERE bucket_id = ?1) AS newest
    LEFT JOIN \(lastPrefixes) AS last
      ON last.depth = recorded.depth AND last.prefix = recorded.prefix
    WHERE recorded.bucket_id = ?1 AND newest.at_ms IS NOT NULL
      AND (last.objects IS NOT recorded.objects OR last.bytes IS NOT recorded.bytes)
    """,
    """
    INSERT OR REPLACE INTO prefix_usage_recorded (bucket_id, depth, prefix, objects, bytes)
    SELECT ?1, last.depth, last.prefix, last.objects, last.bytes
    FROM \(lastPrefixes) AS last LEFT JOIN prefix_usage_recorded AS recorded
      ON recorded.bucket_id = ?1 AND recorded.depth = last.depth AND recorded.prefix = last.prefix
    WHERE recorded.objects IS NULL AND last.objects > 0
    """,
  ]
}

// MARK: - Rows that belong to nothing

extension IndexWriter {
  private func removeOrphans(_ findings: [CheckFinding]) throws -> [RepairStep] {
    guard !findings.isEmpty else { return [] }
    let rows = connection.rowsChangedInAll
    try BucketRow.leaveUnknownAccounts(in: connection)
    for sql in Self.dropOrphans { try connection.run(sql) }
    for table in CheckPass.tablesByBucket {
      for id in findings.filter({ $0.table == table }).compactMap(\.bucketID) {
        try connection.run("DELETE FROM \(table) WHERE bucket_id = ?1", .integer(id))
      }
    }
    let count = connection.rowsChangedInAll - rows
    return [RepairStep(text: "\(count) rows that belonged to nothing were removed")]
  }

  /// Parents before those that belong to them.
  static let dropOrphans =
    [
      ("crawl", "bucket_id", "bucket"), ("sync_crawl", "sync_id", "sync"),
      ("sync_crawl", "crawl_id", "crawl"), ("crawl_range", "crawl_id", "crawl"),
      ("crawl_mark", "crawl_id", "crawl"), ("bucket_property", "bucket_id", "bucket"),
      ("listed_prefix", "bucket_id", "bucket"),
    ].map { table, column, parent in
      "DELETE FROM \(table) WHERE \(column) NOT IN (SELECT id FROM \(parent))"
    }

  /// Views come from one file, indexes from the migrations; what is missing of them holds no facts.
  private func repairSchema(_ findings: [CheckFinding]) throws -> [RepairStep] {
    guard !findings.isEmpty else { return [] }
    try commit()
    let model = try CheckPass.modelSchema(now: now())
    let names = Set(findings.map(\.table))
    let views = names.filter { model[$0]?.hasPrefix("CREATE VIEW") == true }
    var steps: [RepairStep] = []
    if !views.isEmpty {
      try connection.run("DELETE FROM schema_view")
      try Migrator(path: path, migrations: Migrations.migrations, views: Migrations.views)
        .upgrade(connection, now: now())
      steps.append(
        RepairStep(text: "the views were made anew: \(views.sorted().joined(separator: ", "))"))
    }
    for name in names.subtracting(views).sorted() {
      guard let sql = model[name], sql.hasPrefix("CREATE INDEX") || sql.hasPrefix("CREATE UNIQUE")
      else { continue }
      try connection.execute(script: "DROP INDEX IF EXISTS \(name); \(sql);")
      steps.append(RepairStep(text: "the index \(name) was made anew"))
    }
    return steps
  }
}
