/// An inventory that a simulator delivers of one of its buckets: the value of `--inventory`.
package struct InventorySpecification: Equatable, Sendable {
  /// In which order rows stand in the files.
  package enum Order: String, CaseIterable, Sendable {
    /// By key, in a file and from file to file.
    case sorted
    /// By key in each file; what the files hold lies side by side.
    case overlapping
    /// In none.
    case shuffled
  }

  /// The bucket that it is of.
  package var bucket: String
  /// The bucket that it is delivered to, which there is for this alone.
  package var destination = "inventory"
  /// The id of the configuration.
  package var id = "everything"
  /// The keys that it is about.
  package var prefix = ""
  package var files = 1
  /// Members of gzip in a file.
  package var members = 1
  package var order = Order.sorted
  package var hasVersions = false
  /// The optional fields in their order.
  package var fields = ["Size", "LastModifiedDate", "ETag", "StorageClass"]

  package init(bucket: String) { self.bucket = bucket }

  /// The names of all columns.
  var columns: [String] {
    ["Bucket", "Key"] + (hasVersions ? ["VersionId", "IsLatest", "IsDeleteMarker"] : []) + fields
  }

  /// The optional fields that can be told, but for those that are always empty here.
  static let fieldsKnown = [
    "Size", "LastModifiedDate", "StorageClass", "ETag", "IsMultipartUploaded", "ReplicationStatus",
    "EncryptionStatus", "IntelligentTieringAccessTier", "BucketKeyStatus", "ChecksumAlgorithm",
  ]
}
