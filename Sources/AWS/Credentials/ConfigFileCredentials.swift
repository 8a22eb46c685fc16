/// Credentials written down in the config file, `~/.aws/config`.
package struct ConfigFileCredentials: CredentialProvider {
  package let name = "config file"
  private let profile: SelectedProfile

  package init(_ profile: SelectedProfile) {
    self.profile = profile
  }

  package var absence: String { profile.absenceOfKeys(in: profile.files.config) }

  package func credentials() throws(ConfigurationError) -> Credentials? {
    try profile.staticCredentials(in: profile.files.config, providerName: name)
  }
}
