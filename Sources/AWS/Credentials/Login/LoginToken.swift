import Signing
internal import Vocabulary

/// What `aws login` leaves in a file: credentials, and what renews them.
///
/// Redacted as a whole.
struct LoginToken: Sendable, Redacted {
  /// Everything that is in the file.
  private var document: JSONValue
  let credentials: Credentials
  let expiresAt: SigningTime
  /// A P-256 key in PEM.
  let proofKey: Secret
  /// Where the user logged in; tokens of the first versions do not say.
  var region: String? { document["signInRegion"]?.string }

  private static let keys = ["accessToken", "refreshToken", "dpopKey", "clientId"]

  /// What is missing in a file, for an error.
  struct Absence: Error {
    let keys: [String]
  }

  /// Throws the names of what is missing or of another type.
  init(_ document: JSONValue) throws(Absence) {
    self.document = document
    var missing = Self.keys.filter { document[$0] == nil }
    let keys = document["accessToken"]
    guard missing.isEmpty, let proofKey = document.secret("dpopKey"),
      let id = keys?["accessKeyId"]?.string, let secret = keys?.secret("secretAccessKey"),
      let sessionToken = keys?.secret("sessionToken"), let expiresAt = keys?.time("expiresAt")
    else {
      if missing.isEmpty { missing = ["accessToken", "dpopKey"] }
      throw Absence(keys: missing)
    }
    self.proofKey = proofKey
    self.expiresAt = expiresAt
    credentials = Credentials(
      accessKeyID: id, secretAccessKey: secret, sessionToken: sessionToken,
      expiration: expiresAt, providerName: LoginCredentials.providerName,
      accountID: keys?["accountId"]?.string)
  }

  /// What CreateOAuth2Token wants to hear.
  var renewalRequest: JSONValue {
    .object([
      "clientId": document["clientId"] ?? .null, "grantType": .string("refresh_token"),
      "refreshToken": document["refreshToken"] ?? .null,
    ])
  }

  /// This token with what CreateOAuth2Token has answered; nil when that is no answer to it.
  func renewed(by answer: JSONValue, at now: SigningTime) -> LoginToken? {
    guard let keys = answer["accessToken"], keys.isObject,
      let refreshToken = answer["refreshToken"],
      refreshToken.string != nil, let seconds = answer["expiresIn"]?.integer,
      (1...Int64(Int32.max)).contains(seconds)
    else { return nil }
    var document = document
    var accessToken = document["accessToken"] ?? .object([:])
    for key in ["accessKeyId", "secretAccessKey", "sessionToken"] { accessToken[key] = keys[key] }
    accessToken["expiresAt"] = .string(now.advanced(bySeconds: seconds).iso8601)
    document["accessToken"] = accessToken
    document["refreshToken"] = refreshToken
    // What the answer lacks shows as an absence.
    return try? LoginToken(document)
  }

  func encoded() -> [UInt8] { document.encoded() }
}
