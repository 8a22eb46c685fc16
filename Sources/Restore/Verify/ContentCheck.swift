internal import Signing

/// A function whose value S3 keeps of an object's bytes.
package enum ChecksumFunction: String, CaseIterable, Sendable {
  // In the order in which they are preferred: those that combine come first, then what is quick.
  case crc64nvme, crc32c, crc32, sha256, sha1, sha512, md5

  var code: CyclicCode? {
    switch self {
    case .crc32: .crc32
    case .crc32c: .crc32c
    case .crc64nvme: .crc64nvme
    case .sha1, .sha256, .sha512, .md5: nil
    }
  }

  /// Bytes of a value.
  var length: Int {
    switch self {
    case .crc32, .crc32c: 4
    case .crc64nvme: 8
    case .md5: 16
    case .sha1: 20
    case .sha256: 32
    case .sha512: 64
    }
  }

  /// The header of a response that has the value, in base64 (S3 API, GetObject).
  var header: String {
    switch self {
    case .crc64nvme: "x-amz-checksum-crc64nvme"
    case .crc32c: "x-amz-checksum-crc32c"
    case .crc32: "x-amz-checksum-crc32"
    case .sha256: "x-amz-checksum-sha256"
    case .sha1: "x-amz-checksum-sha1"
    case .sha512: "x-amz-checksum-sha512"
    case .md5: "x-amz-checksum-md5"
    }
  }
}

/// What tells whether the bytes that came are an object's, best first.
package enum ContentCheck: Equatable, Sendable {
  /// A checksum of all bytes.
  case whole(ChecksumFunction, [UInt8])
  /// The function of the parts' values, one behind the other.
  case parts(ChecksumFunction, [UInt8], count: Int)
  /// The MD5 that a program wrote beside the object.
  case stated([UInt8])

  var function: ChecksumFunction {
    switch self {
    case .whole(let function, _), .parts(let function, _, _): function
    case .stated: .md5
    }
  }

  var value: [UInt8] {
    switch self {
    case .whole(_, let value), .parts(_, let value, _), .stated(let value): value
    }
  }

  /// For the closing table and for messages.
  package var name: String {
    switch self {
    case .whole(.md5, _): "ETag"
    case .parts(.md5, _, _): "ETag of parts"
    case .whole(let function, _): function.rawValue.uppercased()
    case .parts(let function, _, _): "\(function.rawValue.uppercased()) of parts"
    case .stated: "stated MD5"
    }
  }

  /// How many parts the bytes have to be cut into; nil for none.
  package var partCount: Int? {
    if case .parts(_, _, let count) = self { count } else { nil }
  }
}

/// What an answer to GET says about the bytes that it carries.
package struct ContentFacts {
  /// A response's headers; names in any case.
  private let header: (String) -> String?

  package init(header: @escaping (String) -> String?) {
    self.header = header
  }

  /// All that could be checked, best first; none for an object whose ETag is no digest (SSE-KMS, SSE-C,
  /// directory buckets) and that has nothing else.
  ///
  /// A checksum without a type is one of the whole: servers that are not AWS leave it out. Functions that
  /// are not known here (XXHASH) are passed over.
  package var checks: [ContentCheck] {
    ChecksumFunction.allCases.compactMap { checksum($0) } + [etag, stated].compactMap { $0 }
  }

  /// The best of those that are of the whole object, nil without one; the headers behind it are not read.
  package var checkOfWhole: ContentCheck? {
    for function in ChecksumFunction.allCases {
      if let check = checksum(function), check.partCount == nil { return check }
    }
    return [etag, stated].lazy.compactMap { $0 }.first { $0.partCount == nil }
  }

  private func checksum(_ function: ChecksumFunction) -> ContentCheck? {
    guard let text = header(function.header) else { return nil }
    let halves = text.split(separator: "-", maxSplits: 1)
    guard let first = halves.first, let value = Base64.bytes(first),
      value.count == function.length
    else { return nil }
    if halves.count == 2 {
      return Int(halves[1]).map { .parts(function, value, count: $0) }
    }
    // A composite value without its count cannot be checked.
    return header("x-amz-checksum-type")?.uppercased() == "COMPOSITE"
      ? nil : .whole(function, value)
  }

  /// Whether ETags are something else than digests.
  package var hasOpaqueETag: Bool {
    header("x-amz-server-side-encryption")?.lowercased().hasPrefix("aws:kms") == true
      || header("x-amz-server-side-encryption-customer-algorithm") != nil
  }

  private var etag: ContentCheck? {
    guard let text = header("etag")?.trimmingQuotes else { return nil }
    let halves = text.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
    guard let first = halves.first, let value = Hexadecimal.bytes(first), value.count == 16 else {
      return nil
    }
    if halves.count == 2 {
      guard let count = Int(halves[1]), count > 0 else { return nil }
      return .parts(.md5, value, count: count)
    }
    return hasOpaqueETag ? nil : .whole(.md5, value)
  }

  /// rclone's `md5chksum` (base64) and the `md5:` of s3cmd's attributes (hexadecimal).
  private var stated: ContentCheck? {
    if let text = header("x-amz-meta-md5chksum"), let value = Base64.bytes(text), value.count == 16
    {
      return .stated(value)
    }
    let attributes = header("x-amz-meta-s3cmd-attrs")?.split(separator: "/") ?? []
    for attribute in attributes where attribute.hasPrefix("md5:") {
      if let value = Hexadecimal.bytes(attribute.dropFirst(4)), value.count == 16 {
        return .stated(value)
      }
    }
    return nil
  }
}

extension String {
  fileprivate var trimmingQuotes: Substring {
    var rest = self[...]
    if rest.hasPrefix("W/") { rest = rest.dropFirst(2) }
    if rest.count >= 2, rest.hasPrefix("\""), rest.hasSuffix("\"") {
      rest = rest.dropFirst().dropLast()
    }
    return rest
  }
}
