/// Credentials from `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and `AWS_SESSION_TOKEN`.
package struct EnvironmentCredentials: CredentialProvider {
  package static let providerName = "environment variables"

  package let name = Self.providerName
  private let environment: Environment

  package init(_ environment: Environment) {
    self.environment = environment
  }

  package var absence: String { "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set" }

  package func credentials() throws(ConfigurationError) -> Credentials? {
    try StaticKeys(
      place: "the environment", accessKeyID: "AWS_ACCESS_KEY_ID",
      secretAccessKey: "AWS_SECRET_ACCESS_KEY", sessionToken: "AWS_SESSION_TOKEN",
      accountID: "AWS_ACCOUNT_ID"
    ).credentials(providerName: name) { environment[$0] }
  }
}
