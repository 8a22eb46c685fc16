internal import SQLite
internal import Vocabulary

// Rows of objects and history name buckets and classes by number: where the name of a number is lost, the number must never
// stand for another one.

extension IndexWriter {
  /// Takes over names whose rows cannot be read, from the indexes of their tables, which hold them as well.
  ///
  /// - Returns: the buckets of which no more than the name is known.
  func takeOverNames(from damaged: borrowing Connection) throws -> Set<Int64> {
    let known = Set(try connection.all("SELECT id FROM bucket") { $0.int64(at: 0) })
    let buckets = try namesInIndex(
      "SELECT id, endpoint, name FROM bucket INDEXED BY sqlite_autoindex_bucket_1"
        + " ORDER BY endpoint, name", of: damaged)
    for row in buckets {
      try BucketRow.registerIfMissing(id: row[0], endpoint: row[1], name: row[2], in: connection)
    }
    let classes = try namesInIndex(
      "SELECT id, name, NULL FROM storage_class INDEXED BY sqlite_autoindex_storage_class_1"
        + " ORDER BY name", of: damaged)
    for row in classes {
      try connection.run(
        "INSERT OR IGNORE INTO storage_class (id, name) VALUES (?1, ?2)", row[0], row[1])
    }
    return Set(try connection.all("SELECT id FROM bucket") { $0.int64(at: 0) })
      .subtracting(known)
  }

  /// As far as they can be read.
  private func namesInIndex(
    _ sql: String, of damaged: borrowing Connection
  ) throws -> [[SQLiteValue]] {
    var rows: [[SQLiteValue]] = []
    do {
      try damaged.withStatement(sql) { row in
        while try row.step() { rows.append((0..<3).map { row.value(at: $0) }) }
      }
    } catch let error as SQLiteError where error.isUnreadable {
      return rows
    }
    return rows
  }

  /// The numbers of buckets that rows are of, and whose names are nowhere.
  func lostBuckets(_ damaged: borrowing Connection) throws -> Set<Int64> {
    let known = Set(try connection.all("SELECT id FROM bucket") { $0.int64(at: 0) })
    var ids: Set<Int64> = []
    for table in ["usage_point", "usage_history", "crawl"] {
      ids.formUnion(
        try connection.all("SELECT DISTINCT bucket_id FROM \(table)") { $0.int64(at: 0) })
    }
    for table in ["bucket_usage", "object"] {
      do {
        ids.formUnion(
          try damaged.all(CheckPass.selectBucketIDs(in: table)) { $0.int64(at: 0) })
      } catch let error as SQLiteError where error.isUnreadable {
        continue
      }
    }
    return ids.subtracting(known)
  }

  /// A sync that has seen buckets which are no longer known has not left all that it saw.
  func doubtNewestSync() throws {
    try connection.run(
      "UPDATE sync SET state = ?1 WHERE id = (SELECT max(id) FROM sync) AND state = ?2",
      .state(SyncState.partial), .state(SyncState.complete))
  }

  /// Gives the classes of a bucket's rows, or of all history, whose names are lost a name that says so.
  ///
  /// - Returns: those names.
  func nameLostClasses(of bucketID: Int64? = nil) throws -> [String] {
    let select = bucketID == nil ? Self.selectLostClasses : Self.selectLostClassesOfBucket
    let ids = try connection.all(select, bucketID.map { .integer($0) } ?? .null) {
      $0.int64(at: 0)
    }
    return try ids.map { id in
      let name = "UNKNOWN-\(id)"
      try connection.run(
        "INSERT OR IGNORE INTO storage_class (id, name) VALUES (?1, ?2)", .integer(id),
        .text(name))
      return name
    }
  }

  /// Whether rows of a bucket are of a class whose name is lost, be it through this bucket or another.
  func holdsLostClass(_ bucketID: Int64) throws -> Bool {
    try connection.first(
      """
      SELECT 1 FROM storage_class WHERE name = 'UNKNOWN-' || id AND id IN (
        SELECT storage_class_id FROM bucket_usage WHERE bucket_id = ?1
        UNION SELECT storage_class_id FROM version_usage WHERE bucket_id = ?1
        UNION SELECT storage_class_id FROM upload WHERE bucket_id = ?1)
      """, .integer(bucketID)
    ) { _ in true } ?? false
  }

  /// Zero stands for markers, which have no class.
  private static let selectLostClasses = """
    SELECT id FROM (
      SELECT storage_class_id AS id FROM usage_history
      UNION SELECT storage_class_id FROM bucket_usage
      UNION SELECT storage_class_id FROM version_usage
      UNION SELECT storage_class_id FROM upload
      UNION SELECT class_before_id FROM object_change
      UNION SELECT class_after_id FROM object_change)
    WHERE id <> 0 AND id NOT IN (SELECT id FROM storage_class) AND ?1 IS NULL
    ORDER BY id
    """

  private static let selectLostClassesOfBucket = """
    SELECT id FROM (
      SELECT storage_class_id AS id FROM bucket_usage WHERE bucket_id = ?1
      UNION SELECT storage_class_id FROM version_usage WHERE bucket_id = ?1
      UNION SELECT storage_class_id FROM upload WHERE bucket_id = ?1)
    WHERE id <> 0 AND id NOT IN (SELECT id FROM storage_class)
    ORDER BY id
    """

  /// The next sync writes them anew.
  func forgetOwnPrices() throws {
    try connection.run(
      "DELETE FROM price WHERE list_id IN (SELECT id FROM price_list WHERE name = '')")
    try connection.run("DELETE FROM price_list WHERE name = ''")
  }

  /// Gives settings that mean nothing their usual values, and counts by those that are there from here on.
  func mendSettings() throws {
    for setting in IndexSetting.allCases { try setting.mend(in: connection) }
    let depth = try IndexSetting.prefixDepth.number(in: connection, path: path)
    deltas = UsageDeltas(depthMax: Int(depth), tables: .objects)
    versionDeltas = UsageDeltas(depthMax: Int(depth), tables: .versions)
  }
}
