internal import Migrations
internal import SQLite
package import Vocabulary

/// The state of an index, read without changing it: an older index is not upgraded, and a locked one
/// is not waited for.
package struct IndexHealth: Equatable, Sendable {
  /// How many migrations the index has, of those that this program knows.
  package var schemaVersion: Int
  /// Whether it has this program's views; true also for an index with fewer migrations.
  package var hasViews: Bool
  /// The last sync that began; nil before the first.
  package var lastSync: LastSync?
  package var buckets: Int
  /// How many of the buckets are not complete.
  package var incompleteBuckets: Int

  package static let knownSchemaVersion = Migrations.migrations.count

  package struct LastSync: Equatable, Sendable {
    package var state: SyncState
    package var startedAt: Timestamp
    /// Nil while it runs, or when its process was killed.
    package var finishedAt: Timestamp?
  }

  /// What SQLite's own check found.
  package enum Soundness: Equatable, Sendable {
    case sound
    /// The first findings, in SQLite's words.
    case damaged([String])
    /// `shouldStop` ended it before the end; nothing was found until then.
    case unfinished
  }

  private static let findingsMax = 5
  private static let busyTimeoutMilliseconds: Int32 = 1_000

  /// Looks into the index at `path`.
  ///
  /// - Throws: `IndexError` and `SQLiteError` for a file that cannot be used, as a query does.
  package init(path: String) throws {
    let connection = try IndexFile.connect(
      path: path, busyTimeoutMilliseconds: Self.busyTimeoutMilliseconds)
    let migrator = Migrator(
      path: path, migrations: Migrations.migrations, views: Migrations.views)
    (schemaVersion, hasViews) = try IndexFile.identify(connection, path: path) {
      let version = try migrator.version(of: connection)
      return (
        version, try version < Self.knownSchemaVersion || migrator.hasViews(connection)
      )
    }
    guard schemaVersion > 0 else { throw IndexError.missing(path: path) }
    lastSync = try connection.first(
      "SELECT state, started_ms, finished_ms FROM sync ORDER BY id DESC LIMIT 1"
    ) { row in
      LastSync(
        state: SyncState(rawValue: row.string(at: 0)) ?? .failed,
        startedAt: Timestamp(millisecondsSinceEpoch: row.int64(at: 1)),
        finishedAt: row.timestamp(at: 2))
    }
    let counts = try connection.first(
      "SELECT count(*), count(*) FILTER (WHERE state <> ?1) FROM bucket",
      .state(BucketState.complete)
    ) { (Int($0.int64(at: 0)), Int($0.int64(at: 1))) }
    (buckets, incompleteBuckets) = counts ?? (0, 0)
  }

  /// Runs `PRAGMA quick_check` until it ends or `shouldStop` says so.
  ///
  /// SQLite before 3.41 asks only after it has read the trees, which takes a second for a few
  /// gigabytes that are in memory.
  package static func quickCheck(
    path: String, shouldStop: @escaping @Sendable () -> Bool
  ) throws -> Soundness {
    let connection = try IndexFile.connect(
      path: path, busyTimeoutMilliseconds: busyTimeoutMilliseconds)
    connection.setProgressCheck(shouldStop)
    do {
      let findings = try connection.damageFound(by: "quick_check(\(findingsMax))")
      return findings.isEmpty ? .sound : .damaged(findings)
    } catch let error as SQLiteError where error.primaryCode == .interrupted {
      return .unfinished
    } catch let error as SQLiteError where error.primaryCode == .corrupt {
      return .damaged([error.message])
    }
  }
}

extension Connection {
  /// What one of SQLite's own checks finds, a line each; nothing where all is well.
  func damageFound(by check: String) throws -> [String] {
    let findings = try all("PRAGMA \(check)") { $0.string(at: 0) }
    // The first line of some names the database, of which there is one.
    return findings == ["ok"]
      ? [] : findings.map { $0.replacing("*** in database main ***\n", with: "") }
  }
}
