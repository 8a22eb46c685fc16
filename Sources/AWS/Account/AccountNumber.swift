import Vocabulary

/// The number of an AWS account: 12 digits.
package struct AccountNumber: Hashable, Sendable, CustomStringConvertible {
  package let digits: String

  /// Nil for anything else: servers that play STS name what they like.
  package init?(_ text: String) {
    guard text.utf8.count == 12, text.utf8.allSatisfy(\.isASCIIDigit) else { return nil }
    digits = text
  }

  package var description: String { digits }
}

extension Account {
  /// The number that came with the credentials, else the one that STS names; nil without
  /// credentials, and when nobody says.
  ///
  /// Nobody waits long for it and nothing fails without it: without a number an account goes by its
  /// owner. Credentials of another server than AWS are shown to no STS but one that the user set too.
  package func number() async -> AccountNumber? {
    do {
      guard let credentials = try await credentials.credentials(at: context.now) else {
        return nil
      }
      if let number = credentials.accountID { return AccountNumber(number) }
      guard settings.showsCredentials(to: .sts) else { return nil }
      return AccountNumber(try await identity(of: credentials).accountID)
    } catch {
      // Many may list buckets and yet not reach STS; a sync does not need it.
      return nil
    }
  }

  /// Whose credentials STS says that these are.
  ///
  /// Throws `STSError`, or `ConfigurationError` for an endpoint that cannot be worked with.
  package func identity(of credentials: Credentials) async throws -> CallerIdentity {
    try await STSClient(account: self, patience: .ofAsides).callerIdentity(of: credentials)
  }
}
