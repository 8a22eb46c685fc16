internal import Signing

/// Credentials from `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and `AWS_SESSION_TOKEN`, whose older
/// name `AWS_SECURITY_TOKEN` the CLI still reads.
///
/// `AWS_CREDENTIAL_EXPIRATION`, which `aws configure export-credentials` sets, tells when they end:
/// then they are refused with a better reason than a service would give.
package struct EnvironmentCredentials: CredentialProvider {
  package static let providerName = "environment variables"

  package let name = Self.providerName
  private let environment: Environment

  package init(_ environment: Environment) {
    self.environment = environment
  }

  package var absence: String {
    environment["AWS_SECRET_ACCESS_KEY"] == nil
      ? "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set"
      : "AWS_SECRET_ACCESS_KEY is set, but AWS_ACCESS_KEY_ID is not"
  }

  package func credentials() throws(ConfigurationError) -> Credentials? {
    let keys = try StaticKeys(
      place: "the environment", accessKeyID: "AWS_ACCESS_KEY_ID",
      secretAccessKey: "AWS_SECRET_ACCESS_KEY",
      sessionToken: ["AWS_SECURITY_TOKEN", "AWS_SESSION_TOKEN"],
      accountID: "AWS_ACCOUNT_ID"
    ).credentials(providerName: name) { environment[$0] }
    // Without keys it is left over from others.
    guard var keys, let text = environment["AWS_CREDENTIAL_EXPIRATION"] else { return keys }
    guard let expiration = SigningTime(written: text) else {
      throw ConfigurationError(
        .credentialsMalformed, "AWS_CREDENTIAL_EXPIRATION is not a time",
        hint: "a time is written like 2030-01-31T12:00:00Z; unset it for keys that do not expire")
    }
    keys.expiration = expiration
    return keys
  }
}
