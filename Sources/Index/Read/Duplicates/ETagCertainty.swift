internal import Vocabulary

/// What equal ETags and sizes prove of two objects.
///
/// An ETag is the MD5 of an object that was uploaded in one request, in plain text or with SSE-S3; that of one uploaded
/// in parts is made of the MD5s of its parts, with their number behind a `-`; with SSE-KMS or SSE-C it is neither, and
/// neither is it in directory buckets (AWS, API reference, "Object", "PutObject"). No listing tells how an object is
/// encrypted: what a bucket does unasked is known, what an upload asked for by itself is not.
package enum ETagCertainty: String, CaseIterable, Sendable {
  /// The same bytes.
  case md5
  /// The same parts.
  case multipart
  /// Nothing.
  case opaque

  /// The number that stands for it in the file of candidates; the smaller, the more is proven.
  var number: Int64 {
    switch self {
    case .md5: 0
    case .multipart: 1
    case .opaque: 2
    }
  }

  init(number: Int64) {
    self = Self.allCases.first { $0.number == number } ?? .opaque
  }

  /// By its form alone: 32 hexadecimal digits, perhaps with `-` and a number of parts.
  init(_ etag: Span<UInt8>) {
    self = .opaque
    guard etag.count >= 32, (0..<32).allSatisfy({ etag[$0].isHexDigit }) else { return }
    guard etag.count > 32 else {
      self = .md5
      return
    }
    let parts = 33..<etag.count
    guard etag[32] == UInt8(ascii: "-"), (1...5).contains(parts.count),
      parts.allSatisfy({ (0x30...0x39).contains(etag[$0]) })
    else { return }
    self = .multipart
  }
}

/// What a bucket's encryption means for the ETags in it.
package enum ETagMeaning: Sendable {
  /// What is uploaded without further words is in plain text or under SSE-S3.
  case digests
  /// It is under a key of KMS.
  case encrypted
  /// Nobody knows: the property was denied, or never read.
  case unknown

  init(_ encryption: BucketProperty?) {
    self =
      switch encryption?.state {
      case .set: encryption?.value == "AES256" ? .digests : .encrypted
      // A server that knows of no default has none.
      case .absent, .unsupported: .digests
      case .denied, .failed, nil: .unknown
      }
  }
}

extension UInt8 {
  fileprivate var isHexDigit: Bool {
    switch self {
    case 0x30...0x39, 0x41...0x46, 0x61...0x66: true
    default: false
    }
  }
}
