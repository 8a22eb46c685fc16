internal import Signing

/// Credentials of a role for a token of an identity provider, as Kubernetes writes it into a file.
///
/// `AWS_WEB_IDENTITY_TOKEN_FILE`, `AWS_ROLE_ARN` and `AWS_ROLE_SESSION_NAME`, each of which wins
/// over the profile's `web_identity_token_file`, `role_arn` and `role_session_name`, as in botocore.
/// The variables do not count for a profile that the user names for this run, or by `source_profile`. The file
/// is read again at each renewal: the tokens in it expire too.
package struct WebIdentityCredentials: CredentialProvider {
  package let name = "web identity"
  private let profile: SelectedProfile
  private let context: CredentialContext

  package init(_ profile: SelectedProfile, _ context: CredentialContext) {
    self.profile = profile
    self.context = context
  }

  package var absence: String {
    (profile.origin.leavesEnvironment ? "AWS_WEB_IDENTITY_TOKEN_FILE is not set and " : "")
      + "profile \(quoted(profile.name)) has no web_identity_token_file"
  }

  /// The role's credentials; nil without a token file.
  ///
  /// Throws `Kind.credentialsSource` for a file without a role or without a token, and `STSError`
  /// when the role is refused.
  package func credentials() async throws -> Credentials? {
    guard let file = setting("web_identity_token_file", "AWS_WEB_IDENTITY_TOKEN_FILE") else {
      return nil
    }
    guard let arn = setting("role_arn", "AWS_ROLE_ARN") else {
      throw ConfigurationError(
        .credentialsSource, "\(file.place) has a web identity token file, but role_arn is missing",
        hint: profile.origin.leavesEnvironment
          ? "set AWS_ROLE_ARN, or role_arn in the profile" : "set role_arn in that profile")
    }
    let role = AssumedRole(
      arn: arn.value, sessionName: setting("role_session_name", "AWS_ROLE_SESSION_NAME")?.value,
      place: arn.place)
    return try await STSClient(profile, context)
      .assumeRole(role, webIdentityToken: try token(in: file), providerName: name)
  }

  private struct Setting {
    var value: String
    /// `profile 'x'` or `the environment`.
    var place: String
  }

  private func setting(_ property: String, _ variable: String) -> Setting? {
    if profile.origin.leavesEnvironment, let value = context.environment[variable] {
      return Setting(value: value, place: "the environment")
    }
    return profile.section[property].map {
      Setting(value: $0, place: "profile \(quoted(profile.name))")
    }
  }

  private func token(in file: Setting) throws(ConfigurationError) -> Secret {
    let path = context.environment.expandingTilde(file.value)
    guard let bytes = try context.environment.readFile(path) else {
      throw ConfigurationError(
        .credentialsSource,
        "the web identity token file \(quoted(path)) of \(file.place) does not"
          + " exist", hint: "in Kubernetes, check the pod's service account")
    }
    let token = trimmingBlanks(String(decoding: bytes, as: UTF8.self))
    guard !token.isEmpty else {
      throw ConfigurationError(
        .credentialsSource, "the web identity token file \(quoted(path)) of \(file.place) is empty",
        hint: "whatever writes the token has not done so yet")
    }
    return Secret(String(token))
  }
}
