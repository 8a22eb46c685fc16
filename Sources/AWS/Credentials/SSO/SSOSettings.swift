import Signing

/// What a profile says about IAM Identity Center, with what its `sso-session` adds.
struct SSOSettings: Sendable {
  private static let roleKeys = ["sso_account_id", "sso_role_name"]
  private static let portalKeys = ["sso_region", "sso_start_url"]

  let accountID: String
  let roleName: String
  let region: Region
  let startURL: String
  /// Nil for a profile in the old form, whose tokens cannot be renewed.
  let sessionName: String?

  /// The settings of a profile; nil for one that asks for no keys through SSO.
  ///
  /// As botocore has it, a role or an account makes a profile one of SSO; a session alone is there
  /// for bearer tokens, and keys from elsewhere serve. Throws `Kind.credentialsIncomplete` for what
  /// is missing or contradictory.
  init?(_ profile: SelectedProfile) throws(ConfigurationError) {
    let section = profile.section
    guard Self.roleKeys.contains(where: { section[$0] != nil }) else { return nil }

    var session: ProfileSection?
    if let name = section["sso_session"] {
      guard let found = profile.files.config.ssoSessions[name] else {
        throw Self.incomplete(profile, "names an sso_session that has no section there")
      }
      try found.requireReadable()
      session = found
    }
    for (key, value) in session?.properties ?? [:] {
      guard let own = section[key], own != value, !value.isEmpty else { continue }
      throw Self.incomplete(profile, "has another \(key) than its sso-session section")
    }
    func value(_ key: String) -> String? { section[key] ?? session?[key] }

    guard let accountID = value("sso_account_id"), let roleName = value("sso_role_name"),
      let regionName = value("sso_region"), let startURL = value("sso_start_url")
    else {
      let missing = (Self.roleKeys + Self.portalKeys).filter { value($0) == nil }
      throw Self.incomplete(profile, "uses SSO and has no \(missing.joined(separator: " and no "))")
    }
    guard let region = Region(regionName) else {
      throw ConfigurationError(
        .region,
        "the sso_region of profile \(quoted(profile.name)) of \(profile.files.config.path) "
          + "is not valid", hint: "a region is written like us-east-1")
    }
    self.accountID = accountID
    self.roleName = roleName
    self.region = region
    self.startURL = startURL
    sessionName = section["sso_session"]
  }

  /// Where `aws sso login` leaves the token.
  func cachePath(_ environment: Environment) -> String {
    let name = SHA1.hex((sessionName ?? startURL).utf8)
    return environment.expandingTilde("~/.aws/sso/cache/\(name).json")
  }

  private static func incomplete(
    _ profile: SelectedProfile, _ problem: String
  ) -> ConfigurationError {
    ConfigurationError(
      .credentialsIncomplete,
      "profile \(quoted(profile.name)) of \(profile.files.config.path) \(problem)",
      hint: profile.hint(running: "configure sso") + ", then aws sso login with the same")
  }
}
