/// The bytes that a request brings, checked against the digests that it brings with them.
struct Payload {
  let content: Content
  /// The MD5 of the bytes.
  let md5: [UInt8]
  /// The checksum that came with them; nil without one.
  let checksum: ObjectChecksum?

  init(_ request: S3Request) throws(S3Error) {
    var bytes = request.body
    var fields = request.headers
    if request.header("x-amz-content-sha256")?.hasPrefix("STREAMING") == true {
      guard let chunks = ChunkedBody(bytes) else {
        throw S3Error(.invalidRequest, "The chunks of the body cannot be read")
      }
      bytes = chunks.bytes
      fields += chunks.trailers
    }
    content = Content(bytes)
    md5 = ContentDigest.md5(of: bytes)
    if let told = request.header("content-md5"), told != Base64.text(md5) { throw Self.badDigest }
    var found: ObjectChecksum?
    for kind in ChecksumKind.allCases {
      guard let told = fields.first(where: { $0.name == kind.header })?.value else { continue }
      let checksum = ObjectChecksum(kind, wholeOf: content)
      guard told == checksum.text else { throw Self.badDigest }
      found = checksum
    }
    checksum = found
  }

  private static let badDigest = S3Error(
    .badDigest, "The checksum you specified did not match the calculated checksum.")
}

/// A body in pieces, each with its length and signature before it (API Reference, "Signature
/// calculations: transferring payload in multiple chunks").
struct ChunkedBody {
  private(set) var bytes: [UInt8] = []
  /// Names in lower case.
  private(set) var trailers: [(name: String, value: String)] = []

  /// Nil for what is no such body; signatures are not checked.
  init?(_ raw: [UInt8]) {
    var rest = raw[...]
    func line() -> String? {
      guard let end = rest.firstIndex(of: UInt8(ascii: "\n")) else { return nil }
      let text = String(decoding: rest[..<end], as: UTF8.self)
      rest = rest[(end + 1)...]
      return text.hasSuffix("\r") ? String(text.dropLast()) : text
    }
    while let head = line() {
      guard let size = Int(head.prefix { $0 != ";" }, radix: 16), size <= rest.count else {
        return nil
      }
      guard size > 0 else {
        while let field = line(), !field.isEmpty {
          let parts = field.split(separator: ":", maxSplits: 1)
          guard parts.count == 2 else { return nil }
          trailers.append((parts[0].lowercased(), String(parts[1].drop { $0 == " " })))
        }
        return
      }
      bytes += rest.prefix(size)
      rest = rest.dropFirst(size)
      guard line() == "" else { return nil }
    }
    return nil
  }
}
