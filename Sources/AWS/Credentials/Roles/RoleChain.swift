/// The roles that a profile's `role_arn` leads through, and where the first credentials come from.
///
/// Only plans: nothing is asked for. The rules are those of botocore's `AssumeRoleProvider`.
package struct RoleChain: Hashable, Sendable {
  /// Where the credentials come from that the first role is assumed with.
  package enum Base: Hashable, Sendable {
    /// Everything a profile may hold but a role.
    case profile(String)
    case source(Source)
  }

  /// The values of `credential_source`.
  package enum Source: String, Hashable, Sendable, CaseIterable {
    case environment = "Environment"
    case instance = "Ec2InstanceMetadata"
    case container = "EcsContainer"
  }

  package private(set) var base: Base
  /// In the order in which they are assumed; the last is the profile's own.
  package private(set) var roles: [AssumedRole]

  /// Follows `source_profile` from a profile; nil when it names no role to assume that way.
  ///
  /// Throws `Kind.credentialsSource` for a profile that names no source or two, for a source that
  /// does not exist and for a loop, and `Kind.codeNeeded` for a role that wants a code
  /// from an MFA device.
  package init?(_ profile: SelectedProfile) throws(ConfigurationError) {
    guard profile.section.hasRole else { return nil }
    let files = profile.files
    var section = profile.section
    var visited = [profile.name]
    roles = []
    while true {
      roles.insert(try Self.role(of: section, selected: profile), at: 0)
      switch (section["source_profile"], section["credential_source"]) {
      case (nil, nil):
        throw Self.error(
          "profile \(quoted(section.name)) has role_arn, but neither source_profile nor"
            + " credential_source",
          hint: "name the profile to assume the role with: source_profile = NAME")
      case (_?, _?):
        throw Self.error(
          "profile \(quoted(section.name)) has both source_profile and credential_source",
          hint: "remove one of them")
      case (nil, let name?):
        base = .source(try Self.source(named: name, of: section))
        return
      case (let name?, nil):
        guard let next = files.profile(name) else {
          throw Self.error(
            "the source_profile \(quoted(name)) of profile \(quoted(section.name)) does not exist",
            hint: "the profiles are: \(files.profileNames.prefix(10).joined(separator: ", "))")
        }
        try next.requireReadable()
        // A profile may name itself, to hold the role and the keys to assume it with.
        let isItself = name == section.name && next.hasStaticKeys
        guard isItself || !visited.contains(name) else {
          throw Self.error(
            "the source profiles form a loop: \((visited + [name]).joined(separator: " → "))",
            hint: "one of them must hold credentials of its own")
        }
        if next.hasStaticKeys || !next.hasRole {
          base = .profile(name)
          return
        }
        visited.append(name)
        section = next
      }
    }
  }

  private static func role(
    of section: ProfileSection, selected: SelectedProfile
  ) throws(ConfigurationError) -> AssumedRole {
    if section["mfa_serial"] != nil {
      throw ConfigurationError(
        .codeNeeded(profile: selected.name, origin: selected.origin),
        "the role of profile \(quoted(section.name)) needs a code of an MFA device (mfa_serial),"
          + " which cannot be asked for again when a sync of hours renews its credentials")
    }
    var durationSeconds: Int?
    if let text = section["duration_seconds"] {
      guard let seconds = Int(text), seconds > 0 else {
        throw error(
          "duration_seconds of profile \(quoted(section.name)) is not a number of seconds",
          hint: "use 900 to 43200, as far as the role allows")
      }
      durationSeconds = seconds
    }
    return AssumedRole(
      arn: section["role_arn"] ?? "", sessionName: section["role_session_name"],
      externalID: section["external_id"], durationSeconds: durationSeconds,
      place: "profile \(quoted(section.name))")
  }

  private static func source(
    named name: String, of section: ProfileSection
  ) throws(ConfigurationError) -> Source {
    let source = Source.allCases.first { $0.rawValue.lowercased() == name.lowercased() }
    guard let source else {
      throw error(
        "the credential_source \(quoted(name)) of profile \(quoted(section.name)) is not known",
        hint: "use Environment, Ec2InstanceMetadata or EcsContainer")
    }
    return source
  }

  private static func error(_ message: String, hint: String) -> ConfigurationError {
    ConfigurationError(.credentialsSource, message, hint: hint)
  }
}

extension ProfileSection {
  /// Whether it names a role to be assumed with other credentials; with a token file it is one of
  /// `WebIdentityCredentials`.
  fileprivate var hasRole: Bool {
    self["role_arn"] != nil && self["web_identity_token_file"] == nil
  }

  fileprivate var hasStaticKeys: Bool {
    self["aws_access_key_id"] != nil || self["aws_secret_access_key"] != nil
  }
}
