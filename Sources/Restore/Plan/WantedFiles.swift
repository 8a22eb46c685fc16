internal import SQLite
package import Vocabulary

/// All that a restore is to bring back, each key once, in the order of their bytes: on disk, so that a
/// manifest of many millions needs no memory.
///
/// The table is a private temporary file of SQLite's, which is gone with its owner, however that ends.
package struct WantedFiles: ~Copyable {
  let database: Connection
  private let path: String

  /// Takes over a manifest, whole: one bad line, and there is nothing.
  ///
  /// `path` is the manifest's name for errors. A line that repeats another is passed over.
  ///
  /// - Throws: `ManifestError`, also for a key that is named with two versions and for no key at all;
  ///   `SQLiteError`, such as for a full disk.
  package static func read<Source: ManifestSource>(
    _ reader: consuming ManifestReader<Source>, path: String
  ) throws -> WantedFiles {
    let wanted = try WantedFiles(path: path)
    var isEmpty = true
    try wanted.database.begin()
    while let entry = try reader.next() {
      try wanted.insert(entry)
      isEmpty = false
    }
    try wanted.database.commit()
    guard !isEmpty else { throw ManifestError(.empty, path: path) }
    return wanted
  }

  /// Begins without any; they come by `insert`.
  package init(path: String) throws {
    self.path = path
    database = try Self.database()
  }

  private static func database() throws -> Connection {
    let database = try Connection(path: "", mode: .create)
    try database.execute(
      script: """
        PRAGMA journal_mode = OFF;
        PRAGMA cache_size = -16384;
        CREATE TABLE wanted (
          key TEXT PRIMARY KEY, line INTEGER NOT NULL, version_id TEXT NOT NULL, size INTEGER,
          etag TEXT, modified_ms INTEGER, storage_class TEXT
        ) STRICT, WITHOUT ROWID;
        """ + archivedTable)
    return database
  }

  package func insert(_ entry: ManifestEntry) throws {
    try database.run(
      "INSERT INTO wanted VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT DO NOTHING",
      .text(entry.key.bytes), .integer(Int64(entry.line)), .text(entry.versionID),
      Self.value(entry.size), Self.value(entry.etag),
      Self.value(entry.lastModified?.millisecondsSinceEpoch), Self.value(entry.storageClass))
    guard database.rowsChanged == 0 else { return }
    let first = try database.first(
      "SELECT line, version_id FROM wanted WHERE key = ?1", .text(entry.key.bytes)
    ) { (Int($0.int64(at: 0)), $0.string(at: 1)) }
    guard let first, first.1 != entry.versionID else { return }
    throw ManifestError(.secondVersion(entry.key, firstLine: first.0), path: path, line: entry.line)
  }

  static func value(_ number: Int64?) -> SQLiteValue {
    number.map { .integer($0) } ?? .null
  }

  static func value(_ text: String?) -> SQLiteValue { text.map { .text($0) } ?? .null }

  package var count: Int64 {
    get throws { try database.first("SELECT count(*) FROM wanted") { $0.int64(at: 0) } ?? 0 }
  }

  /// Bytes of all of them; nil where that is not known of each.
  package var bytes: Int64? {
    get throws {
      try database.first("SELECT count(*) = count(size), CAST(total(size) AS INTEGER) FROM wanted")
      { row in
        row.int64(at: 0) == 1 ? row.int64(at: 1) : nil
      } ?? nil
    }
  }

  /// Leaves out the keys that match, and says how many those were.
  package func leaveOut(_ isLeftOut: (Key) -> Bool) throws -> Int64 {
    var (position, count) = (Key.start, Int64(0))
    while true {
      let entries = try entries(after: position, count: 1_024)
      guard let last = entries.last else { return count }
      for entry in entries where isLeftOut(entry.key) {
        try database.run("DELETE FROM wanted WHERE key = ?1", .text(entry.path.bytes))
        count += 1
      }
      position = last.path
    }
  }

  /// The next entries behind a key, at most `count`, in order.
  package func entries(after key: Key, count: Int) throws -> [ManifestEntry] {
    try database.all(
      """
      SELECT \(Self.columns) FROM wanted WHERE key > ?1 ORDER BY key LIMIT ?2
      """,
      .text(key.bytes), .integer(Int64(count))
    ) { Self.entry(in: $0) }
  }

  static let columns = "key, line, version_id, size, etag, modified_ms, storage_class"

  /// The entry in a row that has these columns.
  static func entry(in row: borrowing Statement) -> ManifestEntry {
    ManifestEntry(
      line: Int(row.int64(at: 1)), key: Key(row.bytes(at: 0)), versionID: row.string(at: 2),
      size: row.optionalInt64(at: 3), etag: row.optionalString(at: 4),
      lastModified: row.optionalInt64(at: 5).map { Timestamp(millisecondsSinceEpoch: $0) },
      storageClass: row.optionalString(at: 6))
  }

  /// Where the key's bytes go.
  ///
  /// - Throws: `KeyRefusal`, also when other keys need a folder there.
  package func localPath(of key: Key) throws -> LocalPath {
    let path = try LocalPath(key)
    guard path.name != nil, try isFolder(key) else { return path }
    throw KeyRefusal.isFolderOfOthers
  }

  /// Whether some key that can be restored is below this one.
  ///
  /// Those that cannot are few: they are looked at one by one.
  private func isFolder(_ key: Key) throws -> Bool {
    var after = Key(key.bytes + [UInt8(ascii: "/")])
    let end = Key(key.bytes + [UInt8(ascii: "/") + 1])
    if try contains(after) { return true }
    while true {
      let found = try database.first(
        "SELECT key FROM wanted WHERE key > ?1 AND key < ?2 ORDER BY key LIMIT 1",
        .text(after.bytes), .text(end.bytes)
      ) { Key($0.bytes(at: 0)) }
      guard let found else { return false }
      // A key that is refused itself needs no folder.
      if (try? LocalPath(found)) != nil { return true }
      after = found
    }
  }

  /// Whether a key is wanted.
  package func contains(_ key: Key) throws -> Bool {
    try database.first("SELECT 1 FROM wanted WHERE key = ?1", .text(key.bytes)) { _ in true }
      ?? false
  }
}
