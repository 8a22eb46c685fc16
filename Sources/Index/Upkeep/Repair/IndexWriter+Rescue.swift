internal import Migrations
internal import SQLite
internal import System
internal import Vocabulary

extension IndexWriter {
  /// Takes over into this new index what can be read of another.
  func takeOver(from source: String) throws -> IndexRescue.Summary {
    var summary = IndexRescue.Summary(keptAt: "")
    var named: Set<Int64> = []
    try inBatch {
      let damaged = try RescueSource.open(source)
      try connection.execute(script: "PRAGMA defer_foreign_keys = ON")
      for table in try tablesToCopy() {
        let copy = RowCopy(table: table, columns: try columns(of: table))
        if try !copy.run(from: damaged, to: connection, where: nil) {
          summary.damagedTables.append(table)
        }
      }
      named = try takeOverNames(from: damaged)
      summary.lostBuckets = try lostBuckets(damaged).count
      if summary.lostBuckets > 0 { try doubtNewestSync() }
      if summary.damagedTables.contains("price") { try forgetOwnPrices() }
      summary.unownedTables = try dropUnowned()
      try mendSettings()
    }
    try commit()
    for (id, name) in try connection.all(
      "SELECT id, name FROM bucket ORDER BY id", row: { ($0.int64(at: 0), $0.string(at: 1)) })
    {
      if try !takeOver(id, from: source, isDoubted: named.contains(id)) {
        summary.marked.append(name)
      }
    }
    _ = try inBatch { try nameLostClasses() }
    try commit()
    summary.lostClasses = try connection.all(
      "SELECT name FROM storage_class WHERE name = 'UNKNOWN-' || id ORDER BY id"
    ) { $0.string(at: 0) }
    summary.objects =
      try connection.all("SELECT objects FROM bucket_usage") { $0.int64(at: 0) }.saturatedSum()
    return summary
  }

  /// A bucket's own rows; false where some of them could not be read, or may be others than they were.
  private func takeOver(
    _ bucketID: Int64, from source: String, isDoubted: Bool
  ) throws -> Bool {
    let isWhole = try inBatch {
      let damaged = try RescueSource.open(source)
      var isWhole = !isDoubted
      for table in Self.rowsOfBuckets {
        let copy = RowCopy(table: table, columns: try columns(of: table))
        if try !copy.run(from: damaged, to: connection, where: bucketID) { isWhole = false }
      }
      let newest = try newestObject(of: bucketID)
      try sumEverythingAgain(bucketID)
      _ = try nameLostClasses(of: bucketID)
      let hasLostClass = try holdsLostClass(bucketID)
      isWhole =
        try isWhole && !hasLostClass && newest.isSame(as: newestObject(of: bucketID))
        && isWitnessed(bucketID, by: damaged)
      if !isWhole { _ = try mark(bucketID) }
      return isWhole
    }
    try commit()
    return isWhole
  }

  private static let rowsOfBuckets = ["object", "object_version", "upload"]

  /// Counted anew, or the new index's own.
  private static let rowsMadeAnew = [
    "bucket_usage", "prefix_usage", "version_usage", "prefix_version_usage", "schema_migration",
    "schema_view",
  ]

  private func tablesToCopy() throws -> [String] {
    try connection.all(
      "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY rowid"
    ) { $0.string(at: 0) }
    .filter { !Self.rowsOfBuckets.contains($0) && !Self.rowsMadeAnew.contains($0) }
  }

  private func columns(of table: String) throws -> [RowCopy.Column] {
    try connection.all("SELECT name, pk FROM pragma_table_info('\(table)')") { row in
      RowCopy.Column(name: row.string(at: 0), place: row.int64(at: 1))
    }
  }

  /// Rows whose parent could not be read.
  ///
  /// - Returns: the tables that they were of.
  private func dropUnowned() throws -> [String] {
    var tables = try dropOrphans()
    for table in CheckPass.tablesByBucket {
      let rows = connection.rowsChangedInAll
      try connection.run(
        "DELETE FROM \(table) WHERE bucket_id NOT IN (SELECT id FROM bucket)")
      if connection.rowsChangedInAll > rows { tables.append(table) }
    }
    return tables
  }
}
