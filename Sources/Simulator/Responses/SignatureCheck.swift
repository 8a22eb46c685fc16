import Signing
import Vocabulary

/// Verifies AWS Signature Version 4 in the Authorization header, as the server's side of it.
///
/// Written from the specification (IAM User Guide, "Create a signed AWS API request"), apart from
/// the signer, so that the two check each other. Only the hashes are shared.
struct SignatureCheck: Sendable {
  private let credentials: SimulatorCredentials
  /// S3 refuses requests whose time is further away.
  private static let skewMillisecondsMax: Int64 = 15 * 60 * 1_000

  init(_ credentials: SimulatorCredentials) {
    self.credentials = credentials
  }

  func verify(_ request: S3Request, target: Target, now: Timestamp) throws(S3Error) {
    guard let header = request.header("authorization") else { throw .accessDenied }
    guard let authorization = Authorization(header) else {
      throw S3Error(
        .authorizationHeaderMalformed, "The authorization header that you provided is not valid.")
    }
    guard authorization.accessKey == credentials.accessKey else {
      throw S3Error(
        .invalidAccessKeyId, "The AWS Access Key Id you provided does not exist in our records.")
    }
    guard let stamp = request.header("x-amz-date"), let time = Timestamp(amzDate: stamp),
      stamp.hasPrefix(authorization.day), let payload = request.header("x-amz-content-sha256"),
      authorization.signedHeaders.contains("host")
    else { throw .accessDenied }
    let skew = abs(now.millisecondsSinceEpoch - time.millisecondsSinceEpoch)
    guard skew <= Self.skewMillisecondsMax else {
      throw S3Error(
        .requestTimeTooSkewed,
        "The difference between the request time and the current time is too large.")
    }
    let canonical = canonicalRequest(request, target, authorization, payload: payload)
    let text = """
      AWS4-HMAC-SHA256
      \(stamp)
      \(authorization.scope)
      \(SHA256.hex(canonical))
      """
    let expected = Hexadecimal.text(
      HMAC.sha256(key: key(for: authorization), message: Array(text.utf8)))
    guard ConstantTime.areEqual(Array(expected.utf8), Array(authorization.signature.utf8)) else {
      throw S3Error(
        .signatureDoesNotMatch,
        "The request signature we calculated does not match the signature you provided. "
          + "Check your key and signing method.")
    }
  }

  private func key(for authorization: Authorization) -> [UInt8] {
    [authorization.day, authorization.region, authorization.service, "aws4_request"].reduce(
      Array("AWS4\(credentials.secretKey)".utf8)
    ) { HMAC.sha256(key: $0, message: Array($1.utf8)) }
  }

  private func canonicalRequest(
    _ request: S3Request, _ target: Target, _ authorization: Authorization, payload: String
  ) -> [UInt8] {
    let query = target.query.parameters.map { name, value in
      (Escaping.uriEncoded(name, keepsSlash: false), Escaping.uriEncoded(value, keepsSlash: false))
    }.sorted { left, right in
      left.0 == right.0
        ? left.1.lexicographicallyPrecedes(right.1) : left.0.lexicographicallyPrecedes(right.0)
    }.map { name, value in name + [UInt8(ascii: "=")] + value }
    let headers = authorization.signedHeaders.map { name in
      let values = request.headers.filter { $0.name == name }.map { Self.trimmed($0.value) }
      return "\(name):\(values.joined(separator: ","))\n"
    }
    var lines = [Array(request.method.utf8), Escaping.uriEncoded(target.path, keepsSlash: true)]
    lines.append(Array(query.joined(separator: [UInt8(ascii: "&")])))
    lines.append(Array(headers.joined().utf8))
    lines.append(Array(authorization.signedHeaders.joined(separator: ";").utf8))
    lines.append(Array(payload.utf8))
    return Array(lines.joined(separator: [UInt8(ascii: "\n")]))
  }

  /// No spaces at the ends, single ones inside.
  private static func trimmed(_ value: String) -> String {
    value.split(separator: " ").joined(separator: " ")
  }
}

/// The parts of `AWS4-HMAC-SHA256 Credential=…, SignedHeaders=…, Signature=…`.
struct Authorization: Equatable {
  var accessKey: String
  /// `YYYYMMDD`.
  var day: String
  var region: String
  var service: String
  var signedHeaders: [String]
  var signature: String

  var scope: String { "\(day)/\(region)/\(service)/aws4_request" }

  /// Nil when the header is of another kind or lacks a part.
  init?(_ header: String) {
    let algorithm = "AWS4-HMAC-SHA256 "
    guard header.hasPrefix(algorithm) else { return nil }
    var fields: [Substring: Substring] = [:]
    for part in header.dropFirst(algorithm.count).split(separator: ",") {
      let pair = part.drop { $0 == " " }.split(separator: "=", maxSplits: 1)
      guard pair.count == 2 else { return nil }
      fields[pair[0]] = pair[1]
    }
    // An access key may hold slashes; the scope's four parts are the last.
    guard let parts = fields["Credential"]?.split(separator: "/"), parts.count >= 5,
      parts.last == "aws4_request", let headers = fields["SignedHeaders"],
      let signature = fields["Signature"]
    else { return nil }
    let scope = parts.suffix(4).map(String.init)
    accessKey = parts.dropLast(4).joined(separator: "/")
    (day, region, service) = (scope[0], scope[1], scope[2])
    signedHeaders = headers.split(separator: ";").map(String.init)
    self.signature = String(signature)
  }
}

extension Timestamp {
  /// Reads `20261120T010203Z`.
  init?(amzDate text: String) {
    let bytes = Array(text.utf8)
    guard bytes.count == 16 else { return nil }
    let separators: [Int: String] = [4: "-", 6: "-", 11: ":", 13: ":"]
    var iso8601: [UInt8] = []
    for (position, byte) in bytes.enumerated() {
      if let separator = separators[position] { iso8601 += separator.utf8 }
      iso8601.append(byte)
    }
    self.init(iso8601: iso8601)
  }
}
