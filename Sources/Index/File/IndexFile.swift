package import Migrations
package import SQLite
internal import System
package import Vocabulary

/// What of an index is in its file when nothing more is to be written.
package enum IndexRest: Sendable {
  /// All of it, and there is no log.
  case plainFile
  /// All of it; the log stays on, because somebody has the file open.
  case wholeWithLog
  /// Not all of it: somebody holds a transaction, and of what came after that began, a part is in the
  /// log alone. The file alone is of no moment then.
  case behindItsLog
}

/// An index on disk: how it is opened, and what is checked before anything in it is trusted.
package enum IndexFile {
  /// The version recorded in an index by the program that upgraded it.
  package static let programVersion = IndexIdentity.programVersion

  /// The number of the newest migration, which every index has that this program reads.
  package static let schemaVersion = migrations.count

  /// Refuses what cannot be an index, by a look at it that changes nothing of it and leaves nothing beside
  /// it.
  static func refuseOtherFiles(at path: String) throws(IndexError) {
    guard !PrivateFile.isFolder(at: path) else {
      throw .cannotCreate(path: path, reason: SystemError.folder("create", path).reason)
    }
    guard PrivateFile.isPlain(at: path) || !FileSystem.exists(at: path),
      try FileOwner(of: RealPath.of(path), indexPath: path) != .others
    else { throw .notAnIndex(path: path) }
  }

  /// Opens an index for its one writer, making or upgrading it where needed.
  ///
  /// - Throws: `IndexError` for a foreign, newer or damaged file, which is left untouched.
  package static func openForWriting(
    path: String, now: Timestamp, migrations: [Migration] = Migrations.migrations,
    views: Migration? = Migrations.views, patience: LockPatience = .short
  ) throws -> Connection {
    try PrivateFile.create(at: path)
    let connection = try Connection(path: RealPath.of(path), mode: .create)
    try connection.setBusyTimeout(milliseconds: LockPatience.busyTimeoutMilliseconds)
    try identify(connection, path: path) {
      let migrator = Migrator(path: path, migrations: migrations, views: views)
      try patience { try prepareNew(connection) }
      // A file that is not ours is left as it is.
      _ = try patience { try migrator.version(of: connection) }
      try patience { try turnLogOn(connection, path: path) }
      try patience { try migrator.upgrade(connection, now: now) }
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

  /// Readers and the writer do not block each other while changes go to a log.
  ///
  /// The file comes without it from a sync that ended, and from VACUUM INTO.
  private static func turnLogOn(_ connection: borrowing Connection, path: String) throws {
    let journal = try connection.first("PRAGMA journal_mode = WAL") { $0.string(at: 0) }
    guard journal == "wal" else {
      throw IndexError.damaged(path: path, reason: "it cannot be put into WAL mode")
    }
  }

  /// How often, and how long apart, the log is tried to be turned off.
  private static let restTries = 5
  private static let restPause = Duration.milliseconds(20)

  /// Takes the log into the file and turns it off, so that whoever may read the file can read it without
  /// the right to make files beside it.
  ///
  /// Where somebody has the file open meanwhile, the log stays on, and the next sync's end tries again.
  /// What is in it is taken into the file all the same, as far as readers allow: else it would grow from
  /// sync to sync, and the file alone would be of an old one.
  static func rest(_ connection: borrowing Connection) throws -> IndexRest {
    for attempt in 1...restTries {
      do {
        let journal = try connection.first("PRAGMA journal_mode = DELETE") { $0.string(at: 0) }
        if journal == "delete" { return .plainFile }
      } catch let error as SQLiteError where error.primaryCode == .busy {
        if attempt < restTries { SystemClock.block(for: restPause) }
      }
    }
    return try takeLogIn(connection)
  }

  /// Turns the log off that a sync had to leave on for those who were reading, where nobody has the index open now.
  ///
  /// Whoever reads last does it; what stands in the way is left for the next, as a log alone harms nobody.
  static func restWhereLogWasLeft(at path: String) {
    let path = RealPath.of(path)
    // The file may have been replaced by another program's since it was opened.
    guard FileSystem.exists(at: path + "-wal"), isWritable(at: path),
      let owner = try? FileOwner(of: path, indexPath: path), owner == .index,
      let connection = try? Connection(path: path, mode: .readWrite)
    else { return }
    // As long as another connection is open, that of a sync too, SQLite refuses at once.
    _ = try? connection.first("PRAGMA journal_mode = DELETE") { _ in true }
  }

  /// A reader that holds a transaction is waited for as long as for any lock, and then left alone: the
  /// pages that were not written since it began are taken in.
  private static func takeLogIn(_ connection: borrowing Connection) throws -> IndexRest {
    let pages = try connection.first("PRAGMA wal_checkpoint(TRUNCATE)") { row in
      (inLog: row.int64(at: 1), inFile: row.int64(at: 2))
    }
    guard let pages, pages.inLog == pages.inFile else { return .behindItsLog }
    return .wholeWithLog
  }

  /// Opens an existing index to read it.
  ///
  /// An older index is upgraded first when it can be written, and so is one with other views.
  package static func openForReading(path: String, now: Timestamp) throws -> Connection {
    let connection = try connect(path: path, busyTimeoutMilliseconds: 10_000)
    let need: IndexError?
    do {
      need = try identify(connection, path: path) { try upgradeNeeded(by: connection, path: path) }
    } catch let error as SQLiteError where error.isUnfinishedTransaction {
      // The process that made the file was killed: only a writer can roll that back.
      guard isWritable(at: path) else { throw error }
      try upgrade(path: path, now: now)
      return try openForReading(path: path, now: now)
    }
    if let need {
      guard need != .missing(path: path), isWritable(at: path) else { throw need }
      try upgrade(path: path, now: now)
    }
    // The file is not mapped into memory: where a part of a map is gone, because somebody cut the file
    // short, the process would end. What a statement sorts goes to files as soon as it outgrows the
    // cache.
    try connection.execute(
      script: """
        PRAGMA query_only = ON;
        PRAGMA cache_size = -32768;
        PRAGMA mmap_size = 0;
        PRAGMA temp_store = FILE;
        """)
    return connection
  }

  /// What is wrong with an index as long as it is not upgraded; nil for one that is up to date.
  private static func upgradeNeeded(
    by connection: borrowing Connection, path: String
  ) throws -> IndexError? {
    let migrator = Migrator(path: path, migrations: migrations, views: views)
    let version = try migrator.version(of: connection)
    guard version > 0 else { return .missing(path: path) }
    guard version == migrations.count else {
      return .older(path: path, version: version, known: migrations.count)
    }
    guard try !migrator.hasViews(connection) else { return nil }
    return .otherViews(path: path, madeBy: try migrator.makerOfViews(connection))
  }

  /// Brings an index up to date, or takes back what a killed process left, for one that is to be read.
  private static func upgrade(path: String, now: Timestamp) throws {
    let connection = try openForWriting(path: path, now: now)
    // Where a sync writes it, or another query reads it, the log stays on.
    _ = try rest(connection)
  }

  /// A connection to an existing file that changes nothing.
  static func connect(path: String, busyTimeoutMilliseconds: Int32) throws -> Connection {
    guard FileSystem.exists(at: path) else { throw IndexError.missing(path: path) }
    guard PrivateFile.isPlain(at: path) else { throw IndexError.notAnIndex(path: path) }
    let realPath = RealPath.of(path)
    switch try FileOwner(of: realPath, indexPath: path) {
    case .others: throw IndexError.notAnIndex(path: path)
    case .nobody: throw IndexError.missing(path: path)
    case .index, .unknown: break
    }
    if try needsImmutable(realPath) {
      return try Connection(path: realPath, mode: .immutable)
    }
    let connection = try Connection(path: realPath, mode: .readOnly)
    try connection.setBusyTimeout(milliseconds: busyTimeoutMilliseconds)
    return connection
  }

  /// Whether a file can be read in no other way.
  ///
  /// A sync's end leaves the file without a log, unless somebody was reading it. With one, a reader
  /// makes `-wal` and `-shm` when they are missing, which it cannot do in a folder that it may not
  /// write. If `-wal` is missing there, the last writer closed the index cleanly and nobody is writing
  /// it: then it is safe to open it as immutable.
  static func needsImmutable(_ path: String) throws -> Bool {
    guard !FileSystem.admitsFiles(folder: FileSystem.folder(of: path)),
      !FileSystem.exists(at: path + "-wal")
    else { return false }
    do {
      _ = try Connection(path: path, mode: .readOnly).first("PRAGMA schema_version") { _ in true }
      return false
    } catch let error as SQLiteError {
      return [.readOnly, .cannotOpen].contains(error.primaryCode) && !error.isUnfinishedTransaction
    }
  }

  /// Whether this user may write the index, for which its folder must take other files too.
  static func isWritable(at path: String) -> Bool {
    FileSystem.isWritable(at: path)
      && FileSystem.admitsFiles(folder: FileSystem.folder(of: RealPath.of(path)))
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
