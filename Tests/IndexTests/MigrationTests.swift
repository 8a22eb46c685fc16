import Index
import IndexFixtures
import Migrations
import SQLite
import TestSupport
import Testing
import Vocabulary

@Suite struct MigrationTests {
  // A published file never changes: an index made with it would be refused. Add a new one instead.
  private static let published: [(name: String, checksum: String)] = [
    ("v001_syncs", "d4bab41eb2f9543a"), ("v002_objects", "29838721e10e8bc1"),
    ("v003_changes", "9ac747b2331695d9"), ("v004_views", "7b7b27eccbbb4147"),
    ("v005_marks", "2541bc2a1a6043d5"), ("v006_accounts", "20400091f42c3ed6"),
    ("v007_properties", "86ec057670b6655d"), ("v008_endpoints", "d50a18667a20c243"),
    ("v009_profiles", "157146960a011772"), ("v010_order", "667183c84976959d"),
    ("v011_states", "4aafa68a9032f801"), ("v012_sums", "18f5f5dd565231b1"),
    ("v013_versions", "1774b5599dcc1462"), ("v014_counts", "503c9630dfc51156"),
    ("v015_null_ids", "d83b36c234bc21f4"), ("v016_costs", "19c3bd6bb985d164"),
    ("v017_estimates", "800dd056ec2cbec0"), ("v018_prefix_history", "7f9ca8261cf362ba"),
    ("v019_journal_classes", "68ee5ab4deb8dd89"), ("v020_history_thinning", "adc032bf2e13530d"),
  ]

  @Test func neverChangesAPublishedMigration() {
    #expect(migrations.map(\.name) == Self.published.map(\.name))
    #expect(migrations.map(\.checksum) == Self.published.map(\.checksum))
  }

  @Test(arguments: migrations.map(\.name))
  func isSmallAndSaysWhy(name: String) throws {
    let number = try #require(migrations.firstIndex { $0.name == name })
    let migration = migrations[number]
    #expect(migration.sql.utf8.count < 8_192)
    #expect(migration.sql.hasPrefix("-- "))
    let digits = String(number + 1)
    let prefix = "v" + String(repeating: "0", count: 3 - digits.count) + digits + "_"
    #expect(migration.name.hasPrefix(prefix))
  }

  @Test func makesStrictTablesOnly() throws {
    let index = try ScratchIndex()
    _ = try IndexFile.openForWriting(path: index.path, now: index.now())
    let lax = try index.texts(
      "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND strict = 0")
    #expect(lax.filter { !$0.hasPrefix("sqlite_") } == [])
  }

  @Test func recordsEachMigrationWithItsWriter() throws {
    let index = try ScratchIndex()
    _ = try IndexFile.openForWriting(path: index.path, now: index.now())
    #expect(
      try index.texts(
        "SELECT name || ' ' || checksum || ' ' || program FROM schema_migration ORDER BY rowid")
        == migrations.map { "\($0.name) \($0.checksum) \(IndexFile.programVersion)" })
    #expect(
      try index.integers("SELECT DISTINCT applied_ms FROM schema_migration")
        == [index.now().millisecondsSinceEpoch])
    #expect(try index.integers("PRAGMA user_version") == [Int64(migrations.count)])
  }

  @Test(arguments: 1...migrations.count)
  func upgradesAnOlderIndex(version: Int) async throws {
    let index = try ScratchIndex()
    _ = try IndexFile.openForWriting(
      path: index.path, now: index.now(), migrations: Array(migrations.prefix(version)), views: nil)
    #expect(try index.integers("PRAGMA user_version") == [Int64(version)])
    index.time.advance(days: 1)
    _ = try index.reader()
    #expect(try index.integers("PRAGMA user_version") == [Int64(migrations.count)])
    let fresh = try ScratchIndex()
    _ = try IndexFile.openForWriting(path: fresh.path, now: fresh.now())
    #expect(try index.texts(Self.schema) == fresh.texts(Self.schema))
    #expect(
      try Set(index.integers("SELECT applied_ms FROM schema_migration")).count
        == (version < migrations.count ? 2 : 1))
  }

  /// Killed in the middle of a migration, when some of its pages are in the log already.
  @Test(arguments: 1..<migrations.count)
  func upgradesWhatAKilledUpgradeLeft(version: Int) throws {
    let index = try ScratchIndex()
    let connection = try IndexFile.openForWriting(
      path: index.path, now: index.now(), migrations: Array(migrations.prefix(version)), views: nil)
    try connection.execute(script: "PRAGMA cache_size = 1")
    try connection.begin(.immediate)
    try connection.execute(script: migrations[version].sql)
    let killed = try index.copyAfterKill()
    connection.rollBack()
    #expect(try killed.integers("PRAGMA user_version") == [Int64(version)])
    _ = try killed.reader()
    let fresh = try ScratchIndex()
    _ = try IndexFile.openForWriting(path: fresh.path, now: fresh.now())
    #expect(try killed.texts(Self.schema) == fresh.texts(Self.schema))
    #expect(try killed.texts("PRAGMA integrity_check") == ["ok"])
  }

  private static let schema = "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name"

  /// An index as another program leaves it, whose migrations are the same and whose views are not.
  private func indexWithOtherViews() throws -> ScratchIndex {
    let index = try ScratchIndex()
    _ = try IndexFile.openForWriting(path: index.path, now: index.now())
    try index.execute(
      """
      DROP VIEW objects;
      DROP VIEW history;
      CREATE VIEW objects (bucket) AS SELECT name FROM bucket;
      CREATE VIEW mine (bucket) AS SELECT bucket FROM objects;
      UPDATE schema_view SET checksum = 'other', program = '0.0.9';
      """)
    return index
  }

  @Test(arguments: [true, false])
  func makesOtherViewsAnew(writes: Bool) throws {
    let index = try indexWithOtherViews()
    index.time.advance(days: 1)
    if writes { _ = try index.writer() } else { _ = try index.reader() }
    #expect(try index.texts("SELECT checksum FROM schema_view") == [views.checksum])
    #expect(
      try index.integers("SELECT made_ms FROM schema_view")
        == [index.now().millisecondsSinceEpoch])
    // A view of the user's own stays.
    try index.execute("DROP VIEW mine")
    let fresh = try ScratchIndex()
    _ = try IndexFile.openForWriting(path: fresh.path, now: fresh.now())
    #expect(try index.texts(Self.schema) == fresh.texts(Self.schema))
  }

  /// Killed when some of the views are made, and their pages are in the log already.
  @Test func makesViewsAnewThatAKilledUpgradeLeft() throws {
    let index = try indexWithOtherViews()
    let connection = try index.connection(.readWrite)
    try connection.execute(script: "PRAGMA cache_size = 1")
    try connection.begin(.immediate)
    try connection.execute(script: views.sql)
    try connection.execute(
      script: "CREATE TABLE filler AS SELECT zeroblob(1000000) AS bytes; DROP VIEW buckets;")
    let killed = try index.copyAfterKill()
    connection.rollBack()
    #expect(try killed.texts("SELECT checksum FROM schema_view") == ["other"])
    #expect(try killed.texts("SELECT name FROM sqlite_schema WHERE name = 'history'") == [])
    _ = try killed.reader()
    try killed.execute("DROP VIEW mine")
    let fresh = try ScratchIndex()
    _ = try IndexFile.openForWriting(path: fresh.path, now: fresh.now())
    #expect(try killed.texts(Self.schema) == fresh.texts(Self.schema))
    #expect(try killed.texts("PRAGMA integrity_check") == ["ok"])
  }

  @Test func leavesViewsAloneThatAreUpToDate() throws {
    let index = try ScratchIndex()
    _ = try IndexFile.openForWriting(path: index.path, now: index.now())
    let version = try index.integers("PRAGMA schema_version")
    _ = try index.writer()
    _ = try index.reader()
    #expect(try index.integers("PRAGMA schema_version") == version)
  }

  @Test func doesNotMakeViewsAnewToLookAtTheIndex() throws {
    let index = try indexWithOtherViews()
    let health = try IndexHealth(path: index.path)
    #expect(!health.hasViews && health.schemaVersion == migrations.count)
    #expect(try index.texts("SELECT checksum FROM schema_view") == ["other"])
    _ = try index.reader()
    #expect(try IndexHealth(path: index.path).hasViews)
  }

  @Test func makesViewsByAStatementEach() {
    let made = views.sql.matches(of: #/CREATE VIEW (\w+)/#).map { String($0.1) }
    let dropped = views.sql.matches(of: #/DROP VIEW IF EXISTS (\w+);/#).map { String($0.1) }
    #expect(made == dropped && made.count >= 9)
    for migration in migrations.dropFirst(12) {
      #expect(!migration.sql.contains("VIEW"), "\(migration.name): views stand in views.sql")
    }
  }

  @Test func knowsTheStatesOfAccountsThatWereListedBefore() throws {
    let index = try ScratchIndex()
    do {
      let connection = try IndexFile.openForWriting(
        path: index.path, now: index.now(), migrations: Array(migrations.prefix(10)), views: nil)
      try connection.execute(
        script: """
          INSERT INTO account (endpoint, owner) VALUES ('', 'listed');
          INSERT INTO account (endpoint, number) VALUES ('', '111122223333');
          """)
    }
    _ = try index.reader()
    #expect(
      try index.texts("SELECT account || ' ' || state FROM accounts ORDER BY 1")
        == ["111122223333 never", "listed complete"])
  }

  @Test func keepsTheContentOfAnIndexThatItUpgrades() async throws {
    let index = try ScratchIndex()
    let older = Array(migrations.prefix(3))
    do {
      let connection = try IndexFile.openForWriting(
        path: index.path, now: index.now(), migrations: older, views: nil)
      try connection.execute(
        script: """
          INSERT INTO bucket (endpoint, name) VALUES ('', 'kept');
          INSERT INTO storage_class (name) VALUES ('STANDARD');
          INSERT INTO object VALUES (1, 'key', 7, 1500, 'e', 1);
          """)
    }
    _ = try index.writer()
    #expect(
      try index.texts("SELECT bucket || '/' || key || ' ' || last_modified FROM objects")
        == ["kept/key 1970-01-01T00:00:01.500Z"])
  }

  @Test func appliesAMigrationWhollyOrNotAtAll() throws {
    let index = try ScratchIndex()
    // Without v002 the third makes two tables and fails at its last statement.
    let broken = [migrations[0], migrations[2]]
    let error = #expect(throws: SQLiteError.self) {
      _ = try IndexFile.openForWriting(
        path: index.path, now: index.now(), migrations: broken, views: nil)
    }
    #expect(error?.message == "no such table: setting")
    #expect(try index.integers("PRAGMA user_version") == [1])
    #expect(try index.texts("SELECT name FROM schema_migration") == ["v001_syncs"])
    #expect(try index.texts("SELECT name FROM sqlite_schema WHERE name LIKE 'object%'") == [])
    _ = try index.writer()
    #expect(try index.integers("PRAGMA user_version") == [Int64(migrations.count)])
  }

  @Test func refusesAnIndexFromANewerProgram() throws {
    let index = try ScratchIndex()
    let known = migrations.count
    do {
      let connection = try IndexFile.openForWriting(path: index.path, now: index.now())
      try connection.execute(
        script: """
          INSERT INTO schema_migration VALUES ('v999_future', 0, 'x', '7.3.1');
          PRAGMA user_version = \(known + 1);
          """)
    }
    try index.expectRefusal(
      .newer(path: index.path, writtenBy: "7.3.1", version: known + 1, known: known))
    let error = IndexError.newer(path: "f", writtenBy: "7.3.1", version: 8, known: 7)
    #expect(
      error.description
        == "f was written by s3audit 7.3.1 (schema 8); this program knows schema 7")
  }

  @Test func refusesAnIndexMadeWithAnotherTextOfAMigration() throws {
    let index = try ScratchIndex()
    do {
      let connection = try IndexFile.openForWriting(path: index.path, now: index.now())
      try connection.execute(
        script: "UPDATE schema_migration SET checksum = 'other' WHERE name = 'v002_objects'")
    }
    try index.expectRefusal(.changedMigration(path: index.path, name: "v002_objects"))
  }

  @Test func refusesAnIndexThatHasLostItsRecordOfAMigration() throws {
    let index = try ScratchIndex()
    do {
      let connection = try IndexFile.openForWriting(path: index.path, now: index.now())
      try connection.execute(script: "DELETE FROM schema_migration WHERE name = 'v005_marks'")
    }
    let known = migrations.count
    try index.expectRefusal(
      .damaged(path: index.path, reason: "it has \(known - 1) records of \(known) migrations"))
  }

  @Test func refusesAnImpossibleVersion() throws {
    let index = try ScratchIndex()
    do {
      let connection = try IndexFile.openForWriting(path: index.path, now: index.now())
      try connection.execute(script: "PRAGMA user_version = -1")
    }
    try index.expectRefusal(.damaged(path: index.path, reason: "its schema version is -1"))
  }
}
