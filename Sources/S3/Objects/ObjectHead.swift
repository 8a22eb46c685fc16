package import HTTP
package import Vocabulary

/// What the headers of an answer say of an object (API Reference, "GetObject", "HeadObject").
package struct ObjectHead: Sendable {
  package let status: Int
  private let headers: HTTPHeaders

  package init(_ response: HTTPResponse) {
    status = response.status
    headers = response.headers
  }

  /// The value of a header in whatever case it was sent; nil without one.
  package subscript(name: String) -> String? { headers[name] }

  /// Every header, in the order received.
  package var all: [HTTPHeader] { headers.all }

  /// Bytes of the whole object, also where only some of them were asked for; nil where that is not said.
  package var size: Int64? {
    if let range = contentRange { return range.total }
    return status == 206 ? nil : headers["content-length"].flatMap { Int64($0) }
  }

  package var etag: String? { headers["etag"] }
  package var versionID: String? { headers["x-amz-version-id"] }
  package var isDeleteMarker: Bool { headers["x-amz-delete-marker"]?.lowercased() == "true" }
  package var lastModified: Timestamp? {
    headers["last-modified"].flatMap { Timestamp(written: $0) }
  }
  /// `STANDARD` is not sent.
  package var storageClass: String { headers["x-amz-storage-class"] ?? "STANDARD" }
  /// How many parts it was uploaded in; said only where a part was asked for.
  package var partsCount: Int? { headers["x-amz-mp-parts-count"].flatMap { Int($0) } }

  /// Bytes of the part, where one was asked for.
  package var partBytes: Int64? { headers["content-length"].flatMap { Int64($0) } }

  /// Which bytes came, the first and the last, and of how many.
  package var contentRange: (first: Int64, last: Int64, total: Int64?)? {
    // bytes 0-499/1234, or bytes 0-499/*
    guard let text = headers["content-range"], text.lowercased().hasPrefix("bytes ") else {
      return nil
    }
    let parts = text.dropFirst(6).split { $0 == "-" || $0 == "/" }
    guard parts.count == 3, let first = Int64(parts[0]), let last = Int64(parts[1]) else {
      return nil
    }
    return (first, last, Int64(parts[2]))
  }
}
