internal import SQLite
package import Vocabulary

/// An upload as the index has it.
package struct StoredUpload: Equatable, Sendable {
  package var upload: Upload
  /// Nil while its parts were not listed, and so are its bytes.
  package var parts: Parts?

  /// What was uploaded of it.
  package struct Parts: Equatable, Sendable {
    package var count: Int64
    package var bytes: Int64

    package init(count: Int64, bytes: Int64) {
      self.count = count
      self.bytes = bytes
    }
  }

  package init(_ upload: Upload, parts: Parts? = nil) {
    self.upload = upload
    self.parts = parts
  }
}

extension IndexWriter {
  /// The uploads that the index has of a bucket, below a prefix, in the order of keys and ids.
  package func uploads(of bucketID: Int64, prefix: Key) throws -> [StoredUpload] {
    let interval = KeyInterval(prefix: prefix)
    return try connection.all(
      Self.selectUploads, .integer(bucketID), .text(interval.lower.bytes), interval.upperBound
    ) { row in
      let upload = Upload(
        key: Key(row.bytes(at: 0)), uploadID: row.string(at: 1),
        initiated: Timestamp(millisecondsSinceEpoch: row.int64(at: 2)),
        storageClass: row.string(at: 3))
      let parts = row.optionalInt64(at: 4).flatMap { count in
        row.optionalInt64(at: 5).map { StoredUpload.Parts(count: count, bytes: $0) }
      }
      return StoredUpload(upload, parts: parts)
    }
  }

  /// Makes the uploads of a bucket, or those below a prefix, what was listed from `begun` on.
  ///
  /// All of it is one transaction, and only differences are written. The order of `uploads` does not
  /// matter, nor do repetitions. One without parts is one whose parts are not known.
  package func replaceUploads(
    _ uploads: [StoredUpload], of bucketID: Int64, prefix: Key, begun: Timestamp
  ) throws {
    // What was merged before is safe, whatever comes.
    try commit()
    try inBatch {
      var gone: [UploadName: StoredUpload] = [:]
      for known in try self.uploads(of: bucketID, prefix: prefix) {
        gone[UploadName(known.upload)] = known
      }
      var listed: [UploadName: StoredUpload] = [:]
      for upload in uploads where upload.upload.key.bytes.starts(with: prefix.bytes) {
        listed[UploadName(upload.upload)] = upload
      }
      for (name, upload) in listed.sorted(by: { $0.key < $1.key }) {
        let known = gone.removeValue(forKey: name)
        if upload != known { try write(upload, of: bucketID) }
      }
      for name in gone.keys.sorted() {
        try connection.run(
          Self.deleteUpload, .integer(bucketID), .text(name.key.bytes), .text(name.id))
      }
      crashOrder?.pass(.uploadsWritten)
      if prefix.isStart {
        try BucketRow(id: bucketID).setUploadsSynced(at: begun, in: connection)
      }
    }
    try commit()
  }

  private func write(_ stored: StoredUpload, of bucketID: Int64) throws {
    try connection.run(
      Self.upsertUpload, .integer(bucketID), .text(stored.upload.key.bytes),
      .text(stored.upload.uploadID),
      .integer(stored.upload.initiated.millisecondsSinceEpoch),
      .integer(try storageClassID(of: stored.upload.storageClass)),
      stored.parts.map { .integer($0.count) } ?? .null,
      stored.parts.map { .integer($0.bytes) } ?? .null)
  }

  private static let selectUploads = """
    SELECT upload.key, upload.upload_id, upload.initiated_ms, storage_class.name, upload.parts,
      upload.bytes
    FROM upload JOIN storage_class ON storage_class.id = upload.storage_class_id
    WHERE upload.bucket_id = ?1 AND upload.key >= ?2 AND upload.key < ?3
    ORDER BY upload.key, upload.upload_id
    """

  private static let upsertUpload = """
    INSERT OR REPLACE INTO upload
      (bucket_id, key, upload_id, initiated_ms, storage_class_id, parts, bytes)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
    """

  private static let deleteUpload = """
    DELETE FROM upload WHERE bucket_id = ?1 AND key = ?2 AND upload_id = ?3
    """
}

/// What tells uploads of one bucket apart.
package struct UploadName: Hashable, Comparable, Sendable {
  package var key: Key
  package var id: String

  package init(key: Key, id: String) {
    self.key = key
    self.id = id
  }

  package init(_ upload: Upload) {
    self.init(key: upload.key, id: upload.uploadID)
  }

  package static func < (left: UploadName, right: UploadName) -> Bool {
    (left.key, left.id) < (right.key, right.id)
  }
}
