package import Signing

/// Keys to sign with, where they came from and until when they serve.
package struct Credentials: Hashable, Sendable, CustomStringConvertible {
  package var accessKeyID: String
  package var secretAccessKey: Secret
  package var sessionToken: Secret?
  /// When they stop to serve; nil for keys that do not expire.
  package var expiration: SigningTime?
  /// The provider's name, for messages.
  package var providerName: String
  package var accountID: String?

  package init(
    accessKeyID: String, secretAccessKey: Secret, sessionToken: Secret? = nil,
    expiration: SigningTime? = nil, providerName: String, accountID: String? = nil
  ) {
    self.accessKeyID = accessKeyID
    self.secretAccessKey = secretAccessKey
    self.sessionToken = sessionToken
    self.expiration = expiration
    self.providerName = providerName
    self.accountID = accountID
  }

  /// The part that a signature needs.
  package var signing: SigningCredentials {
    SigningCredentials(
      accessKeyID: accessKeyID, secretAccessKey: secretAccessKey, sessionToken: sessionToken)
  }

  /// The end of the access key id, which is how consoles and logs name keys, and the source.
  package var description: String {
    "credentials ****\(accessKeyID.suffix(4)) from \(providerName)"
  }
}

/// One place that credentials may come from.
package protocol CredentialProvider: Sendable {
  /// What to call the place in messages, such as "shared credentials file".
  var name: String { get }

  /// What was looked for and is not there: said when every provider answered nil.
  var absence: String { get }

  /// The credentials; nil when this place is not configured, so that the next one is asked.
  ///
  /// Throws when it is configured and does not work: then no other place is asked, because the
  /// user meant this one.
  func credentials() async throws -> Credentials?
}
