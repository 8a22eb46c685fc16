import HTTP
import Signing
internal import Vocabulary

/// Credentials of a role through IAM Identity Center, once the user ran `aws sso login`.
///
/// Rules of botocore's `SSOProvider` and `SSOTokenProvider`; AWS SDKs and Tools Reference Guide, "IAM
/// Identity Center credential provider". The credentials are not cached in files, the token is: by
/// the AWS CLI, and by this when it renews it.
package struct SSOCredentials: CredentialProvider {
  /// How long before its end a token is renewed.
  private static let renewalWindowSeconds: Int64 = 15 * 60

  package let name = "SSO"
  private let profile: SelectedProfile
  private let context: CredentialContext

  package init(_ profile: SelectedProfile, _ context: CredentialContext) {
    self.profile = profile
    self.context = context
  }

  package var absence: String {
    let namesSession = ["sso_session", "sso_start_url"].contains { profile.section[$0] != nil }
    guard namesSession else {
      return "profile '\(profile.name)' has no sso_session or sso_start_url"
    }
    return
      "profile '\(profile.name)' has no sso_account_id and no sso_role_name; for keys of a role "
      + profile.hint(running: "configure sso")
  }

  /// The credentials of the profile's role; nil for a profile that does not use SSO.
  ///
  /// Throws `ConfigurationError` for what only the user can mend, `HTTPError` for a service that
  /// cannot be reached.
  package func credentials() async throws -> Credentials? {
    guard let settings = try SSOSettings(profile) else { return nil }
    return try await roleCredentials(settings, token: try await currentToken(settings))
  }

  // MARK: The token

  private func currentToken(_ settings: SSOSettings) async throws -> Secret {
    let path = settings.cachePath(context.environment)
    let token = try storedToken(at: path)
    let now = context.now
    let isValid = now < token.expiresAt
    guard settings.sessionName != nil,
      token.expiresAt < now.advanced(bySeconds: Self.renewalWindowSeconds),
      let question = token.renewalRequest(at: now)
    else {
      guard isValid else { throw expired("the token in \(path) has expired") }
      return token.accessToken
    }
    let renewed: SSOToken
    do {
      renewed = try await renew(token, question, settings, at: now, storedAt: path)
    } catch {
      try Task.checkCancellation()
      // Another program, or another profile of the same session, may have been quicker: then its token
      // serves. Else it was early; the old token still serves, and the next time it is tried again. A
      // file that is worse than before changes nothing about the answer.
      let latest = (try? storedToken(at: path)) ?? token
      guard now < latest.expiresAt else { throw error }
      return latest.accessToken
    }
    // A folder that cannot be written is no reason to stop: this run has its token, and the next
    // renews it again.
    try? renewed.write(to: path)
    return renewed.accessToken
  }

  private func storedToken(at path: String) throws(ConfigurationError) -> SSOToken {
    guard let bytes = try context.environment.readFile(path) else {
      throw ConfigurationError(
        .credentialsMissing,
        "there is no SSO token for profile \(quoted(profile.name)): \(path) does not exist",
        hint: loginHint)
    }
    guard let token = JSONValue(parsing: bytes).flatMap(SSOToken.init) else {
      throw ConfigurationError(
        .credentialsMalformed,
        "\(path), the SSO token of profile \(quoted(profile.name)), has no accessToken or no "
          + "expiresAt that can be read", hint: loginHint)
    }
    return token
  }

  private func renew(
    _ token: SSOToken, _ question: JSONValue, _ settings: SSOSettings, at now: SigningTime,
    storedAt path: String
  ) async throws -> SSOToken {
    let endpoint = try context.endpoint(.ssoOIDC, settings.region, profile.section)
    let response = try await context.sendRetrying(
      HTTPRequest(
        method: "POST", url: "\(endpoint)/token",
        headers: [HTTPHeader(name: "Content-Type", value: "application/json")],
        body: question.encoded(), bodyBytesMax: 1 << 20))
    guard response.status < 500 else { throw refused(response, "a new token") }
    guard response.status == 200, let answer = JSONValue(parsing: response.body),
      let renewed = token.renewed(by: answer, settings, at: now)
    else { throw expired("the token in \(path) has expired and cannot be renewed", by: response) }
    return renewed
  }

  // MARK: The keys

  private func roleCredentials(
    _ settings: SSOSettings, token: Secret
  ) async throws -> Credentials {
    let endpoint = try context.endpoint(.sso, settings.region, profile.section)
    let query =
      "role_name=\(URIEncoding.encode(settings.roleName))"
      + "&account_id=\(URIEncoding.encode(settings.accountID))"
    let response = try await context.sendRetrying(
      HTTPRequest(
        url: "\(endpoint)/federation/credentials?\(query)",
        headers: [HTTPHeader(name: "x-amz-sso_bearer_token", value: token.revealed)],
        bodyBytesMax: 1 << 20))
    guard response.status != 401 else {
      throw expired("the SSO session has ended", by: response)
    }
    guard response.status == 200 else {
      throw refused(response, "the credentials of the role")
    }
    let keys = JSONValue(parsing: response.body)?["roleCredentials"]
    guard let keys, let id = keys["accessKeyId"]?.string,
      let secret = keys.secret("secretAccessKey")
    else {
      throw ConfigurationError(
        .credentialsMalformed,
        "SSO answered without credentials for profile \(quoted(profile.name))")
    }
    // Milliseconds since 1970.
    let expiration = keys["expiration"]?.integer.map {
      SigningTime(secondsSinceEpoch: $0 / 1_000)
    }
    return try Credentials(
      accessKeyID: id, secretAccessKey: secret, sessionToken: keys.secret("sessionToken"),
      expiration: expiration, providerName: name, accountID: settings.accountID
    ).checked(from: "SSO")
  }

  // MARK: Errors

  private var loginHint: String { profile.hint(running: "sso login") }

  private func expired(_ problem: String, by response: HTTPResponse? = nil) -> ConfigurationError {
    let details = response.map { " (\($0.refusal))" } ?? ""
    return ConfigurationError(
      .credentialsExpired, "profile \(quoted(profile.name)): \(problem)\(details)",
      hint: loginHint)
  }

  private func refused(_ response: HTTPResponse, _ wish: String) -> ConfigurationError {
    ConfigurationError(
      .credentialsSource,
      "SSO refused \(wish) of profile \(quoted(profile.name)) (\(response.refusal))",
      hint: response.status < 500
        ? "check sso_account_id and sso_role_name in \(profile.files.config.path)" : nil)
  }
}
