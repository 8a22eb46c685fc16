/// What the objects of all buckets are like inside: options of the simulator.
package struct ObjectsSpecification: Equatable, Sendable {
  /// Whether ETags are those of the bytes, which are read for it when they are first listed.
  package var hasContents = false
  /// Bytes of an object; nil for any number up to 4 GiB.
  package var sizes: ClosedRange<Int>?
  /// Objects of as many bytes were uploaded in parts.
  package var multipartFrom = 1 << 27
  /// Bytes of each part but the last.
  package var partBytes = 1 << 23
  /// What `body-slow` sends of a body in a second.
  package var slowBytesPerSecond = 1_000
  package var checksums = ChecksumChoice.none
  package var encryption = EncryptionChoice.aes256
  /// The largest object that CopyObject, and the largest range that UploadPartCopy takes.
  package var copyBytesMax = 5 << 30
  package var thaw = ThawSpecification()

  package init() {}
}

/// How objects of archive classes become readable: options of the simulator.
package struct ThawSpecification: Equatable, Sendable {
  /// How long it takes; 0 for at once.
  package var seconds = 0
  /// How often an object is still found on its way, by HEAD or in a listing that tells of it.
  package var looks = 0
  /// Objects of INTELLIGENT_TIERING in one of its two archive tiers: 0 to 100.
  package var archivedTieringPercent = 0.0
  /// Whether there is capacity for expedited ones.
  package var hasExpedited = true

  package init() {}
}
