package import HTTP

// What an object has besides its bytes, as far as its headers show it and another can be given it.

extension ObjectHead {
  private static let contentHeaders: Set<String> = [
    "cache-control", "content-disposition", "content-language", "content-type", "expires",
  ]

  /// The metadata and the headers of its content, by name; names are in lower case.
  ///
  /// These are what CopyObject takes over, and what CreateMultipartUpload has to be told.
  package var metadata: [HTTPHeader] {
    var headers: [HTTPHeader] = []
    for header in all {
      let name = header.name.lowercased()
      if Self.contentHeaders.contains(name) || name.hasPrefix("x-amz-meta-") {
        headers.append(HTTPHeader(name: name, value: header.value))
      } else if name == "content-encoding" {
        // `aws-chunked` is how some client sent the bytes, not what they are.
        let codings = header.value.split(separator: ",").map { trimmingBlanks(String($0)) }
          .filter { $0 != "aws-chunked" }
        guard !codings.isEmpty else { continue }
        headers.append(HTTPHeader(name: name, value: codings.joined(separator: ",")))
      }
    }
    return headers.sorted { ($0.name, $0.value) < ($1.name, $1.value) }
  }

  /// Whether a checksum of all bytes is known, other than an ETag.
  package var hasWholeChecksum: Bool { wholeChecksum != nil }

  /// The function whose value is known of all bytes, of those that combine over parts.
  private var wholeChecksum: String? {
    guard self["x-amz-checksum-type"]?.uppercased() == "FULL_OBJECT" else { return nil }
    return ["CRC64NVME", "CRC32C", "CRC32"].first { function in
      self["x-amz-checksum-\(function.lowercased())"] != nil
    }
  }

  /// What asks for the same checksum of an upload.
  var checksumToKeep: [HTTPHeader] {
    guard let wholeChecksum else { return [] }
    return [
      HTTPHeader(name: "x-amz-checksum-algorithm", value: wholeChecksum),
      HTTPHeader(name: "x-amz-checksum-type", value: "FULL_OBJECT"),
    ]
  }
}
