package import S3
package import Vocabulary

/// How versions are brought back into a bucket.
package struct CopyOptions: Sendable {
  package var concurrency = 32
  /// Whether an object that nothing can vouch for fails.
  package var requiresVerified = false
  /// Whether objects are only compared.
  package var isCheck = false
  /// Whether nothing is done but to find out what would be.
  package var isDryRun = false
  package var takesTags = true
  /// The class of all copies; nil for that of each source.
  package var storageClass: String?
  /// Bytes of a part, and from how many on an object is copied in parts; nil for what serves best.
  package var partBytes: Int64?
  /// Whether what is written over or deleted may be gone for good.
  package var allowsPermanent = false
  /// Whether a delete marker is put over each key that is not wanted.
  package var deletesOthers = false
  /// Which keys below the target's prefix are left alone, whether they are wanted or not.
  package var isIgnored: @Sendable (Key) -> Bool = { _ in false }

  package init() {}

  /// CopyObject takes no more (API Reference, "CopyObject").
  package static let wholeBytesMax: Int64 = 5 << 30
  /// Bytes of a part but the last, and of any (User Guide, "Amazon S3 multipart upload limits").
  package static let partBytesMin: Int64 = 5 << 20
  package static let partBytesMax: Int64 = 5 << 30
  package static let partsMax: Int64 = 10_000
  /// Bytes of a key (User Guide, "Naming Amazon S3 objects").
  package static let keyBytesMax = 1_024

  /// From so many bytes on an object is copied in parts.
  var partedBytesMin: Int64 { partBytes ?? Self.wholeBytesMax }
}

/// What is done about a key.
package enum CopyAction: String, Sendable {
  case copy, nothing
  case partedCopy = "multipart copy"
  case marker = "delete marker"
}

/// What happens in a restore into a bucket, as it happens.
package enum CopyEvent: Sendable {
  case settled(ManifestEntry, RestoreOutcome)
  /// What would be done, where nothing is.
  case planned(CopyAction, ObjectAddress, versionID: String?, bytes: Int64?)
  /// A delete marker was put over a key, or could not be.
  case marked(ObjectAddress, RestoreFailure?)
  /// No delete marker was put anywhere.
  case unmarked(MarkersWithheld)
}

/// Why keys that are not wanted were left alone.
package enum MarkersWithheld: Sendable {
  /// Some version was not brought back: what it should have replaced may be all that there is.
  case incomplete
  /// Nothing is wanted, which looks like a mistake.
  case nothingWanted
  /// Whoever was asked said no.
  case notApproved(MarkerCount)
  /// What is there could not be listed.
  case unlisted(S3Error)
}

/// What delete markers are to be put over.
package struct MarkerCount: Equatable, Sendable {
  package var keys: Int64 = 0
  package var bytes: Int64 = 0
  /// All keys below the target's prefix.
  package var current: Int64 = 0

  package init() {}
}
