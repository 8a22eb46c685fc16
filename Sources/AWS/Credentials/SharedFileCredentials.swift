/// Credentials written down in the shared credentials file, `~/.aws/credentials`.
package struct SharedFileCredentials: CredentialProvider {
  package let name = "shared credentials file"
  private let profile: SelectedProfile

  package init(_ profile: SelectedProfile) {
    self.profile = profile
  }

  package var absence: String { profile.absenceOfKeys(in: profile.files.credentials) }

  package func credentials() throws(ConfigurationError) -> Credentials? {
    try profile.staticCredentials(in: profile.files.credentials, providerName: name)
  }
}

extension SelectedProfile {
  /// The keys of this profile in one of the two files.
  func staticCredentials(
    in file: ProfileFile, providerName: String
  ) throws(ConfigurationError) -> Credentials? {
    guard let section = file.profile(name) else { return nil }
    return try StaticKeys.profile(name, in: file.path)
      .credentials(providerName: providerName) { section[$0] }
  }

  /// Why `file` gave no keys.
  func absenceOfKeys(in file: ProfileFile) -> String {
    if let absence = file.absence { return "\(file.path) \(absence)" }
    if file.profile(name) == nil { return "\(file.path) has no profile '\(name)'" }
    return "profile '\(name)' of \(file.path) has no aws_access_key_id"
  }
}
