import Signing

/// A part that a request has uploaded.
struct UploadedPart: Sendable {
  var content: Content
  /// The 16 bytes of its MD5.
  var digest: [UInt8]

  var etag: String { Hexadecimal.text(digest) }
}

/// What an object is to be that is uploaded in parts.
struct UploadHead: Sendable {
  var head = ObjectHead()
  var tags: [ObjectHead.Tag] = []
  var encryption = Encryption.s3
  /// Nil for none.
  var checksum: ChecksumKind?
  var isComposite = false
}
