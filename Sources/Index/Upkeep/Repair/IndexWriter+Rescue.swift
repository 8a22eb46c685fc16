internal import Migrations
internal import SQLite
internal import System
internal import Vocabulary

extension IndexWriter {
  /// Takes over into this new index what can be read of another.
  func takeOver(from source: String) throws -> IndexRescue.Summary {
    // Where not even this can be read there is nothing to rescue.
    let version = try Self.opened(source).first("PRAGMA user_version") { Int($0.int64(at: 0)) } ?? 0
    guard version == Migrations.migrations.count else {
      throw RescueError.unreadable(path: source, reason: "its schema version is \(version)")
    }
    var summary = IndexRescue.Summary(keptAt: "")
    try inBatch {
      let damaged = try Self.opened(source)
      try connection.execute(script: "PRAGMA defer_foreign_keys = ON")
      for table in try tablesToCopy() {
        let copy = RowCopy(table: table, columns: try columns(of: table))
        if try !copy.run(from: damaged, to: connection, where: nil) {
          summary.damagedTables.append(table)
        }
      }
      try dropUnowned()
    }
    try commit()
    for (id, name) in try connection.all(
      "SELECT id, name FROM bucket ORDER BY id", row: { ($0.int64(at: 0), $0.string(at: 1)) })
    {
      if try !takeOver(id, from: source) { summary.marked.append(name) }
    }
    summary.objects =
      try connection.all("SELECT objects FROM bucket_usage") { $0.int64(at: 0) }.saturatedSum()
    return summary
  }

  private static func opened(_ path: String) throws -> Connection {
    let connection = try Connection(path: path, mode: .readOnly)
    try connection.setBusyTimeout(milliseconds: 10_000)
    return connection
  }

  /// A bucket's own rows; false where some of them could not be read.
  private func takeOver(_ bucketID: Int64, from source: String) throws -> Bool {
    let isWhole = try inBatch {
      let damaged = try Self.opened(source)
      var isWhole = true
      for table in Self.rowsOfBuckets {
        let copy = RowCopy(table: table, columns: try columns(of: table))
        if try !copy.run(from: damaged, to: connection, where: bucketID) { isWhole = false }
      }
      try sumEverythingAgain(bucketID)
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
  private func dropUnowned() throws {
    try BucketRow.leaveUnknownAccounts(in: connection)
    for sql in Self.dropOrphans { try connection.run(sql) }
    for table in CheckPass.tablesByBucket {
      try connection.run(
        "DELETE FROM \(table) WHERE bucket_id NOT IN (SELECT id FROM bucket)")
    }
  }
}

/// Copies a table's rows from a file that may be damaged.
struct RowCopy {
  struct Column {
    var name: String
    /// Its place in the primary key, from 1; 0 outside.
    var place: Int64
  }

  let table: String
  let columns: [Column]

  /// From the first row to what cannot be read, then from the last row back to it.
  ///
  /// - Returns: whether all rows could be read.
  func run(
    from source: borrowing Connection, to target: borrowing Connection, where bucketID: Int64?
  ) throws -> Bool {
    let key = columns.filter { $0.place > 0 }.sorted { $0.place < $1.place }.map(\.name)
    let order = key.isEmpty ? ["rowid"] : key
    if try copy(from: source, to: target, order, bucketID) { return true }
    _ = try copy(from: source, to: target, order.map { "\($0) DESC" }, bucketID)
    return false
  }

  private func copy(
    from source: borrowing Connection, to target: borrowing Connection, _ order: [String],
    _ bucketID: Int64?
  ) throws -> Bool {
    let names = columns.map(\.name).joined(separator: ", ")
    let marks = columns.indices.map { "?\($0 + 1)" }.joined(separator: ", ")
    let condition = bucketID == nil ? "" : " WHERE bucket_id = ?1"
    let select =
      "SELECT \(names) FROM \(table)\(condition) ORDER BY \(order.joined(separator: ", "))"
    let insert = "INSERT OR IGNORE INTO \(table) (\(names)) VALUES (\(marks))"
    do {
      return try target.withStatement(insert) { insert in
        try source.withStatement(select) { rows in
          if let bucketID { try rows.bind(bucketID, at: 1) }
          return try copyAll(&rows, with: &insert)
        }
      }
    } catch let error as SQLiteError where error.isDamage {
      return false
    }
  }

  private func copyAll(_ rows: inout Statement, with insert: inout Statement) throws -> Bool {
    while try rows.step() {
      for index in columns.indices {
        try insert.bind(rows.value(at: Int32(index)), at: Int32(index + 1))
      }
      guard try Self.isTaken(&insert) else { return false }
    }
    return true
  }

  /// A value that its column does not take is damage as well.
  private static func isTaken(_ insert: inout Statement) throws -> Bool {
    do throws(SQLiteError) {
      try insert.run()
      return true
    } catch {
      guard error.primaryCode == .constraint else { throw error }
      return false
    }
  }
}
