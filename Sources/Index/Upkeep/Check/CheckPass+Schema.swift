internal import Migrations
internal import SQLite
internal import Vocabulary

extension CheckPass {
  /// Compares tables, indexes and views with those that the migrations make.
  ///
  /// The text of each migration is compared by its checksum whenever an index is opened.
  mutating func findSchema() throws {
    let model = try Self.modelSchema(now: reader.now)
    let actual = try Self.schema(of: reader.connection)
    for (name, text) in model.sorted(by: { $0.key < $1.key }) where actual[name] != text {
      note(
        CheckFinding(
          name, expected: "as the migrations make it",
          found: actual[name] == nil ? "missing" : "of another text", .schema))
    }
  }

  /// The schema of an index that holds nothing.
  static func modelSchema(now: Timestamp) throws -> [String: String] {
    let connection = try Connection.inMemory()
    try Migrator(path: ":memory:", migrations: Migrations.migrations, views: Migrations.views)
      .upgrade(connection, now: now)
    return try schema(of: connection)
  }

  static func schema(of connection: borrowing Connection) throws -> [String: String] {
    let rows = try connection.all(
      "SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL"
    ) { ($0.string(at: 0), $0.string(at: 1)) }
    return Dictionary(rows) { first, _ in first }
  }

  /// Rows that belong to a bucket, a sync or a storage class that is not there.
  mutating func findOrphans() throws {
    guard isWhole else { return }
    let broken = try connection.all("PRAGMA foreign_key_check") { row in
      (table: row.string(at: 0), parent: row.string(at: 2))
    }
    // What was recorded of the past is nowhere else: the file that has it is kept.
    func remedy(_ table: String) -> CheckFinding.Remedy {
      IndexRescue.Summary.ofThePast.contains(table) ? .rescue : .removal
    }
    for (table, parent) in broken {
      note(
        CheckFinding(
          table, expected: "a row of \(parent)", found: "a row that belongs to none",
          remedy(table)))
    }
    let known = Set(try connection.all("SELECT id FROM bucket") { $0.int64(at: 0) })
    for table in Self.tablesByBucket {
      for id in try bucketIDs(in: table) where !known.contains(id) {
        note(
          CheckFinding(
            table, id, expected: "no rows", found: "rows of a bucket that is not in the index",
            remedy(table)))
      }
    }
    try findUnknownClasses()
  }

  /// Tables whose rows begin with the bucket that they are of.
  static let tablesByBucket = [
    "object", "object_version", "upload", "bucket_usage", "prefix_usage", "version_usage",
    "prefix_version_usage", "bucket_mark", "usage_history", "usage_point", "usage_gap",
    "prefix_usage_history", "prefix_usage_recorded",
  ]

  /// From bucket to bucket, so that no row is read but the first of each.
  private func bucketIDs(in table: String) throws -> [Int64] {
    try connection.all(Self.selectBucketIDs(in: table)) { $0.int64(at: 0) }
  }

  static func selectBucketIDs(in table: String) -> String {
    """
    WITH RECURSIVE ids (id) AS (
      SELECT min(bucket_id) FROM \(table)
      UNION ALL
      SELECT (SELECT min(bucket_id) FROM \(table) WHERE bucket_id > ids.id) FROM ids
      WHERE ids.id IS NOT NULL)
    SELECT id FROM ids WHERE id IS NOT NULL
    """
  }

  /// Those that no other table names: all changes are read for them.
  mutating func findUnknownClassesOfChanges() throws {
    guard isWhole else { return }
    let ids = try connection.all(
      """
      SELECT DISTINCT id FROM (
        SELECT class_before_id AS id FROM object_change UNION SELECT class_after_id FROM object_change)
      WHERE id <> 0 AND id NOT IN (SELECT id FROM storage_class)
      """
    ) { $0.int64(at: 0) }
    for id in ids {
      note(
        CheckFinding(
          "object_change", at: Array("class \(id)".utf8), expected: "a storage class",
          found: "a number that stands for none", .naming))
    }
  }

  /// Zero stands for markers, which have no class.
  private mutating func findUnknownClasses() throws {
    for table in ["bucket_usage", "version_usage", "usage_history"] {
      let rows = try connection.all(
        """
        SELECT DISTINCT bucket_id, storage_class_id FROM \(table)
        WHERE storage_class_id <> 0 AND storage_class_id NOT IN (SELECT id FROM storage_class)
        """
      ) { ($0.int64(at: 0), $0.int64(at: 1)) }
      for (bucketID, classID) in rows {
        note(
          CheckFinding(
            table, bucketID, at: Array("class \(classID)".utf8), expected: "a storage class",
            found: "a number that stands for none",
            table == "usage_history" ? .history : .listing))
      }
    }
  }
}
