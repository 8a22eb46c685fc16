/// Credentials of the role that a profile names with `role_arn`, and of the roles on the way to it.
///
/// They are assumed with the credentials of `source_profile` or `credential_source`. At each
/// renewal everything is asked for anew, from the source on.
package struct AssumeRoleCredentials: CredentialProvider {
  static let providerName = "assume role"

  package let name = AssumeRoleCredentials.providerName
  private let profile: SelectedProfile
  private let context: CredentialContext

  package init(_ profile: SelectedProfile, _ context: CredentialContext) {
    self.profile = profile
    self.context = context
  }

  package var absence: String { "profile \(quoted(profile.name)) has no role_arn" }

  /// The role's credentials; nil when the profile names none, or one for a web identity.
  ///
  /// Throws what is wrong with the profiles as `RoleChain` does, `STSError` when a role is refused,
  /// and what the source of the first credentials throws.
  package func credentials() async throws -> Credentials? {
    guard let chain = try RoleChain(profile) else { return nil }
    let client = STSClient(profile, context)
    var credentials = try await baseCredentials(chain.base)
    for role in chain.roles {
      credentials = try await client.assumeRole(role, with: credentials, providerName: name)
    }
    return credentials
  }

  private func baseCredentials(_ base: RoleChain.Base) async throws -> Credentials {
    switch base {
    case .profile(let name):
      // Endpoints and region are those of the profile in use, also for a token's role on the way.
      let source = SelectedProfile(
        name: name, origin: .source(of: profile.name),
        section: profile.files.profile(name) ?? ProfileSection(name: name), files: profile.files)
      let chain = CredentialChain(
        CredentialChain.profileProviders(source, try context.keeping(profile)))
      if let credentials = try await chain.firstCredentials() { return credentials }
      throw ConfigurationError(
        .credentialsMissing,
        "no credentials in profile \(quoted(name)), the source_profile of a role; looked in this"
          + " order:\n\(chain.absence)",
        hint: "put keys into it: aws configure --profile \(quoted(name))")
    case .source(let source):
      let provider = provider(for: source)
      if let credentials = try await provider.credentials() { return credentials }
      throw ConfigurationError(
        .credentialsMissing,
        "no credentials in \(source.rawValue), the credential_source of a role of profile"
          + " \(quoted(profile.name)): \(provider.absence)",
        hint: "assume the role with another profile (source_profile), or run where"
          + " \(source.rawValue) has credentials")
    }
  }

  private func provider(for source: RoleChain.Source) -> any CredentialProvider {
    switch source {
    case .environment: EnvironmentCredentials(context.environment)
    case .instance: InstanceCredentials(profile, context)
    case .container: ContainerCredentials(profile, context)
    }
  }
}

extension CredentialContext {
  /// This context with the region and the endpoints of `profile`, whichever profile asks for them.
  fileprivate func keeping(
    _ profile: SelectedProfile
  ) throws(ConfigurationError) -> CredentialContext {
    var context = self
    context.region = try RegionResolver.resolve(
      option: region?.name, environment: environment, profile: profile.section)
    let endpoint = endpoint
    context.endpoint = { service, region, _ throws(ConfigurationError) in
      try endpoint(service, region, profile.section)
    }
    return context
  }
}
