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
  /// A profile that the user names for this run takes the environment's keys and token out; a profile
  /// named by `AWS_PROFILE` does not.
  package init(_ profile: SelectedProfile, _ context: CredentialContext) {
    let environment: [any CredentialProvider] =
      profile.origin.leavesEnvironment ? [EnvironmentCredentials(context.environment)] : []
    self.init(
      environment + [AssumeRoleCredentials(profile, context)]
        + Self.profileProviders(profile, context) + [
          ContainerCredentials(profile, context), InstanceCredentials(profile, context),
        ])
  }

  /// What a profile may hold but a role to be assumed: also the places for the credentials of a
  /// `source_profile` (botocore `ProfileProviderBuilder`).
  static func profileProviders(
    _ profile: SelectedProfile, _ context: CredentialContext
  ) -> [any CredentialProvider] {
    [
      WebIdentityCredentials(profile, context),
      SSOCredentials(profile, context),
      SharedFileCredentials(profile),
      LoginCredentials(profile, context),
      ProcessCredentials(profile, context),
      ConfigFileCredentials(profile),
    ]
  }

  package var absence: String {
    providers.map { "  \($0.name): \($0.absence)" }.joined(separator: "\n")
  }

  /// The first credentials found.
  ///
  /// Throws `Kind.credentialsMissing`, with every place and what was not there, rather than
  /// answer nil; throws what a place throws that is configured and does not work.
  package func credentials() async throws -> Credentials? {
    if let credentials = try await firstCredentials() { return credentials }
    throw ConfigurationError(
      .credentialsMissing, "no AWS credentials found; looked in this order:\n\(absence)")
  }

  /// The first credentials found; nil when no place is configured.
  func firstCredentials() async throws -> Credentials? {
    for provider in providers {
      if let credentials = try await provider.credentials() { return credentials }
    }
    return nil
  }
}
