package import Vocabulary

/// One version of one key, as a manifest names it.
package struct ManifestEntry: Equatable, Sendable {
  /// The line of the file that it begins on, counted from 1; zero for one that was not read.
  package var line = 0
  package var bucket: String?
  package var key: Key
  /// Where it goes below a folder or a prefix, where that is not its key.
  package var relativePath: Key?
  /// S3's id of the version; `null` for the version without one.
  package var versionID: String
  package var size: Int64?
  package var etag: String?
  package var lastModified: Timestamp?
  package var storageClass: String?

  /// Where it goes, in the form of a key.
  package var path: Key { relativePath ?? key }

  package init(
    line: Int = 0, bucket: String? = nil, key: Key, relativePath: Key? = nil, versionID: String,
    size: Int64? = nil,
    etag: String? = nil, lastModified: Timestamp? = nil, storageClass: String? = nil
  ) {
    self.line = line
    self.bucket = bucket
    self.key = key
    self.relativePath = relativePath
    self.versionID = versionID
    self.size = size
    self.etag = etag
    self.lastModified = lastModified
    self.storageClass = storageClass
  }
}

/// What stands in a column of a manifest; raw values are the names in its header.
enum ManifestColumn: String, CaseIterable, Sendable {
  case bucket, key
  case versionID = "version_id"
  case size, etag
  case lastModified = "last_modified"
  case storageClass = "storage_class"

  /// The name that a column's heading means: in lower case, and with the underscores that S3 leaves out.
  static func name(written text: String) -> String {
    let lower = text.lowercased()
    return allCases.first { $0.rawValue.replacing("_", with: "") == lower }?.rawValue ?? lower
  }
}
