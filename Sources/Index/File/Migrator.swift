internal import Migrations
internal import SQLite
internal import Vocabulary

/// Brings an index to the program's schema: each migration and its record commit together, and so do
/// the views and theirs.
///
/// Identity is `application_id` (is it ours at all) and `user_version` (how many migrations it
/// has). A file that is neither empty nor ours is refused before anything is written to it.
struct Migrator {
  let path: String
  let migrations: [Migration]
  /// Nil leaves the views as the migrations made them.
  let views: Migration?

  /// How many migrations the index has; 0 for an empty file.
  ///
  /// All of it is read at one moment: another process may just be making the index.
  func version(of connection: borrowing Connection) throws -> Int {
    guard !connection.isInTransaction else { return try versionNow(of: connection) }
    try connection.begin(.deferred)
    defer { connection.rollBack() }
    return try versionNow(of: connection)
  }

  private func versionNow(of connection: borrowing Connection) throws -> Int {
    let applicationID = try connection.first("PRAGMA application_id") { $0.int64(at: 0) } ?? 0
    let version = Int(try connection.first("PRAGMA user_version") { $0.int64(at: 0) } ?? 0)
    let tables =
      try connection.first("SELECT count(*) FROM sqlite_schema") { $0.int64(at: 0) } ?? 0
    if applicationID == 0, version == 0, tables == 0 { return 0 }
    guard applicationID == IndexIdentity.applicationID else {
      throw IndexError.notAnIndex(path: path)
    }
    guard version > 0 else {
      throw IndexError.damaged(path: path, reason: "its schema version is \(version)")
    }
    guard version <= migrations.count else {
      try refuseContradiction(version, connection)
      throw IndexError.newer(
        path: path, writtenBy: try lastWriter(connection), version: version,
        known: migrations.count)
    }
    try checkChecksums(connection, count: version)
    return version
  }

  /// Whether an index that has every migration has this program's views too.
  func hasViews(_ connection: borrowing Connection) throws -> Bool {
    guard let views else { return true }
    guard try hasRecordOfViews(connection) else { return false }
    let recorded = try connection.first("SELECT checksum FROM schema_view") { $0.string(at: 0) }
    return recorded == views.checksum
  }

  /// The version of the program that made the index's views.
  func makerOfViews(_ connection: borrowing Connection) throws -> String {
    guard try hasRecordOfViews(connection) else { return try lastWriter(connection) }
    return try connection.first("SELECT program FROM schema_view") { $0.string(at: 0) } ?? "?"
  }

  /// An older program, whose migrations made the views, kept none.
  private func hasRecordOfViews(_ connection: borrowing Connection) throws -> Bool {
    try connection.first("SELECT 1 FROM sqlite_schema WHERE name = 'schema_view'") { _ in true }
      ?? false
  }

  func upgrade(_ connection: borrowing Connection, now: Timestamp) throws {
    for number in try version(of: connection)..<migrations.count {
      try apply(number, to: connection, now: now)
    }
    try makeViews(in: connection, now: now)
  }

  /// Makes all views anew where they are not this program's: nobody sees an index without one of them.
  private func makeViews(in connection: borrowing Connection, now: Timestamp) throws {
    guard let views, try !hasViews(connection) else { return }
    try connection.transaction(.immediate) {
      // Another process may have been faster, or may have brought migrations that this one lacks.
      guard try version(of: connection) == migrations.count, try !hasViews(connection) else {
        return
      }
      try connection.execute(script: Self.viewTable)
      try connection.execute(script: views.sql)
      try connection.run("DELETE FROM schema_view")
      try connection.run(
        Self.recordViews, .text(views.checksum), .integer(now.millisecondsSinceEpoch),
        .text(IndexIdentity.programVersion))
    }
  }

  private func apply(_ number: Int, to connection: borrowing Connection, now: Timestamp) throws {
    let migration = migrations[number]
    try connection.transaction(.immediate) {
      // Another process may have been faster: what counts is what the file says under the lock.
      guard try version(of: connection) == number else { return }
      if number == 0 {
        try connection.execute(script: Self.recordTable)
        try connection.execute(script: "PRAGMA application_id = \(IndexIdentity.applicationID)")
      }
      try connection.execute(script: migration.sql)
      try connection.run(
        Self.record, .text(migration.name), .integer(now.millisecondsSinceEpoch),
        .text(migration.checksum), .text(IndexIdentity.programVersion))
      try connection.execute(script: "PRAGMA user_version = \(number + 1)")
      let violations = try connection.all("PRAGMA foreign_key_check") { $0.string(at: 0) }
      guard violations.isEmpty else {
        throw IndexError.damaged(
          path: path, reason: "\(migration.name) breaks references in \(violations[0])")
      }
    }
  }

  /// A version in the thousands with other records of migrations was written by nobody.
  ///
  /// Bits of the header are flipped then. What is only a few versions newer is believed, and refused as that.
  private func refuseContradiction(_ version: Int, _ connection: borrowing Connection) throws {
    let records =
      try connection.first("SELECT count(*) FROM schema_migration") { $0.int64(at: 0) } ?? 0
    guard version < 1_000 || records == version else {
      throw IndexError.damaged(
        path: path,
        reason: "its schema version is \(version), with \(records) records of migrations")
    }
  }

  private func checkChecksums(_ connection: borrowing Connection, count: Int) throws {
    guard count > 0 else { return }
    let recorded = try connection.all(
      "SELECT name, checksum FROM schema_migration ORDER BY rowid"
    ) { ($0.string(at: 0), $0.string(at: 1)) }
    guard recorded.count == count else {
      throw IndexError.damaged(
        path: path, reason: "it has \(recorded.count) records of \(count) migrations")
    }
    for (migration, (name, checksum)) in zip(migrations.prefix(count), recorded) {
      guard migration.name == name, migration.checksum == checksum else {
        throw IndexError.changedMigration(path: path, name: name)
      }
    }
  }

  private func lastWriter(_ connection: borrowing Connection) throws -> String {
    try connection.first("SELECT program FROM schema_migration ORDER BY rowid DESC LIMIT 1") {
      $0.string(at: 0)
    } ?? "?"
  }

  private static let recordTable = """
    CREATE TABLE schema_migration (
      name TEXT NOT NULL UNIQUE,
      applied_ms INTEGER NOT NULL,
      checksum TEXT NOT NULL,
      program TEXT NOT NULL
    ) STRICT
    """

  // One row. The table is the migrator's own, like that of the migrations: views change without one.
  private static let viewTable = """
    CREATE TABLE IF NOT EXISTS schema_view (
      checksum TEXT NOT NULL,
      made_ms INTEGER NOT NULL,
      program TEXT NOT NULL
    ) STRICT
    """

  private static let recordViews = """
    INSERT INTO schema_view (checksum, made_ms, program) VALUES (?1, ?2, ?3)
    """

  private static let record = """
    INSERT INTO schema_migration (name, applied_ms, checksum, program) VALUES (?1, ?2, ?3, ?4)
    """
}
