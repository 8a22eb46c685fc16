/// Asks one place after the other for credentials, in the order of the AWS CLI.
package struct CredentialChain: CredentialProvider {
  package let name = "credential chain"
  private let providers: [any CredentialProvider]

  /// A chain of `providers`, asked in that order.
  package init(_ providers: [any CredentialProvider]) {
    self.providers = providers
  }

  /// The places the AWS CLI looks in, in its order (botocore `create_credential_resolver`).
  ///
  /// A profile given by `--profile` takes the environment's keys and token out; one given by
  /// `AWS_PROFILE` does not. Roles, web identity, SSO, processes and containers are recognised, not
  /// yet used.
  package init(environment: Environment, profile: SelectedProfile) {
    var providers: [any CredentialProvider] = []
    let readsEnvironment = profile.origin != .option
    if readsEnvironment { providers.append(EnvironmentCredentials(environment)) }
    providers.append(
      UnsupportedCredentials(
        name: "assume role", keys: ["role_arn", "web_identity_token_file"], in: profile))
    if readsEnvironment {
      providers.append(
        UnsupportedCredentials(
          name: "web identity", variables: ["AWS_WEB_IDENTITY_TOKEN_FILE"], in: environment))
    }
    self.init(
      providers + [
        UnsupportedCredentials(
          name: "SSO", keys: ["sso_session", "sso_start_url"], in: profile),
        SharedFileCredentials(profile),
        UnsupportedCredentials(name: "login", keys: ["login_session"], in: profile),
        UnsupportedCredentials(name: "process", keys: ["credential_process"], in: profile),
        ConfigFileCredentials(profile),
        UnsupportedCredentials(
          name: "credential source", keys: ["credential_source"], in: profile),
        UnsupportedCredentials(
          name: "container",
          variables: [
            "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI",
          ], in: environment),
      ])
  }

  package var absence: String {
    providers.map { "  \($0.name): \($0.absence)" }.joined(separator: "\n")
  }

  /// The first credentials found.
  ///
  /// Throws `Kind.credentialsMissing`, with every place and what was not there, rather than
  /// answer nil; throws what a place throws that is configured and does not work.
  package func credentials() async throws -> Credentials? {
    for provider in providers {
      if let credentials = try await provider.credentials() { return credentials }
    }
    throw ConfigurationError(
      .credentialsMissing, "no AWS credentials found; looked in this order:\n\(absence)",
      help: """
        run 'aws configure', set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, name a profile \
        with --profile, or read a public bucket with --no-sign-request
        """)
  }
}
