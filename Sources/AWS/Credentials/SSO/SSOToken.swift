import Signing
internal import Vocabulary

/// A token of IAM Identity Center, as the AWS CLI keeps it in a file.
///
/// Redacted as a whole.
struct SSOToken: Sendable, Redacted {
  /// Everything that is in the file.
  private var document: JSONValue
  let accessToken: Secret
  let expiresAt: SigningTime

  /// Nil when the token itself or its end is missing.
  init?(_ document: JSONValue) {
    guard let accessToken = document.secret("accessToken"),
      let expiresAt = document.time("expiresAt")
    else { return nil }
    self.document = document
    self.accessToken = accessToken
    self.expiresAt = expiresAt
  }

  /// What CreateToken wants to hear; nil when the token cannot be renewed.
  ///
  /// It cannot without a refresh token and without the client that registered for it, nor when that
  /// registration has ended.
  func renewalRequest(at now: SigningTime) -> JSONValue? {
    guard let refreshToken = document["refreshToken"], refreshToken.string != nil,
      let clientID = document["clientId"], clientID.string != nil,
      let clientSecret = document["clientSecret"], clientSecret.string != nil,
      let registrationEnd = document.time("registrationExpiresAt"), now < registrationEnd
    else { return nil }
    return .object([
      "clientId": clientID, "clientSecret": clientSecret, "grantType": .string("refresh_token"),
      "refreshToken": refreshToken,
    ])
  }

  /// This token with what CreateToken has answered; nil when that is no answer to it.
  func renewed(by answer: JSONValue, _ settings: SSOSettings, at now: SigningTime) -> SSOToken? {
    guard let accessToken = answer["accessToken"], let seconds = answer["expiresIn"]?.integer,
      (1...Int64(Int32.max)).contains(seconds)
    else { return nil }
    var document = document
    document["accessToken"] = accessToken
    document["expiresAt"] = .string(now.advanced(bySeconds: seconds).iso8601)
    document["startUrl"] = .string(settings.startURL)
    document["region"] = .string(settings.region.name)
    // Without a new one the old one goes on to serve.
    if let refreshToken = answer["refreshToken"], refreshToken.string != nil {
      document["refreshToken"] = refreshToken
    }
    return SSOToken(document)
  }

  /// Replaces the file at `path`.
  func write(to path: String) throws {
    try TokenReplacement(of: path).commit(document.encoded())
  }
}
