/// A signature and the steps to it, in the words of AWS's specification.
///
/// Redacted as a whole: the steps quote the session token, and a presigned query is as good as a
/// key.
package struct SigV4Signature: Hashable, Sendable, Redacted {
  package var canonicalRequest: String
  package var stringToSign: String
  /// 64 hexadecimal digits.
  package var signature: String
  /// Header lines to send after those of the request; none when presigning.
  package var addedHeaders: [SigningHeader]
  /// The query to send: that of the request, with the signature's parameters when presigning.
  package var query: String
}

/// AWS Signature Version 4, as pure functions of the request, the context and a derived key.
///
/// Source: IAM User Guide, "Create a signed AWS API request".
package enum SigV4 {
  private static let algorithm = "AWS4-HMAC-SHA256"

  /// Signs in headers: `X-Amz-Date` and `Authorization` are added, with the token and payload hash
  /// as needed.
  ///
  /// `key` must be derived from the same context.
  package static func signHeaders(
    of request: SigningRequest, in context: SigningContext, with key: SigningKey
  ) -> SigV4Signature {
    let token = context.credentials.sessionToken.map {
      SigningHeader(context.options.sessionTokenHeader, $0.revealed)
    }
    let payloadHash = request.payload.hash
    let (time, scope) = (context.time.basicFormat, context.scope)
    var signed = request.headers
    var added: [SigningHeader] = []
    if let token {
      added.append(token)
      if context.options.signsSessionToken { signed.append(token) }
    }
    let date = SigningHeader("X-Amz-Date", time)
    added.append(date)
    signed.append(date)
    if context.options.addsPayloadHashHeader {
      let hash = SigningHeader("x-amz-content-sha256", payloadHash)
      added.append(hash)
      signed.append(hash)
    }
    let headers = CanonicalHeaders(signed)
    let canonicalRequest = canonicalRequest(
      request, query: request.query, headers: headers, payloadHash: payloadHash,
      options: context.options)
    let stringToSign = stringToSign(canonicalRequest, time: time, scope: scope)
    let signature = key.signature(of: stringToSign)
    added.append(
      SigningHeader(
        "Authorization",
        """
        \(algorithm) Credential=\(context.credentials.accessKeyID)/\(scope), \
        SignedHeaders=\(headers.names), Signature=\(signature)
        """))
    return SigV4Signature(
      canonicalRequest: canonicalRequest, stringToSign: stringToSign, signature: signature,
      addedHeaders: added, query: request.query)
  }

  /// Signs in the query: a URL that anyone who holds it may use for `expiresInSeconds`.
  ///
  /// S3 allows 1 to 604,800 seconds. `key` must be derived from the same context.
  package static func presign(
    _ request: SigningRequest, in context: SigningContext, with key: SigningKey,
    expiresInSeconds: Int
  ) -> SigV4Signature {
    let headers = CanonicalHeaders(request.headers)
    let credential = "\(context.credentials.accessKeyID)/\(context.scope)"
    var parameters = [
      request.query,
      "X-Amz-Algorithm=\(algorithm)",
      "X-Amz-Credential=\(URIEncoding.encode(credential))",
      "X-Amz-Date=\(context.time.basicFormat)",
      "X-Amz-SignedHeaders=\(URIEncoding.encode(headers.names))",
      "X-Amz-Expires=\(expiresInSeconds)",
    ]
    if request.query.isEmpty { parameters.removeFirst() }
    let token = context.credentials.sessionToken.map {
      "X-Amz-Security-Token=\(URIEncoding.encode($0.revealed))"
    }
    if let token, context.options.signsSessionToken { parameters.append(token) }
    let canonicalRequest = canonicalRequest(
      request, query: parameters.joined(separator: "&"), headers: headers,
      payloadHash: request.payload.hash, options: context.options)
    let stringToSign = stringToSign(
      canonicalRequest, time: context.time.basicFormat, scope: context.scope)
    let signature = key.signature(of: stringToSign)
    if let token, !context.options.signsSessionToken { parameters.append(token) }
    parameters.append("X-Amz-Signature=\(signature)")
    return SigV4Signature(
      canonicalRequest: canonicalRequest, stringToSign: stringToSign, signature: signature,
      addedHeaders: [], query: parameters.joined(separator: "&"))
  }

  private static func canonicalRequest(
    _ request: SigningRequest, query: String, headers: CanonicalHeaders, payloadHash: String,
    options: SigningOptions
  ) -> String {
    var text = request.method
    text.reserveCapacity(1_024)
    for line in [
      canonicalPath(request.path, options: options), canonicalQuery(query), headers.lines,
      headers.names, payloadHash,
    ] {
      text += "\n"
      text += line
    }
    return text
  }

  private static func stringToSign(
    _ canonicalRequest: String, time: String, scope: String
  ) -> String {
    var text = algorithm
    text.reserveCapacity(256)
    for line in [time, scope, SHA256.hex(canonicalRequest.utf8)] {
      text += "\n"
      text += line
    }
    return text
  }

  private static func canonicalPath(_ path: String, options: SigningOptions) -> String {
    let normalized = options.normalizesPath ? normalizedPath(path) : path
    let encoded =
      options.doubleEncodesPath ? URIEncoding.encode(normalized, keepsSlash: true) : normalized
    return encoded.isEmpty ? "/" : encoded
  }

  /// The path without `.`, `..` and empty segments; a final slash stays.
  private static func normalizedPath(_ path: String) -> String {
    var segments: [Substring.UTF8View] = []
    for segment in path.utf8.split(separator: UInt8(ascii: "/")) {
      switch String(Substring(segment)) {
      case ".": continue
      case "..": _ = segments.popLast()
      default: segments.append(segment)
      }
    }
    guard !segments.isEmpty else { return "/" }
    let joined = segments.map { "/" + String(Substring($0)) }.joined()
    return path.utf8.last == UInt8(ascii: "/") ? joined + "/" : joined
  }

  /// Parameters encoded by the one strict rule, whatever the sender escaped, and sorted.
  private static func canonicalQuery(_ query: String) -> String {
    guard !query.isEmpty else { return "" }
    let parameters = query.utf8.split(separator: UInt8(ascii: "&")).map { parameter in
      let equals = parameter.firstIndex(of: UInt8(ascii: "=")) ?? parameter.endIndex
      return (
        name: URIEncoding.encode(URIEncoding.decode(parameter[..<equals])),
        value: URIEncoding.encode(URIEncoding.decode(parameter[equals...].dropFirst()))
      )
    }
    // Encoded text is ASCII, so the order of strings is the order of bytes.
    return parameters.sorted { ($0.name, $0.value) < ($1.name, $1.value) }
      .map { "\($0.name)=\($0.value)" }.joined(separator: "&")
  }
}

/// Headers in the form that is signed: lower-case names in order, values trimmed, duplicates
/// joined.
private struct CanonicalHeaders {
  /// `name:value` lines, each ended by a line feed.
  let lines: String
  /// `name;name`.
  let names: String

  /// Not signed: proxies and HTTP libraries change these on the way.
  private static let unsigned: Set<String> = [
    "authorization", "connection", "expect", "transfer-encoding", "upgrade", "user-agent",
    "x-amzn-trace-id",
  ]

  init(_ headers: [SigningHeader]) {
    // They are few and mostly in order already: each is put behind those that do not come after it.
    var sorted: [(name: String, value: String)] = []
    sorted.reserveCapacity(headers.count)
    for header in headers {
      let name = header.name.lowercased()
      guard !Self.unsigned.contains(name) else { continue }
      var place = sorted.count
      while place > 0, name < sorted[place - 1].name { place -= 1 }
      sorted.insert((name, Self.trimmed(header.value)), at: place)
    }
    var (lines, names) = ("", "")
    lines.reserveCapacity(512)
    var last: String?
    for (name, value) in sorted {
      if name == last {
        lines += ","
      } else {
        if let last {
          lines += "\n"
          names += names.isEmpty ? last : ";" + last
        }
        lines += name
        lines += ":"
        last = name
      }
      lines += value
    }
    if let last {
      lines += "\n"
      names += names.isEmpty ? last : ";" + last
    }
    (self.lines, self.names) = (lines, names)
  }

  /// No white space at the ends, single spaces inside, also across folded lines.
  private static func trimmed(_ value: String) -> String {
    var (isTrimmed, isBehindBlank) = (true, true)
    for byte in value.utf8 {
      let isBlank = byte == 0x20 || (0x09...0x0D).contains(byte)
      if isBlank, isBehindBlank || byte != 0x20 { isTrimmed = false }
      isBehindBlank = isBlank
    }
    // Nearly all values are as they should be.
    if isTrimmed, !isBehindBlank { return value }
    return value.utf8.split { $0 == 0x20 || (0x09...0x0D).contains($0) }
      .map { String(Substring($0)) }.joined(separator: " ")
  }
}
