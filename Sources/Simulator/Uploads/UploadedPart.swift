import Signing

/// A part that a request has uploaded.
struct UploadedPart: Sendable {
  var content: Content
  /// The 16 bytes of its MD5.
  var digest: [UInt8]

  var etag: String { Hexadecimal.text(digest) }
}
