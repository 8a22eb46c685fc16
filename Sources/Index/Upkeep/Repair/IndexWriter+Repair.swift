internal import Migrations
internal import SQLite
internal import Vocabulary

/// What was done about findings, in words, with the bucket that it is about.
package struct RepairStep: Equatable, Sendable {
  package var bucketID: Int64?
  package var text: String
  /// Whether the next sync has to list the bucket for it to be whole again.
  package var awaitsSync = false
  /// Whether something of the past is not known any more.
  package var losesPast = false
}

extension IndexWriter {
  /// Mends what a check has found, but for the file itself.
  ///
  /// What is derived is made anew from rows. Where rows may be what is wrong, nobody here can tell: the bucket is
  /// marked, and the next sync lists all of it again.
  ///
  /// After a rescue, nothing that was recorded of the past is written again from the sums: they are what is in doubt.
  package func repair(
    _ findings: [CheckFinding], afterRescue: Bool = false
  ) throws -> [RepairStep] {
    var steps = try repairSchema(findings.filter { $0.remedy == .schema })
    steps += try inBatch {
      try nameLostClasses().map { RepairStep(text: "a class whose name is lost is now \($0)") }
    }
    steps += try inBatch { try removeOrphans(findings.filter { $0.remedy == .removal }) }
    steps += try inBatch { try repairSettings(findings.filter { $0.remedy == .setting }) }
    let byBucket = Dictionary(grouping: findings) { $0.bucketID ?? 0 }
    for (bucketID, found) in byBucket.sorted(by: { $0.key < $1.key }) where bucketID != 0 {
      steps += try inBatch { try repair(bucketID, found, afterRescue) }
      try commit()
    }
    try commit()
    return steps
  }

  private func repair(
    _ bucketID: Int64, _ found: [CheckFinding], _ afterRescue: Bool
  ) throws -> [RepairStep] {
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
      for name in try nameLostClasses(of: bucketID) {
        note("a class whose name is lost is now \(name)")
      }
    }
    let areRowsInDoubt =
      try remedies.contains(.sums) && (!rowsHaveWitness(bucketID) || Self.doubtVersions(found))
    let isPastAgainstRows =
      try remedies.contains(.history) && contradictsSums(bucketID, afterRescue)
    if try areRowsInDoubt || isPastAgainstRows || remedies.contains(.listing)
      || holdsLostClass(bucketID)
    {
      steps.append(try mark(bucketID))
    }
    // Of a bucket that is marked, nothing of today is left to compare the past with.
    if remedies.contains(.history) { steps += try repairHistory(of: bucketID) }
    return steps
  }

  /// Nothing is recorded of versions but their sums: where those differ from the rows, either may be wrong.
  private static func doubtVersions(_ found: [CheckFinding]) -> Bool {
    found.contains { $0.table == "version_usage" }
  }

  /// Whether two that were recorded of the newest crawl say the same, and the sums something else.
  private func contradictsSums(_ bucketID: Int64, _ afterRescue: Bool) throws -> Bool {
    guard let newest = try NewestPoint(of: bucketID, in: connection), newest.isOfToday,
      newest.point != (try rolledUpUsage(of: bucketID))
    else { return false }
    return try afterRescue || agreesWithItsClasses(newest, bucketID)
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

// MARK: - Settings

extension IndexWriter {
  /// They have their usual values since this writer was opened; sums of prefixes follow theirs.
  private func repairSettings(_ findings: [CheckFinding]) throws -> [RepairStep] {
    let settings = findings.compactMap(\.setting)
    if settings.contains(.prefixDepth) {
      try sumPrefixes(
        downTo: IndexSetting.prefixDepth.number(in: connection, path: path))
    }
    return settings.map {
      RepairStep(text: "the setting \($0.rawValue) has its usual value again: \($0.usual)")
    }
  }
}

extension CheckFinding {
  /// The setting that it is about, if it is about one.
  package var setting: IndexSetting? {
    remedy == .setting
      ? IndexSetting(rawValue: String(decoding: place, as: UTF8.self)) : nil
  }
}

// MARK: - Rows that belong to nothing

extension IndexWriter {
  private func removeOrphans(_ findings: [CheckFinding]) throws -> [RepairStep] {
    guard !findings.isEmpty else { return [] }
    let rows = connection.rowsChangedInAll
    _ = try dropOrphans()
    for table in CheckPass.tablesByBucket {
      for id in findings.filter({ $0.table == table }).compactMap(\.bucketID) {
        try connection.run("DELETE FROM \(table) WHERE bucket_id = ?1", .integer(id))
      }
    }
    let count = connection.rowsChangedInAll - rows
    return [RepairStep(text: "\(count) rows that belonged to nothing were removed")]
  }

  /// Removes rows whose parent is not there, parents before those that belong to them; what can be without one stays so.
  ///
  /// - Returns: the tables of which rows were removed.
  func dropOrphans() throws -> [String] {
    var tables: [String] = []
    for key in try connection.all(Self.selectForeignKeys, row: ForeignKey.init) {
      let rows = connection.rowsChangedInAll
      try connection.run(key.drop)
      if key.isNeeded, connection.rowsChangedInAll > rows { tables.append(key.table) }
    }
    return tables
  }

  /// Tables come in the order in which migrations make them.
  private static let selectForeignKeys = """
    SELECT tables.name, keys."from", keys."table", columns."notnull" FROM sqlite_schema AS tables
    JOIN pragma_foreign_key_list(tables.name) AS keys
    JOIN pragma_table_info(tables.name) AS columns ON columns.name = keys."from"
    WHERE tables.type = 'table' ORDER BY tables.rowid, keys.id
    """

  private struct ForeignKey {
    let table: String
    let column: String
    let parent: String
    let isNeeded: Bool

    init(_ row: borrowing Statement) {
      (table, column) = (row.string(at: 0), row.string(at: 1))
      (parent, isNeeded) = (row.string(at: 2), row.int64(at: 3) != 0)
    }

    var drop: String {
      (isNeeded ? "DELETE FROM \(table)" : "UPDATE \(table) SET \(column) = NULL")
        + " WHERE \(column) NOT IN (SELECT id FROM \(parent))"
    }
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
