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

  /// Both keys; nil without either, `Kind.credentialsIncomplete` with only one.
  func credentials(
    providerName: String, value: (String) -> String?
  ) throws(ConfigurationError) -> Credentials? {
    switch (value(accessKeyID), value(secretAccessKey)) {
    case (nil, nil): return nil
    case (nil, _): throw incomplete(has: secretAccessKey, lacks: accessKeyID)
    case (_, nil): throw incomplete(has: accessKeyID, lacks: secretAccessKey)
    case (let id?, let secret?):
      return Credentials(
        accessKeyID: id, secretAccessKey: Secret(secret),
        sessionToken: value(sessionToken).map(Secret.init), providerName: providerName,
        accountID: value(accountID))
    }
  }

  private func incomplete(has present: String, lacks absent: String) -> ConfigurationError {
    ConfigurationError(
      .credentialsIncomplete, "\(place) has \(present) but not \(absent)",
      help: "set both or neither")
  }
}
