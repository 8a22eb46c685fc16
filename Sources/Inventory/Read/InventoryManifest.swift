package import Vocabulary

/// The `manifest.json` of an inventory (User Guide, "Locating your inventory list").
///
///     {"sourceBucket": "logs", "destinationBucket": "arn:aws:s3:::inventories", "version": "2016-11-30",
///      "creationTimestamp": "1670803200000", "fileFormat": "CSV",
///      "fileSchema": "Bucket, Key, Size, LastModifiedDate, StorageClass",
///      "files": [{"key": "logs/all/data/7f….csv.gz", "size": 2147, "MD5checksum": "f11166069f1990abeb9c97ace9cdfabc"}]}
package struct InventoryManifest: Equatable, Sendable {
  /// One of the files that hold the rows.
  package struct File: Equatable, Sendable {
    /// In the destination bucket, from its beginning.
    package var key: String
    package var size: Int64
    /// Of the file as it is stored, in 32 hexadecimal digits.
    package var md5: String

    package init(key: String, size: Int64, md5: String) {
      self.key = key
      self.size = size
      self.md5 = md5
    }
  }

  package var sourceBucket: String
  /// The bucket that the inventory was written to, by its name; nil where the manifest does not say.
  package var destinationBucket: String?
  /// The partition that the buckets are in, as their ARN names it: `aws`.
  package var partition: String?
  /// When S3 began to make it.
  package var created: Timestamp
  /// `CSV`, `ORC` or `Parquet`.
  package var format: String
  /// The names of the columns, with commas between.
  package var schema: String
  package var files: [File]

  /// What is missing in a manifest, or is not what it should be.
  package struct Fault: Error, Equatable {
    /// A member's name; nil for what is no JSON object.
    package var member: String?
  }

  /// - Throws: `Fault`.
  package init(parsing bytes: [UInt8]) throws(Fault) {
    guard let document = JSONValue(parsing: bytes), document.isObject else { throw Fault() }
    func text(_ name: String) throws(Fault) -> String {
      guard let text = document[name]?.string else { throw Fault(member: name) }
      return text
    }
    sourceBucket = try text("sourceBucket")
    guard BucketName.isOne(sourceBucket.utf8) else { throw Fault(member: "sourceBucket") }
    let arn = document["destinationBucket"]?.string?.split(
      separator: ":", omittingEmptySubsequences: false)
    destinationBucket = arn?.last.map { String($0) }
    partition = arn.flatMap { $0.count == 6 ? String($0[1]) : nil }
    let stamp = document["creationTimestamp"]
    guard let created = stamp?.integer ?? stamp?.string.flatMap({ Int64($0) }), created > 0 else {
      throw Fault(member: "creationTimestamp")
    }
    self.created = Timestamp(millisecondsSinceEpoch: created)
    format = try text("fileFormat")
    schema = try text("fileSchema")
    guard let list = document["files"]?.elements else { throw Fault(member: "files") }
    var files: [File] = []
    for file in list {
      guard let key = file["key"]?.string else { throw Fault(member: "files[].key") }
      guard let size = file["size"]?.integer, size >= 0 else { throw Fault(member: "files[].size") }
      guard let md5 = file["MD5checksum"]?.string else {
        throw Fault(member: "files[].MD5checksum")
      }
      files.append(File(key: key, size: size, md5: md5))
    }
    self.files = files
  }
}
