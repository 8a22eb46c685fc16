internal import HTTP
internal import Synchronization

/// What several accounts share, so that a limit holds for all of them together: connections, pace
/// and patience.
package final class AccountLimits: Sendable {
  package let connections: Int
  package let patience: Patience
  let pace: SharedPace?
  /// What requests to AWS's S3 may cost together; nil for any amount.
  package let spending: SpendingLimit?
  private let makeSender: @Sendable (_ caBundlePath: String?) throws -> CredentialContext.Sender
  /// One client for each file of authorities, which is a profile's own choice.
  private let senders = Mutex<[String?: CredentialContext.Sender]>([:])

  /// `connections` are open at once at most, to all services together; without
  /// `requestsPerSecondMax` there is no pace to keep to.
  package convenience init(
    connections: Int, requestsPerSecondMax: Double?, patience: Patience = .ofCrawls,
    spending: SpendingLimit? = nil, userAgent: String
  ) {
    self.init(
      connections: connections, requestsPerSecondMax: requestsPerSecondMax, patience: patience,
      spending: spending
    ) { caBundlePath in
      let client = try HTTPClient(
        HTTPConfiguration(
          connectionsMax: connections, caBundlePath: caBundlePath, userAgent: userAgent,
          firstByteMax: patience.firstByteMax))
      return { request throws(HTTPError) in try await client.send(request) }
    }
  }

  /// Limits of accounts whose requests `makeSender` finds a way for.
  init(
    connections: Int, requestsPerSecondMax: Double? = nil, patience: Patience = .ofCrawls,
    spending: SpendingLimit? = nil,
    makeSender: @escaping @Sendable (_ caBundlePath: String?) throws -> CredentialContext.Sender
  ) {
    self.connections = connections
    self.patience = patience
    self.makeSender = makeSender
    self.spending = spending
    pace = requestsPerSecondMax.map { SharedPace(perSecond: $0) }
  }

  /// Sends requests to servers whose certificates the authorities in `caBundlePath` have signed, or
  /// the system's where that is nil.
  func sender(trusting caBundlePath: String?) throws -> CredentialContext.Sender {
    try senders.withLock { senders in
      if let sender = senders[caBundlePath] { return sender }
      let sender = try makeSender(caBundlePath)
      senders[caBundlePath] = sender
      return sender
    }
  }
}
