/// A place that the user configured and this version cannot read yet: an error, never a silence.
///
/// It stands in the chain where the real provider will, so that a role is never passed over for
/// keys that the AWS CLI would have used to assume it.
package struct UnsupportedCredentials: CredentialProvider {
  package let name: String
  /// What is configured, as `profile 'x' uses role_arn`; nil when nothing is.
  private let finding: String?
  private let help: String

  package let absence: String

  /// Looks for the first of `keys` in the profile.
  package init(name: String, keys: [String], in profile: SelectedProfile) {
    self.name = name
    let key = keys.first { profile.section[$0] != nil }
    finding = key.map { "profile '\(profile.name)' uses \($0)" }
    help =
      Self.help(option: " --profile '\(profile.name)'")
      + (profile.origin == .option ? ", then leave out --profile" : "")
    absence = "profile '\(profile.name)' has no \(keys.joined(separator: " or "))"
  }

  /// Looks for the first of `variables` in the environment.
  package init(name: String, variables: [String], in environment: Environment) {
    self.name = name
    let variable = variables.first { environment[$0] != nil }
    finding = variable.map { "the environment sets \($0)" }
    help = Self.help(option: "")
    let verb = variables.count == 1 ? "is" : "are"
    absence = "\(variables.joined(separator: " and ")) \(verb) not set"
  }

  package func credentials() throws(ConfigurationError) -> Credentials? {
    guard let finding else { return nil }
    throw ConfigurationError(
      .credentialsUnsupported, "\(finding), which this version cannot use yet", help: help)
  }

  private static func help(option: String) -> String {
    "run: eval \"$(aws configure export-credentials\(option) --format env)\""
  }
}
