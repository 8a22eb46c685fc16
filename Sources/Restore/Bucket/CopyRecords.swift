internal import S3
internal import SQLite
internal import Vocabulary

/// What a copy is of, and how it is known again: for copies whose ETag is another than their source's.
struct CopyRecord: Equatable, Sendable {
  var source: ObjectAddress
  /// Of the source, without quotes; empty where it is not known.
  var sourceETag: String
  /// Of the copy.
  var etag: String
  /// When the service made the copy; nil where it did not say.
  var modifiedSeconds: Int64?
  var versionID: String?

  /// Whether it is about this version.
  ///
  /// `null` versions are overwritten: only the ETag tells which one was copied.
  func isOf(_ source: ObjectAddress, etag: String?) -> Bool {
    guard source == self.source else { return false }
    return source.versionID != ObjectPage.idOfNone || etag == sourceETag && !sourceETag.isEmpty
  }

  /// Whether what is there now is the copy.
  func isAbout(etag: String, modifiedSeconds: Int64?, versionID: String?) -> Bool {
    if let versionID, let own = self.versionID, versionID != own { return false }
    guard !etag.isEmpty, etag == self.etag else { return false }
    guard let modifiedSeconds, let own = self.modifiedSeconds else { return true }
    return modifiedSeconds == own
  }
}

/// The copies that earlier restores made, and the uploads that they began and did not end.
///
/// They stand beside what is known of restored files. A row is believed only where the target has the ETag
/// and the time, or the version id, that it had when the row was written.
struct CopyRecords: ~Copyable {
  let database: Connection
  let service: String

  init(path: String, service: String) throws {
    let database = try Connection(path: path, mode: .create)
    // Whoever comes first, folder or bucket, makes the file what the other one expects it to be.
    try DigestIndex.prepare(database, path: path)
    try database.execute(script: Self.schema)
    self.database = database
    self.service = service
  }

  private static let schema = """
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = NORMAL;
    CREATE TABLE IF NOT EXISTS copy (
      service TEXT NOT NULL, bucket TEXT NOT NULL, key TEXT NOT NULL,
      source_bucket TEXT NOT NULL, source_key TEXT NOT NULL, source_version_id TEXT NOT NULL,
      source_etag TEXT NOT NULL, etag TEXT NOT NULL, modified_seconds INTEGER, version_id TEXT,
      PRIMARY KEY (service, bucket, key)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS copy_upload (
      service TEXT NOT NULL, bucket TEXT NOT NULL, key TEXT NOT NULL, upload_id TEXT NOT NULL,
      PRIMARY KEY (service, bucket, key, upload_id)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS copy_beginning (
      service TEXT NOT NULL, bucket TEXT NOT NULL, key TEXT NOT NULL, sent_ms INTEGER NOT NULL,
      other_ids TEXT NOT NULL, PRIMARY KEY (service, bucket, key)
    ) STRICT, WITHOUT ROWID;
    """

  func record(of target: ObjectAddress) throws -> CopyRecord? {
    try database.first(
      """
      SELECT source_bucket, source_key, source_version_id, source_etag, etag, modified_seconds,
        version_id
      FROM copy WHERE service = ?1 AND bucket = ?2 AND key = ?3
      """,
      .text(service), .text(target.bucket), .text(target.key.bytes)
    ) { row in
      CopyRecord(
        source: ObjectAddress(
          bucket: row.string(at: 0), key: Key(row.bytes(at: 1)), versionID: row.string(at: 2)),
        sourceETag: row.string(at: 3), etag: row.string(at: 4),
        modifiedSeconds: row.optionalInt64(at: 5), versionID: row.optionalString(at: 6))
    }
  }

  func write(_ record: CopyRecord, of target: ObjectAddress) throws {
    try database.run(
      "INSERT OR REPLACE INTO copy VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
      .text(service), .text(target.bucket), .text(target.key.bytes), .text(record.source.bucket),
      .text(record.source.key.bytes), .text(record.source.versionID ?? ""),
      .text(record.sourceETag), .text(record.etag),
      record.modifiedSeconds.map { .integer($0) } ?? .null,
      record.versionID.map { .text($0) } ?? .null)
  }

  // MARK: - Uploads

  func begin(_ upload: CopyUpload) throws {
    try database.run(
      "INSERT OR REPLACE INTO copy_upload VALUES (?1, ?2, ?3, ?4)", .text(service),
      .text(upload.target.bucket), .text(upload.target.key.bytes), .text(upload.uploadID))
  }

  func end(_ upload: CopyUpload) throws {
    try database.run(
      "DELETE FROM copy_upload WHERE service = ?1 AND bucket = ?2 AND key = ?3 AND upload_id = ?4",
      .text(service), .text(upload.target.bucket), .text(upload.target.key.bytes),
      .text(upload.uploadID))
  }

  /// Uploads to a bucket that were begun and not ended.
  func uploads(to bucket: String) throws -> [CopyUpload] {
    try database.all(
      "SELECT key, upload_id FROM copy_upload WHERE service = ?1 AND bucket = ?2", .text(service),
      .text(bucket)
    ) { row in
      CopyUpload(
        target: ObjectAddress(bucket: bucket, key: Key(row.bytes(at: 0))),
        uploadID: row.string(at: 1))
    }
  }
}
