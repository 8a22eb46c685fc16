/// What a request says of an object beside its bytes, and what is told again with them.
struct ObjectHead: Sendable {
  struct Tag: Equatable, Sendable {
    var key: [UInt8]
    var value: [UInt8]
  }

  /// Content-Type and its kind, and x-amz-meta-….
  var fields: [(name: String, value: String)] = []

  init() {}

  init(_ request: S3Request) {
    for (name, value) in request.headers {
      if name.hasPrefix("x-amz-meta-") || name == "x-amz-website-redirect-location" {
        fields.append((name, value))
      } else if let canonical = Self.kept[name] {
        // aws-chunked is about the request alone.
        let codings = value.split(separator: ",").map { $0.filter { $0 != " " } }
        let kept = name == "content-encoding" ? codings.filter { $0 != "aws-chunked" } : [value]
        if !kept.isEmpty { fields.append((canonical, kept.joined(separator: ","))) }
      }
    }
  }

  private static let kept = [
    "content-type": "Content-Type", "cache-control": "Cache-Control",
    "content-disposition": "Content-Disposition", "content-encoding": "Content-Encoding",
    "content-language": "Content-Language", "expires": "Expires",
  ]

  /// The tags of x-amz-tagging, written as a query; nil without the header.
  static func tags(_ request: S3Request) -> [Tag]? {
    request.header("x-amz-tagging").map { text in
      Query(text.utf8).parameters.map { Tag(key: $0.name, value: $0.value) }
    }
  }
}
