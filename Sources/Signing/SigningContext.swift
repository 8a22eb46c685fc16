/// The keys a request is signed with.
package struct SigningCredentials: Hashable, Sendable {
  package var accessKeyID: String
  package var secretAccessKey: Secret
  package var sessionToken: Secret?

  package init(accessKeyID: String, secretAccessKey: Secret, sessionToken: Secret? = nil) {
    self.accessKeyID = accessKeyID
    self.secretAccessKey = secretAccessKey
    self.sessionToken = sessionToken
  }
}

/// Who signs, for which region and service, when, and by which of the services' habits.
package struct SigningContext: Sendable {
  package var credentials: SigningCredentials
  /// The region as AWS writes it in the credential scope; the caller has validated it.
  package var region: String
  package var service: String
  package var time: SigningTime
  package var options: SigningOptions

  package init(
    credentials: SigningCredentials, region: String, service: String, time: SigningTime,
    options: SigningOptions
  ) {
    self.credentials = credentials
    self.region = region
    self.service = service
    self.time = time
    self.options = options
  }

  /// `20150830/us-east-1/s3/aws4_request`.
  package var scope: String { "\(time.day)/\(region)/\(service)/aws4_request" }
}

/// What differs between services in Signature Version 4.
package struct SigningOptions: Hashable, Sendable {
  /// Removes `.`, `..` and empty segments from the path before signing; S3 keys may hold all three.
  package var normalizesPath: Bool
  /// Encodes the already encoded path once more; every service does but S3.
  package var doubleEncodesPath: Bool
  /// Adds and signs `x-amz-content-sha256`; S3 requires it.
  package var addsPayloadHashHeader: Bool
  /// Signs the session token; a few services want it added after signing.
  package var signsSessionToken: Bool
  /// The header that carries the session token.
  package var sessionTokenHeader: String

  package init(
    normalizesPath: Bool, doubleEncodesPath: Bool, addsPayloadHashHeader: Bool,
    signsSessionToken: Bool = true, sessionTokenHeader: String = "X-Amz-Security-Token"
  ) {
    self.normalizesPath = normalizesPath
    self.doubleEncodesPath = doubleEncodesPath
    self.addsPayloadHashHeader = addsPayloadHashHeader
    self.signsSessionToken = signsSessionToken
    self.sessionTokenHeader = sessionTokenHeader
  }

  /// S3: the path is signed as it is sent.
  package static let s3 = SigningOptions(
    normalizesPath: false, doubleEncodesPath: false, addsPayloadHashHeader: true)

  /// Every other service, such as STS and CloudWatch.
  package static let standard = SigningOptions(
    normalizesPath: true, doubleEncodesPath: true, addsPayloadHashHeader: false)
}

/// The bytes of a body, as far as its signature is concerned.
package enum SigningPayload: Hashable, Sendable {
  case empty
  case bytes([UInt8])
  /// Left to TLS: the hash is the words `UNSIGNED-PAYLOAD`.
  case unsigned

  /// The last line of the canonical request.
  package var hash: String {
    switch self {
    case .empty: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    case .bytes(let bytes): SHA256.hex(bytes)
    case .unsigned: "UNSIGNED-PAYLOAD"
    }
  }
}

/// One header line; the name is compared without case.
package struct SigningHeader: Hashable, Sendable {
  package var name: String
  package var value: String

  package init(_ name: String, _ value: String) {
    self.name = name
    self.value = value
  }
}

/// A request as it goes over the wire, before it is signed.
package struct SigningRequest: Sendable {
  package var method: String
  /// The path of the request line, escaped as it is sent, without the query.
  package var path: String
  /// The query of the request line without `?`, escaped as it is sent; empty for none.
  package var query: String
  /// The headers to sign, `Host` among them and none of those that signing adds.
  package var headers: [SigningHeader]
  package var payload: SigningPayload

  package init(
    method: String, path: String, query: String = "", headers: [SigningHeader],
    payload: SigningPayload = .empty
  ) {
    self.method = method
    self.path = path
    self.query = query
    self.headers = headers
    self.payload = payload
  }
}
