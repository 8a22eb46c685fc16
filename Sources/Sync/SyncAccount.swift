package import AWS
internal import Index
package import S3

/// Which account of a sync is meant: its number in the order in which they were named, from 0.
package typealias AccountIndex = Int

/// An account that a sync lists with: a client that signs with its credentials, and what is known
/// of it beforehand.
package struct SyncAccount: Sendable {
  package var client: S3Client
  /// Where its buckets' names are unique: empty for AWS, the id of another partition of it, or the
  /// URL of another server.
  package var endpoint: String
  /// The profile that the credentials are of; nil without one.
  package var profile: String?
  /// Finds out the account's number; nil when nobody says.
  ///
  /// The answer may take its time: it is needed only when the account is recorded, at the end.
  package var number: @Sendable () async -> String?

  package init(
    client: S3Client, endpoint: String, profile: String? = nil,
    number: @escaping @Sendable () async -> String? = { nil }
  ) {
    self.client = client
    self.endpoint = endpoint
    self.profile = profile
    self.number = number
  }

  /// An account that is reached, with a client of its S3.
  package init(_ account: Account, client: S3Client) {
    self.init(
      client: client, endpoint: account.bucketNamespace, profile: account.profileName,
      number: { await account.number()?.digits })
  }

  /// Whether AWS bills the requests: an endpoint that is a URL is another server's.
  package var isOfAWS: Bool { Self.isOfAWS(endpoint: endpoint) }

  static func isOfAWS(endpoint: String) -> Bool { !endpoint.contains("://") }

  /// What is known without having asked for the number.
  func identity(owner: String?) -> AccountIdentity {
    AccountIdentity(owner: owner, profile: profile)
  }
}

/// An account of which the buckets could not be listed.
package struct RefusedAccount: Error, CustomStringConvertible {
  /// The profile that the credentials are of; nil without one.
  package var profile: String?
  package var error: any Error

  package init(profile: String?, error: any Error) {
    self.profile = profile
    self.error = error
  }

  package var description: String {
    profile.map { "profile '\($0)': \(error)" } ?? "\(error)"
  }
}

/// No account's buckets could be listed.
package struct AllAccountsRefused: Error, CustomStringConvertible {
  /// In the order in which the accounts were named; two at least.
  package var refusals: [RefusedAccount]

  package init(_ refusals: [RefusedAccount]) {
    self.refusals = refusals
  }

  package var description: String {
    (["no account's buckets can be listed"] + refusals.map { "  \($0)" }).joined(separator: "\n")
  }
}
