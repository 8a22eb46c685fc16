internal import AWS
internal import Sync
internal import Vocabulary

/// The accounts of a command that asks several, and those that could not be asked.
struct ConnectedAccounts: Sendable {
  var accounts: [(account: Account, options: ConnectionOptions)] = []
  private(set) var refused: [RefusedAccount] = []
  /// Profiles of accounts that others have named before.
  private(set) var doubles: [String] = []

  /// Connects with every profile that was named, each once.
  ///
  /// - Throws: what the only profile fails with; `AllAccountsRefused` where none serves; slips at once.
  init(
    _ context: Context, _ connection: ConnectionOptions, for buckets: [String] = [],
    limits: AccountLimits
  ) async throws {
    areSeveral = connection.perProfile.count > 1
    for options in connection.perProfile {
      try await trying(options.profile) {
        let account = try await Account.connect(options, for: buckets, limits: limits)
        if let profile = account.profileName { context.say("profile: \(profile)") }
        for line in account.verboseLines { context.say(line) }
        $0.accounts.append((account, options))
      }
    }
    if accounts.isEmpty { throw AllAccountsRefused(refused) }
  }

  let areSeveral: Bool

  /// Does something with one of them; of several, one that fails stops no other.
  mutating func trying(
    _ profile: String?, _ body: (inout ConnectedAccounts) async throws -> Void
  ) async throws {
    do {
      try await body(&self)
    } catch  where areSeveral && !error.isSlip {
      try Task.checkCancellation()
      refused.append(RefusedAccount(profile: profile, error: error))
    }
  }

  /// Throws where none of several could be asked.
  func refuseSilence(_ isSilent: Bool) throws(CommandFailure) {
    guard isSilent else { return }
    throw CommandFailure(
      message: (["no account could be asked"] + refused.map { "  \($0)" }).joined(separator: "\n"),
      hint: refused.lazy.compactMap { S3AuditCLI.hint(for: $0) }.first)
  }

  mutating func skip(double profile: String?) { doubles.append(profile ?? "") }

  /// What has to be said of those that are in no row.
  var text: String {
    refused.map { refused in
      "Warning: \(onOneLine("\(refused)"))\n"
        + (hint(for: refused).map { "Help:  \($0)\n" } ?? "")
    }.joined()
      + (doubles.isEmpty
        ? "" : "Note: of an account that was asked already: profile \(someNames(doubles))\n")
  }
}

extension Error {
  /// Whether it is about what was typed or written into a file, and not about credentials.
  var isSlip: Bool {
    guard let error = self as? ConfigurationError else { return self is CancellationError }
    return switch error.kind {
    case .profileFile, .fileRefused, .profileNotFound, .region, .endpoint, .retry: true
    default: false
    }
  }
}
