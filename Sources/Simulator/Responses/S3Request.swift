import HTTPServing

/// A request as it came, before anything is decoded.
struct S3Request: Sendable {
  var method: String
  /// The path and query of the request line, undecoded: signatures are over these bytes.
  var target: [UInt8]
  /// Names in lower case.
  var headers: [(name: String, value: String)]
  /// Cut soon after `bodyBytesMax`.
  var body: [UInt8] = []

  /// The longest body that anything is done with.
  static let bodyBytesMax = 64 << 20

  func header(_ name: String) -> String? {
    headers.first { $0.name == name }?.value
  }

  /// Whether a listing is to say how far thaws are.
  var wantsRestoreStatus: Bool {
    header("x-amz-optional-object-attributes")?.contains("RestoreStatus") ?? false
  }
}

extension S3Request {
  init(_ request: LoopbackRequest) {
    self.init(
      method: request.method, target: request.target, headers: request.headers, body: request.body)
  }
}

/// A request target's query: its parameters, decoded, in the order they came.
struct Query {
  private(set) var parameters: [(name: [UInt8], value: [UInt8])] = []

  init(_ text: some Collection<UInt8>) {
    for parameter in text.split(separator: UInt8(ascii: "&")) {
      let parts = parameter.split(
        separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
      parameters.append((Self.decoded(parts[0]), parts.count > 1 ? Self.decoded(parts[1]) : []))
    }
  }

  /// The first value of a parameter; empty when it has none.
  subscript(name: String) -> [UInt8]? {
    parameters.first { $0.name.elementsEqual(name.utf8) }?.value
  }

  /// In a query S3 reads `+` as a space, so a client that sends a token's own `+` gets an error.
  private static func decoded(_ text: some Collection<UInt8>) -> [UInt8] {
    percentDecoded(text.map { $0 == UInt8(ascii: "+") ? UInt8(ascii: " ") : $0 })
  }

  func contains(anyOf names: Set<String>) -> Bool {
    parameters.contains { names.contains(String(decoding: $0.name, as: UTF8.self)) }
  }
}

/// What a request is about.
struct Target {
  /// Decoded, with its leading slash.
  var path: [UInt8]
  var query: Query

  init(_ text: [UInt8]) {
    let parts = text.split(
      separator: UInt8(ascii: "?"), maxSplits: 1, omittingEmptySubsequences: false)
    path = percentDecoded(parts[0])
    query = Query(parts.count > 1 ? parts[1] : [])
  }

  /// The path's first segment and the rest after its slash.
  var bucketAndKey: (bucket: String, key: [UInt8]) {
    let rest = path.drop { $0 == UInt8(ascii: "/") }
    let bucket = rest.prefix { $0 != UInt8(ascii: "/") }
    return (String(decoding: bucket, as: UTF8.self), Array(rest.dropFirst(bucket.count + 1)))
  }
}

/// Bytes with `%XX` decoded; a `%` that begins no such pair stays.
///
/// `+` is a plus sign, as it is in S3's paths.
func percentDecoded(_ text: some Collection<UInt8>) -> [UInt8] {
  let text = Array(text)
  guard text.contains(UInt8(ascii: "%")) else { return text }
  var bytes: [UInt8] = []
  var position = 0
  while position < text.count {
    if text[position] == UInt8(ascii: "%"), position + 2 < text.count,
      let high = hexadecimalDigit(text[position + 1]),
      let low = hexadecimalDigit(text[position + 2])
    {
      bytes.append(high << 4 | low)
      position += 3
    } else {
      bytes.append(text[position])
      position += 1
    }
  }
  return bytes
}

private func hexadecimalDigit(_ byte: UInt8) -> UInt8? {
  switch byte {
  case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
  case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
  case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
  default: nil
  }
}
