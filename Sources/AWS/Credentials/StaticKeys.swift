import Signing

/// Keys written down under four names, in variables or in a profile.
struct StaticKeys {
  var place: String
  var accessKeyID: String
  var secretAccessKey: String
  var sessionToken: String
  var accountID: String

  /// The names of a profile's keys.
  static func profile(_ name: String, in path: String) -> StaticKeys {
    StaticKeys(
      place: "profile '\(name)' of \(path)", accessKeyID: "aws_access_key_id",
      secretAccessKey: "aws_secret_access_key", sessionToken: "aws_session_token",
      accountID: "aws_account_id")
  }

  /// Both keys; nil without either.
  ///
  /// Throws `Kind.credentialsIncomplete` with only one, `Kind.credentialsMalformed` for a value
  /// that cannot be part of a header.
  func credentials(
    providerName: String, value: (String) -> String?
  ) throws(ConfigurationError) -> Credentials? {
    switch (value(accessKeyID), value(secretAccessKey)) {
    case (nil, nil): return nil
    case (nil, _): throw incomplete(has: secretAccessKey, lacks: accessKeyID)
    case (_, nil): throw incomplete(has: accessKeyID, lacks: secretAccessKey)
    case (let id?, let secret?):
      for name in [accessKeyID, secretAccessKey, sessionToken] { try check(value(name), of: name) }
      return Credentials(
        accessKeyID: id, secretAccessKey: Secret(secret),
        sessionToken: value(sessionToken).map(Secret.init), providerName: providerName,
        accountID: value(accountID))
    }
  }

  /// Refuses what no service issues and what would end a header line.
  private func check(_ value: String?, of name: String) throws(ConfigurationError) {
    guard let value, !value.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else { return }
    throw ConfigurationError(
      .credentialsMalformed, "\(name) of \(place) has blanks or other foreign characters in it",
      help: "in a file, each name begins its own line: an indented line continues the one above")
  }

  private func incomplete(has present: String, lacks absent: String) -> ConfigurationError {
    ConfigurationError(
      .credentialsIncomplete, "\(place) has \(present) but not \(absent)",
      help: "set both or neither")
  }
}
