internal import SQLite
package import System
package import Vocabulary

/// What earlier restores put where, and found right: so that a second pass asks nobody and reads nothing.
///
/// It is a file of its own beside the index, for what it knows is about this machine's disk. A row is
/// believed only where the file's size, its two times and its inode are what they were: whoever changes
/// bytes changes the time that only the system sets (`ctime`), also when the other one is put back.
package struct DigestIndex: ~Copyable {
  /// What a file was when it was found to be right.
  package struct Row: Equatable, Sendable {
    package var versionID: String
    package var etag: String
    package var status: FileStatus
    package var recordedNanoseconds: Int64

    package init(versionID: String, etag: String, status: FileStatus, recordedNanoseconds: Int64) {
      self.versionID = versionID
      self.etag = etag
      self.status = status
      self.recordedNanoseconds = recordedNanoseconds
    }
  }

  let database: Connection
  let root: Int64
  /// Whether all in the folder came by restores, as far as a restore can know: one made it, or found it
  /// empty, or was told that what was there is not to be kept.
  package private(set) var isOwnFolder: Bool
  /// Whether the last restore into it came to its end, so that it left no unfinished files behind.
  package let wasFinished: Bool

  /// Opens the file at `path`, or makes it, for restores into `folder`; without a path, nothing is known
  /// and nothing is kept.
  ///
  /// `isEmpty` says whether there is nothing in the folder now.
  ///
  /// - Throws: `DigestIndexError` for a file of another program or version; `SQLiteError`.
  package init(
    path: String?, folder: Folder, isEmpty: @autoclosure () throws -> Bool
  ) throws {
    let database = try Connection(path: path ?? "", mode: .create)
    try Self.prepare(database, path: path ?? "")
    let found = try Self.find(folder, in: database)
    // An inode's number goes to another folder when its own is gone; when it was made tells them apart.
    let isSame = found?.born == folder.bornNanoseconds
    if let found, !isSame {
      try database.run("DELETE FROM file WHERE root_id = ?1", .integer(found.id))
      try database.run("DELETE FROM root WHERE id = ?1", .integer(found.id))
    }
    let isOwn = try isSame ? found?.isOwn ?? false : isEmpty()
    var id = found?.id ?? 0
    if !isSame {
      try database.run(
        "INSERT INTO root (device, inode, born_ns, path, is_own, is_finished) VALUES (?1, ?2, ?3, ?4, ?5, 1)",
        .integer(Int64(bitPattern: folder.device)), .integer(Int64(bitPattern: folder.inode)),
        .integer(folder.bornNanoseconds), .text(folder.path), .integer(isOwn ? 1 : 0))
      id = database.lastInsertRowID
    }
    root = id
    isOwnFolder = isOwn
    wasFinished = isSame && found?.isFinished ?? false
    self.database = database
  }

  /// The same for a rehearsal, which writes nothing: what an existing file knows of a folder.
  package init(rehearsing path: String, folder: Folder) throws {
    let database = try Connection(path: path, mode: .readWrite)
    try Self.prepare(database, path: path)
    let found = try Self.find(folder, in: database)
    let isSame = found?.born == folder.bornNanoseconds
    // No root has this number.
    root = isSame ? found?.id ?? -1 : -1
    isOwnFolder = isSame && found?.isOwn ?? false
    wasFinished = true
    self.database = database
  }

  private static let version: Int64 = 1
  /// `s3ar` in ASCII: what tells this file from other databases.
  private static let applicationID: Int64 = 0x7333_6172

  /// Makes the tables of an empty file, which restores into folders and buckets share.
  ///
  /// - Throws: `DigestIndexError` for a file of another program or version; `SQLiteError`.
  static func prepare(_ database: borrowing Connection, path: String) throws {
    try database.setBusyTimeout(milliseconds: 10_000)
    let tables: Int64?
    do {
      tables = try database.first("SELECT count(*) FROM sqlite_schema") { $0.int64(at: 0) }
    } catch let error as SQLiteError where error.primaryCode == .notADatabase {
      throw DigestIndexError(path: path)
    }
    if tables == 0 { return try database.execute(script: schema) }
    let application = try database.first("PRAGMA application_id") { $0.int64(at: 0) }
    let version = try database.first("PRAGMA user_version") { $0.int64(at: 0) }
    guard application == applicationID, version == Self.version else {
      throw DigestIndexError(path: path)
    }
  }

  private static let schema = """
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = NORMAL;
    BEGIN IMMEDIATE;
    PRAGMA application_id = \(applicationID);
    PRAGMA user_version = \(version);
    CREATE TABLE IF NOT EXISTS root (
      id INTEGER PRIMARY KEY, device INTEGER NOT NULL, inode INTEGER NOT NULL,
      born_ns INTEGER NOT NULL, path TEXT NOT NULL, is_own INTEGER NOT NULL,
      is_finished INTEGER NOT NULL, UNIQUE (device, inode)
    ) STRICT;
    CREATE TABLE IF NOT EXISTS file (
      root_id INTEGER NOT NULL, path TEXT NOT NULL, version_id TEXT NOT NULL, etag TEXT NOT NULL,
      size INTEGER NOT NULL, modified_ns INTEGER NOT NULL, changed_ns INTEGER NOT NULL,
      inode INTEGER NOT NULL, recorded_ns INTEGER NOT NULL,
      PRIMARY KEY (root_id, path)
    ) STRICT, WITHOUT ROWID;
    COMMIT;
    """

  private static func find(
    _ folder: Folder, in database: borrowing Connection
  ) throws -> (id: Int64, born: Int64, isOwn: Bool, isFinished: Bool)? {
    try database.first(
      "SELECT id, born_ns, is_own, is_finished FROM root WHERE device = ?1 AND inode = ?2",
      .integer(Int64(bitPattern: folder.device)), .integer(Int64(bitPattern: folder.inode))
    ) { ($0.int64(at: 0), $0.int64(at: 1), $0.int64(at: 2) != 0, $0.int64(at: 3) != 0) }
  }

  /// Whether the file of a key is still what it was when a restore found it to be this version.
  ///
  /// Without an ETag, the version id alone tells: only `null` can be overwritten, and then `etag` has to be
  /// known, unless `takesNull` says that a version that may have been overwritten since is good enough.
  package func isRight(
    _ key: Key, versionID: String, etag: String?, status: FileStatus, takesNull: Bool = false
  ) throws -> Bool {
    try known(key)?.isRight(
      versionID: versionID, etag: etag, status: status, takesNull: takesNull) ?? false
  }

  /// Whether a change after the row was written would show in the file's times.
  ///
  /// Times of file systems are as coarse as two seconds; those that show fractions are at least as fine as
  /// the system's ticks (git, "racy git").
  package static func isSettled(_ status: FileStatus, recorded: Int64) -> Bool {
    recorded - status.changedNanoseconds > settlingNanoseconds(of: status)
  }

  /// How long after its last change a file may be recorded.
  package static func settlingNanoseconds(of status: FileStatus) -> Int64 {
    status.changedNanoseconds % 1_000_000_000 == 0 ? 2_000_000_000 : 20_000_000
  }

  /// Remembers files that are on the disk for good.
  package func record(_ rows: [(key: Key, row: Row)]) throws {
    try database.transaction {
      try database.withStatement(
        "INSERT OR REPLACE INTO file VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)"
      ) { statement in
        try statement.bind(root, at: 1)
        for (key, row) in rows {
          try statement.bind(text: key.bytes, at: 2)
          try statement.bind(row.versionID, at: 3)
          try statement.bind(row.etag, at: 4)
          try statement.bind(row.status.size, at: 5)
          try statement.bind(row.status.modifiedNanoseconds, at: 6)
          try statement.bind(row.status.changedNanoseconds, at: 7)
          try statement.bind(Int64(bitPattern: row.status.inode), at: 8)
          try statement.bind(row.recordedNanoseconds, at: 9)
          try statement.run()
        }
      }
    }
  }

  /// Remembers that a restore begins, which may leave unfinished files, or that it came to its end.
  package func note(isFinished: Bool) throws {
    try database.run(
      "UPDATE root SET is_finished = ?2 WHERE id = ?1", .integer(root),
      .integer(isFinished ? 1 : 0))
  }

  /// Remembers that what restores do not bring into the folder is not to be kept.
  package mutating func own() throws {
    try database.run("UPDATE root SET is_own = 1 WHERE id = ?1", .integer(root))
    isOwnFolder = true
  }
}

/// A file that is not this version's record of earlier restores.
package struct DigestIndexError: Error, Equatable, CustomStringConvertible {
  package let path: String

  package var description: String {
    "\(path) is not a record of restores that this version can read"
  }
}
