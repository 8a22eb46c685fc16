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

  private let database: Connection
  private let root: Int64
  /// Whether an earlier restore made or filled this folder.
  package let isKnownFolder: Bool

  /// Opens the file at `path`, or makes it, for restores into `folder`.
  ///
  /// Without `remembersFolder` it only tells of earlier restores, and the folder is not known afterwards unless
  /// it was before.
  package init(path: String, folder: Folder, remembersFolder: Bool = true) throws {
    let database = try Connection(path: path, mode: .create)
    try database.setBusyTimeout(milliseconds: 10_000)
    try database.execute(script: Self.schema)
    let (device, inode) = (
      SQLiteValue.integer(Int64(bitPattern: folder.device)),
      SQLiteValue.integer(Int64(bitPattern: folder.inode))
    )
    let known = try database.first(
      "SELECT id FROM root WHERE device = ?1 AND inode = ?2", device, inode
    ) { $0.int64(at: 0) }
    if known == nil, remembersFolder {
      try database.run(
        "INSERT INTO root (device, inode, path) VALUES (?1, ?2, ?3)", device, inode,
        .text(folder.path))
    }
    root = known ?? (remembersFolder ? database.lastInsertRowID : 0)
    isKnownFolder = known != nil
    self.database = database
  }

  private static let schema = """
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = NORMAL;
    CREATE TABLE IF NOT EXISTS root (
      id INTEGER PRIMARY KEY, device INTEGER NOT NULL, inode INTEGER NOT NULL, path TEXT NOT NULL,
      UNIQUE (device, inode)
    ) STRICT;
    CREATE TABLE IF NOT EXISTS file (
      root_id INTEGER NOT NULL, path TEXT NOT NULL, version_id TEXT NOT NULL, etag TEXT NOT NULL,
      size INTEGER NOT NULL, modified_ns INTEGER NOT NULL, changed_ns INTEGER NOT NULL,
      inode INTEGER NOT NULL, recorded_ns INTEGER NOT NULL,
      PRIMARY KEY (root_id, path)
    ) STRICT, WITHOUT ROWID;
    """

  /// Whether the file of a key is still what it was when a restore found it to be this version.
  ///
  /// Without an ETag, the version id alone tells: only `null` can be overwritten, and then `etag` has to be
  /// known, unless `takesNull` says that a version that may have been overwritten since is good enough.
  package func isRight(
    _ key: Key, versionID: String, etag: String?, status: FileStatus, takesNull: Bool = false
  ) throws -> Bool {
    guard status.kind == .file else { return false }
    guard versionID != "null" || etag != nil || takesNull else { return false }
    let isFound = try database.first(
      """
      SELECT recorded_ns, etag FROM file
      WHERE root_id = ?1 AND path = ?2 AND version_id = ?3 AND size = ?4 AND modified_ns = ?5
        AND changed_ns = ?6 AND inode = ?7
      """,
      .integer(root), .text(key.bytes), .text(versionID), .integer(status.size),
      .integer(status.modifiedNanoseconds), .integer(status.changedNanoseconds),
      .integer(Int64(bitPattern: status.inode))
    ) { row in
      (etag == nil || row.string(at: 1) == etag)
        && Self.isSettled(status, recorded: row.int64(at: 0))
    }
    return isFound ?? false
  }

  /// Whether a change after the row was written would show in the file's times.
  ///
  /// Times of file systems are as coarse as two seconds; those that show fractions are at least as fine as
  /// the system's ticks (git, "racy git").
  private static func isSettled(_ status: FileStatus, recorded: Int64) -> Bool {
    recorded - status.changedNanoseconds > settlingNanoseconds(of: status)
  }

  /// How long after its last change a file may be recorded.
  package static func settlingNanoseconds(of status: FileStatus) -> Int64 {
    status.changedNanoseconds % 1_000_000_000 == 0 ? 2_000_000_000 : 20_000_000
  }

  /// Remembers files that are on the disk for good.
  package func record(_ rows: [(key: Key, row: Row)]) throws {
    try database.transaction {
      for (key, row) in rows {
        try database.run(
          """
          INSERT OR REPLACE INTO file VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
          """,
          .integer(root), .text(key.bytes), .text(row.versionID), .text(row.etag),
          .integer(row.status.size), .integer(row.status.modifiedNanoseconds),
          .integer(row.status.changedNanoseconds), .integer(Int64(bitPattern: row.status.inode)),
          .integer(row.recordedNanoseconds))
      }
    }
  }
}
