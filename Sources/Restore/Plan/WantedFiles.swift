internal import SQLite
package import Vocabulary

/// All that a restore is to bring back, each key once, in the order of the bytes of where it goes: on disk, so
/// that a manifest of many millions needs no memory.
///
/// The table is a private temporary file of SQLite's, which is gone with its owner, however that ends.
package struct WantedFiles: ~Copyable {
  let database: Connection
  private let path: String

  /// Takes over a manifest, whole: one bad line, and there is nothing.
  ///
  /// `path` is the manifest's name for errors, `bucket` the one that has the versions. A line that repeats
  /// another is passed over.
  ///
  /// - Throws: `ManifestError`, also for a key that is named with two versions, for one of another bucket and
  ///   for no key at all; `SQLiteError`, such as for a full disk.
  package static func read<Source: ManifestSource>(
    _ reader: consuming ManifestReader<Source>, path: String, of bucket: String? = nil
  ) throws -> WantedFiles {
    let wanted = try WantedFiles(path: path)
    var isEmpty = true
    try wanted.database.begin()
    try wanted.database.withStatement(insertion) { statement in
      while let entry = try reader.next() {
        try entry.check(isIn: bucket, path: path)
        try wanted.insert(entry, by: &statement)
        isEmpty = false
      }
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
          path TEXT PRIMARY KEY, key TEXT, line INTEGER NOT NULL, version_id TEXT NOT NULL, size INTEGER,
          etag TEXT, modified_ms INTEGER, storage_class TEXT
        ) STRICT, WITHOUT ROWID;
        """ + archivedTable)
    return database
  }

  /// Does several inserts as one.
  package func inBatch(_ body: () throws -> Void) throws {
    try database.transaction { try body() }
  }

  /// All of it once more, for another who goes through it.
  package func copy() throws -> sending WantedFiles {
    let copy = try WantedFiles(path: path)
    var position = Key.start
    while true {
      let entries = try entries(after: position, count: 1_024)
      guard let last = entries.last else { return copy }
      try copy.inBatch { for entry in entries { try copy.insert(entry) } }
      position = last.path
    }
  }

  package func removeAll() throws { try database.run("DELETE FROM wanted") }

  package func insert(_ entry: ManifestEntry) throws {
    try database.withStatement(Self.insertion) { try insert(entry, by: &$0) }
  }

  private static let insertion =
    "INSERT INTO wanted VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT DO NOTHING"

  private func insert(_ entry: ManifestEntry, by statement: inout Statement) throws {
    try statement.bind(text: entry.path.bytes, at: 1)
    try statement.bind(
      entry.relativePath == nil ? SQLiteValue.null : .text(entry.key.bytes), at: 2)
    try statement.bind(Int64(entry.line), at: 3)
    try statement.bind(entry.versionID, at: 4)
    try statement.bind(Self.value(entry.size), at: 5)
    try statement.bind(Self.value(entry.etag), at: 6)
    try statement.bind(Self.value(entry.lastModified?.millisecondsSinceEpoch), at: 7)
    try statement.bind(Self.value(entry.storageClass), at: 8)
    try statement.run()
    guard database.rowsChanged == 0 else { return }
    let first = try database.first(
      "SELECT line, version_id FROM wanted WHERE path = ?1", .text(entry.path.bytes)
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
        try database.run("DELETE FROM wanted WHERE path = ?1", .text(entry.path.bytes))
        count += 1
      }
      position = last.path
    }
  }

  /// The next entries behind a key, at most `count`, in order.
  package func entries(after key: Key, count: Int) throws -> [ManifestEntry] {
    try database.all(
      """
      SELECT \(Self.columns) FROM wanted WHERE path > ?1 ORDER BY path LIMIT ?2
      """,
      .text(key.bytes), .integer(Int64(count))
    ) { Self.entry(in: $0) }
  }

  static let columns = "path, line, version_id, size, etag, modified_ms, storage_class, key"

  /// The entry in a row that has these columns.
  static func entry(in row: borrowing Statement) -> ManifestEntry {
    let path = Key(row.bytes(at: 0))
    let key = row.isNull(at: 7) ? nil : Key(row.bytes(at: 7))
    return ManifestEntry(
      line: Int(row.int64(at: 1)), key: key ?? path, relativePath: key == nil ? nil : path,
      versionID: row.string(at: 2), size: row.optionalInt64(at: 3), etag: row.optionalString(at: 4),
      lastModified: row.optionalInt64(at: 5).map { Timestamp(millisecondsSinceEpoch: $0) },
      storageClass: row.optionalString(at: 6))
  }

  /// Where the key's bytes go; `next` is the one behind it, nil when there is none or it is not known.
  ///
  /// - Throws: `KeyRefusal`, also when other keys need a folder there.
  package func localPath(of key: Key, before next: Key? = nil) throws -> LocalPath {
    let path = try LocalPath(key)
    // Keys that begin with this one follow it at once.
    if let next, !next.bytes.starts(with: key.bytes) { return path }
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
        "SELECT path FROM wanted WHERE path > ?1 AND path < ?2 ORDER BY path LIMIT 1",
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
    try database.first("SELECT 1 FROM wanted WHERE path = ?1", .text(key.bytes)) { _ in true }
      ?? false
  }
}

extension ManifestEntry {
  /// Version ids mean nothing in another bucket than their own.
  ///
  /// An access point may stand for the bucket that a manifest names, by its ARN or its alias.
  fileprivate func check(isIn wanted: String?, path: String) throws(ManifestError) {
    guard let wanted, let bucket, bucket != wanted, !wanted.hasPrefix("arn:"),
      !wanted.hasSuffix("-s3alias")
    else { return }
    throw ManifestError(.otherBucket(bucket, wanted: wanted), path: path, line: line)
  }
}
