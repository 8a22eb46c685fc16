import HTTP
import Signing
internal import Vocabulary

/// Credentials of a user of the console, once they ran `aws login`.
///
/// Rules of botocore's `LoginProvider` and `LoginCredentialFetcher`: the credentials are in a file;
/// they last a quarter of an hour and are renewed by a token that is good for one renewal, so the
/// file is written each time.
package struct LoginCredentials: CredentialProvider {
  static let providerName = "login"
  /// How long before their end credentials are renewed, as botocore does.
  private static let renewalWindowSeconds: Int64 = 5 * 60

  package let name = LoginCredentials.providerName
  private let profile: SelectedProfile
  private let context: CredentialContext

  package init(_ profile: SelectedProfile, _ context: CredentialContext) {
    self.profile = profile
    self.context = context
  }

  package var absence: String { "profile '\(profile.name)' has no login_session" }

  /// The credentials of the profile's session; nil for a profile without one.
  ///
  /// Throws `ConfigurationError` for what only the user can mend, `HTTPError` for a service that
  /// cannot be reached.
  package func credentials() async throws -> Credentials? {
    guard let session = profile.section["login_session"] else { return nil }
    let path = cachePath(session)
    let token = try storedToken(at: path)
    guard needsRenewal(token) else { return try token.credentials.checked(from: path) }
    return try await renew(token, storedAt: path).credentials.checked(from: path)
  }

  private func cachePath(_ session: String) -> String {
    let folder = context.environment["AWS_LOGIN_CACHE_DIRECTORY"] ?? "~/.aws/login/cache"
    return context.environment.expandingTilde("\(folder)/\(SHA256.hex(session.utf8)).json")
  }

  private func needsRenewal(_ token: LoginToken) -> Bool {
    token.expiresAt <= context.now.advanced(bySeconds: Self.renewalWindowSeconds)
  }

  private func storedToken(at path: String) throws(ConfigurationError) -> LoginToken {
    guard let bytes = try context.environment.readFile(path) else {
      throw ConfigurationError(
        .credentialsMissing,
        "there is no login session for profile \(quoted(profile.name)): \(path) does not exist",
        hint: loginHint)
    }
    guard let document = JSONValue(parsing: bytes), document.isObject else {
      throw malformed("\(path) is not JSON")
    }
    do {
      return try LoginToken(document)
    } catch {
      throw malformed("\(path) has no valid \(error.keys.joined(separator: " and "))")
    }
  }

  // MARK: Renewal

  private func renew(_ token: LoginToken, storedAt path: String) async throws -> LoginToken {
    // Before the request, which uses the token up.
    let file = try TokenReplacement(of: path)
    let response = try await context.sendRetrying(try renewalRequest(token, storedAt: path))
    guard response.status == 200 else {
      // Another program may have been quicker: then its file serves, and the old token did not.
      // A file that is worse than before changes nothing about the answer.
      if let other = try? storedToken(at: path), !needsRenewal(other) { return other }
      throw refused(response)
    }
    let now = context.now
    guard let answer = JSONValue(parsing: response.body),
      let renewed = token.renewed(by: answer, at: now)
    else { throw malformed("the sign-in service answered without credentials") }
    try file.commit(renewed.encoded())
    return renewed
  }

  private func renewalRequest(
    _ token: LoginToken, storedAt path: String
  ) throws -> HTTPRequest {
    let url = "\(try endpoint(for: token))/v1/token"
    guard let key = ES256PrivateKey(pem: token.proofKey.revealed) else {
      throw malformed("the dpopKey of \(path) cannot be read")
    }
    guard let proof = LoginProof.header(key: key, url: url, at: context.now) else {
      throw malformed("the dpopKey of \(path) cannot sign")
    }
    return HTTPRequest(
      method: "POST", url: url,
      headers: [
        HTTPHeader(name: "Content-Type", value: "application/json"),
        HTTPHeader(name: "DPoP", value: proof),
      ], body: token.renewalRequest.encoded(), bodyBytesMax: 1 << 20)
  }

  private func endpoint(for token: LoginToken) throws(ConfigurationError) -> Endpoint {
    let region: Region?
    if let name = token.region {
      region = Region(name)
    } else {
      region = try RegionResolver.resolve(
        option: context.region?.name, environment: context.environment, profile: profile.section)
    }
    guard let region else {
      throw ConfigurationError(
        .region, "the region of the login session of profile \(quoted(profile.name)) is not known",
        hint: "set AWS_REGION, or a region in the profile")
    }
    return try context.endpoint(.signin, region, profile.section)
  }

  // MARK: Errors

  private var loginHint: String { profile.hint(running: "login") }

  private func malformed(_ problem: String) -> ConfigurationError {
    ConfigurationError(
      .credentialsMalformed, "login session of profile \(quoted(profile.name)): \(problem)",
      hint: loginHint)
  }

  private func refused(_ response: HTTPResponse) -> ConfigurationError {
    let session = "the login session of profile \(quoted(profile.name))"
    switch response.errorCode {
    case "TOKEN_EXPIRED":
      return ConfigurationError(
        .credentialsExpired, "\(session) has expired", hint: loginHint)
    case "USER_CREDENTIALS_CHANGED":
      return ConfigurationError(
        .credentialsExpired, "\(session) has ended, because the user's password has changed",
        hint: loginHint)
    case "INSUFFICIENT_PERMISSIONS":
      return ConfigurationError(
        .credentialsSource, "\(session) cannot be renewed: the user lacks a permission",
        hint: "ask for the permission signin:CreateOAuth2Token, then "
          + profile.hint(running: "login"))
    default:
      return ConfigurationError(
        .credentialsSource, "\(session) cannot be renewed (\(response.refusal))",
        hint: loginHint)
    }
  }
}
