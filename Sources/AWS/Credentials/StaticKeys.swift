import Signing

/// Keys written down under four names, in variables or in a profile.
struct StaticKeys {
  var place: String
  var accessKeyID: String
  var secretAccessKey: String
  /// In the order in which they count.
  var sessionToken: [String]
  var accountID: String

  /// The names of a profile's keys.
  static func profile(_ name: String, in path: String) -> StaticKeys {
    StaticKeys(
      place: "profile '\(name)' of \(path)", accessKeyID: "aws_access_key_id",
      secretAccessKey: "aws_secret_access_key",
      sessionToken: ["aws_security_token", "aws_session_token"],
      accountID: "aws_account_id")
  }

  /// Both keys; nil without an ID, with which alone the AWS CLI begins.
  ///
  /// The older name of the token wins over the newer, as in botocore (`EnvProvider.TOKENS`). Throws
  /// `Kind.credentialsIncomplete` for an ID without its secret, `Kind.credentialsMalformed` for a
  /// value that cannot be part of a header.
  func credentials(
    providerName: String, value: (String) -> String?
  ) throws(ConfigurationError) -> Credentials? {
    guard let id = value(accessKeyID) else { return nil }
    guard let secret = value(secretAccessKey) else {
      throw ConfigurationError(
        .credentialsIncomplete, "\(place) has \(accessKeyID) but not \(secretAccessKey)",
        hint: "set both or neither")
    }
    for name in [accessKeyID, secretAccessKey] + sessionToken { try check(value(name), of: name) }
    let token = sessionToken.lazy.compactMap(value).first
    return Credentials(
      accessKeyID: id, secretAccessKey: Secret(secret), sessionToken: token.map(Secret.init),
      providerName: providerName, accountID: value(accountID))
  }

  /// Refuses what no service issues and what would end a header line.
  private func check(_ value: String?, of name: String) throws(ConfigurationError) {
    guard let value, !isVisibleASCII(value) else { return }
    throw ConfigurationError(
      .credentialsMalformed, "\(name) of \(place) has blanks or other foreign characters in it",
      hint: "in a file, each name begins its own line: an indented line continues the one above")
  }
}
