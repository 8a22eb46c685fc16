package import Migrations
package import SQLite
package import Vocabulary

/// An index on disk: how it is opened, and what is checked before anything in it is trusted.
package enum IndexFile {
  /// The version recorded in an index by the program that upgraded it.
  package static let programVersion = IndexIdentity.programVersion

  /// Opens an index for its one writer, making or upgrading it where needed.
  ///
  /// - Throws: `IndexError` for a foreign, newer or damaged file, which is left untouched.
  package static func openForWriting(
    path: String, now: Timestamp, migrations: [Migration] = Migrations.migrations
  ) throws -> Connection {
    try PrivateFile.create(at: path)
    let connection = try Connection(path: path, mode: .create)
    try connection.setBusyTimeout(milliseconds: 10_000)
    try identify(connection, path: path) {
      try prepareNew(connection)
      try Migrator(path: path, migrations: migrations).upgrade(connection, now: now)
    }
    // A copy made with VACUUM INTO is not in WAL mode, where readers and the writer do not block
    // each other.
    let journal = try connection.first("PRAGMA journal_mode = WAL") { $0.string(at: 0) }
    guard journal == "wal" else {
      throw IndexError.damaged(path: path, reason: "it cannot be put into WAL mode")
    }
    // A commit survives a crash of the process always and of the machine up to the last checkpoint:
    // WAL with NORMAL never corrupts (https://www.sqlite.org/pragma.html#pragma_synchronous). A log of
    // 64 MB (SQLite's default: 16) is taken over with fewer waits for the disk, and a page that several
    // commits wrote is copied once.
    try connection.execute(
      script: """
        PRAGMA synchronous = NORMAL;
        PRAGMA foreign_keys = ON;
        PRAGMA cache_size = -32768;
        PRAGMA wal_autocheckpoint = 4000;
        PRAGMA temp_store = MEMORY;
        """)
    return connection
  }

  /// Opens an existing index to read it.
  ///
  /// An older index is upgraded first when it can be written.
  package static func openForReading(path: String, now: Timestamp) throws -> Connection {
    let connection = try connect(path: path, busyTimeoutMilliseconds: 10_000)
    let version: Int
    do {
      version = try identify(connection, path: path) {
        try Migrator(path: path, migrations: migrations).version(of: connection)
      }
    } catch let error as SQLiteError where error.isUnfinishedTransaction {
      // The process that made the file was killed: only a writer can roll that back.
      guard isWritable(at: path) else { throw error }
      _ = try openForWriting(path: path, now: now)
      return try openForReading(path: path, now: now)
    }
    if version < migrations.count {
      guard version > 0, isWritable(at: path) else {
        throw version == 0
          ? IndexError.missing(path: path)
          : IndexError.older(path: path, version: version, known: migrations.count)
      }
      _ = try openForWriting(path: path, now: now)
    }
    try connection.execute(
      script: """
        PRAGMA query_only = ON;
        PRAGMA cache_size = -65536;
        PRAGMA mmap_size = 1099511627776;
        PRAGMA temp_store = MEMORY;
        """)
    return connection
  }

  /// A connection to an existing file that changes nothing.
  static func connect(path: String, busyTimeoutMilliseconds: Int32) throws -> Connection {
    guard PrivateFile.exists(at: path) else { throw IndexError.missing(path: path) }
    guard PrivateFile.isPlain(at: path) else { throw IndexError.notAnIndex(path: path) }
    // In WAL mode a reader creates `-wal` and `-shm` when they are missing, which it cannot do in a
    // folder that it may not write. If `-wal` is missing there, the last writer closed the index
    // cleanly and nobody is writing it: then it is safe to open it as immutable.
    let isAtRest =
      !PrivateFile.admitsFiles(folder: PrivateFile.folder(of: path))
      && !PrivateFile.exists(at: path + "-wal")
    let connection = try Connection(path: path, mode: isAtRest ? .immutable : .readOnly)
    try connection.setBusyTimeout(milliseconds: busyTimeoutMilliseconds)
    return connection
  }

  /// Whether this user may write the index, for which its folder must take other files too.
  static func isWritable(at path: String) -> Bool {
    PrivateFile.isWritable(at: path)
      && PrivateFile.admitsFiles(folder: PrivateFile.folder(of: path))
  }

  /// How many levels of prefixes the index keeps sums of.
  static func prefixDepth(_ connection: borrowing Connection) throws -> Int {
    let depth = try connection.first("SELECT value FROM setting WHERE name = 'prefix_depth'") {
      $0.int64(at: 0)
    }
    return Int(depth ?? 0)
  }

  /// Page size can only be chosen while the file is empty, and before WAL mode is.
  private static func prepareNew(_ connection: borrowing Connection) throws {
    let pages = try connection.first("PRAGMA page_count") { $0.int64(at: 0) } ?? 0
    guard pages == 0 else { return }
    try connection.execute(script: "PRAGMA page_size = 16384; PRAGMA journal_mode = WAL;")
  }

  /// Runs `body` and turns SQLite's "this is not a database" and "malformed" into errors that name
  /// the file.
  @discardableResult
  static func identify<Result>(
    _ connection: borrowing Connection, path: String, _ body: () throws -> Result
  ) throws -> Result {
    do {
      return try body()
    } catch let error as SQLiteError where error.primaryCode == .notADatabase {
      throw IndexError.notAnIndex(path: path)
    } catch let error as SQLiteError where error.primaryCode == .corrupt {
      throw IndexError.damaged(path: path, reason: error.message)
    }
  }
}
