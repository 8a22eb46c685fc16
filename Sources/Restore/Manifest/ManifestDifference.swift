internal import SQLite
package import Vocabulary

/// What differs between two manifests, key by key: on disk, so that memory does not grow with them.
///
/// ```
/// first    second
/// a 1      a 1      nothing
/// b 1      b 2      changed, from 1 to 2
/// c 1               removed
///          d 1      added
/// ```
package struct ManifestDifference: ~Copyable {
  package struct Row: Equatable, Sendable {
    /// Nil unless both manifests name buckets.
    package var bucket: String?
    package var key: Key
    /// The version that the first names; nil where it does not name the key.
    package var before: String?
    package var after: String?

    package init(bucket: String? = nil, key: Key, before: String?, after: String?) {
      self.bucket = bucket
      self.key = key
      self.before = before
      self.after = after
    }
  }

  private let database: Connection
  private let namesBuckets: Bool

  /// Takes in both, whole; a key is the same where its bucket is, if both name buckets.
  ///
  /// - Throws: `ManifestError`, also for a key that is named with two versions in one of them.
  package static func between<Source: ManifestSource>(
    _ first: consuming ManifestReader<Source>, _ second: consuming ManifestReader<Source>
  ) throws -> ManifestDifference {
    let database = try Connection(path: "", mode: .create)
    try database.execute(script: schema)
    let (one, other) = (try first.next(), try second.next())
    // Without entries there is nothing that could be told apart by its bucket.
    let namesBuckets = [one, other].allSatisfy { $0.map { $0.bucket != nil } ?? true }
    try database.begin()
    try take(one, &first, isSecond: false, namesBuckets, into: database)
    try take(other, &second, isSecond: true, namesBuckets, into: database)
    try database.commit()
    return ManifestDifference(
      database, namesBuckets: namesBuckets && (one ?? other) != nil)
  }

  private init(_ database: consuming Connection, namesBuckets: Bool) {
    self.database = database
    self.namesBuckets = namesBuckets
  }

  private static let schema = """
    PRAGMA journal_mode = OFF;
    PRAGMA cache_size = -16384;
    CREATE TABLE entry (
      bucket TEXT NOT NULL, key TEXT NOT NULL, is_second INTEGER NOT NULL,
      version_id TEXT NOT NULL, line INTEGER NOT NULL,
      PRIMARY KEY (bucket, key, is_second)
    ) STRICT, WITHOUT ROWID;
    """

  /// Takes in a manifest whose first entry has been read.
  private static func take<Source: ManifestSource>(
    _ first: ManifestEntry?, _ reader: inout ManifestReader<Source>, isSecond: Bool,
    _ namesBuckets: Bool, into database: borrowing Connection
  ) throws {
    var next = first
    while var entry = next {
      if !namesBuckets { entry.bucket = nil }
      try insert(entry, isSecond, path: reader.path, into: database)
      next = try reader.next()
    }
  }

  private static func insert(
    _ entry: ManifestEntry, _ isSecond: Bool, path: String, into database: borrowing Connection
  ) throws {
    let bucket = SQLiteValue.text(entry.bucket ?? "")
    let (key, side) = (SQLiteValue.text(entry.key.bytes), SQLiteValue.integer(isSecond ? 1 : 0))
    try database.run(
      "INSERT INTO entry VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING", bucket, key, side,
      .text(entry.versionID), .integer(Int64(entry.line)))
    guard database.rowsChanged == 0 else { return }
    let old = try database.first(
      "SELECT version_id, line FROM entry WHERE bucket = ?1 AND key = ?2 AND is_second = ?3",
      bucket, key, side
    ) { (id: $0.string(at: 0), line: Int($0.int64(at: 1))) }
    guard let old, old.id != entry.versionID else { return }
    throw ManifestError(
      .secondVersion(entry.key, firstLine: old.line), path: path, line: entry.line)
  }

  /// Hands out each key that differs, by bucket and key.
  package func forEach(_ body: (Row) throws -> Void) throws {
    try database.withStatement(
      "SELECT bucket, key, is_second, version_id FROM entry ORDER BY bucket, key, is_second"
    ) { statement in
      var open: Row?
      while try statement.step() {
        let bucket = namesBuckets ? statement.string(at: 0) : nil
        let key = Key(statement.bytes(at: 1))
        let (isSecond, id) = (statement.int64(at: 2) != 0, statement.string(at: 3))
        if var row = open, row.bucket == bucket, row.key == key {
          row.after = id
          if row.before != row.after { try body(row) }
          open = nil
          continue
        }
        if let open { try body(open) }
        open = Row(
          bucket: bucket, key: key, before: isSecond ? nil : id, after: isSecond ? id : nil)
      }
      if let open { try body(open) }
    }
  }

  /// Whether keys are told apart by their buckets.
  package var hasBuckets: Bool { namesBuckets }
}
