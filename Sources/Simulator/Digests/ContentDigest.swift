import Signing
import Synchronization

/// Digests of contents, as ETags have them.
enum ContentDigest {
  static func md5(of content: Content, in range: Range<Int64>? = nil) -> [UInt8] {
    var digest = RunningDigest(.md5)
    content.forEachChunk(in: range ?? 0..<content.count) { digest.update($0) }
    return digest.finish()
  }

  /// The MD5 of the bytes, or that of the MD5s of all parts when it was uploaded in such.
  static func etag(of content: Content, partBytes: Int64?) -> [UInt8] {
    guard let partBytes else { return md5(of: content) }
    var digests: [UInt8] = []
    for begin in stride(from: 0, to: content.count, by: Int64.Stride(partBytes)) {
      digests += md5(of: content, in: begin..<min(content.count, begin + partBytes))
    }
    return md5(of: digests)
  }

  static func md5(of bytes: [UInt8]) -> [UInt8] {
    var digest = RunningDigest(.md5)
    digest.update(bytes)
    return digest.finish()
  }
}

extension ContentDigest {
  /// In place of the digest of an object that is encrypted by others' keys: 16 bytes that say
  /// nothing of the content, and never twice the same.
  static func opaque(_ digest: [UInt8], _ salt: String) -> [UInt8] {
    md5(of: digest + Array("encrypted \(salt)".utf8))
  }
}

/// The digests that were computed already: a listing reads each object once.
final class DigestCache: Sendable {
  private struct Identity: Hashable {
    var high: UInt64
    var low: UInt64
  }

  private let etags = Mutex<[Identity: [UInt8]]>([:])

  /// The digest for a version's ETag.
  ///
  /// Two threads may compute the same one; neither waits.
  func etag(of attributes: ObjectModel.Attributes, compute: () -> [UInt8]) -> [UInt8] {
    let identity = Identity(high: attributes.etagHigh, low: attributes.etagLow)
    if let known = etags.withLock({ $0[identity] }) { return known }
    let digest = compute()
    etags.withLock { $0[identity] = digest }
    return digest
  }

  private let checksums = Mutex<[[UInt8]: ObjectChecksum]>([:])

  /// The same for the checksum of a version with that ETag.
  func checksum(ofETag etag: [UInt8], compute: () -> ObjectChecksum) -> ObjectChecksum {
    if let known = checksums.withLock({ $0[etag] }) { return known }
    let checksum = compute()
    checksums.withLock { $0[etag] = checksum }
    return checksum
  }
}
