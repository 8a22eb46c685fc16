package import Signing

/// Holds credentials and renews them before they expire, once for all requests.
///
/// A crawl runs for hours, the credentials of a role for one. Renewal begins 15 minutes before
/// the end, as the SDKs do; until then, and while it fails, the old credentials serve as long as
/// they are valid.
package actor CredentialCache {
  /// How long before its end a credential is renewed.
  package static let renewalWindowSeconds: Int64 = 15 * 60
  /// How long a source that has just answered, well or not, is left alone: this long, or half the
  /// time that its credentials serve if that is less.
  private static let pauseSeconds: Int64 = 60

  private typealias Waiter = CheckedContinuation<Result<Credentials, any Error>, Never>

  private enum State {
    case empty
    /// Served until `renewAt` without asking again.
    case ready(Credentials, renewAt: SigningTime?)
    /// One caller asks; those who come with nothing valid to use wait for it.
    case asking(previous: Credentials?, waiters: [Waiter])
  }

  private let provider: any CredentialProvider
  private let renewalWindowSeconds: Int64
  /// The time of day, which asking the provider may correct.
  private let presentTime: (@Sendable () -> SigningTime)?
  private var state = State.empty

  /// A cache of what `provider` gives.
  ///
  /// Fresh credentials count as expired only if they are expired both by the caller's time and by
  /// `presentTime`. The call that fetched them may have revealed that this machine's clock runs
  /// ahead; `presentTime` is the corrected time.
  package init(
    _ provider: any CredentialProvider,
    renewalWindowSeconds: Int64 = CredentialCache.renewalWindowSeconds,
    presentTime: (@Sendable () -> SigningTime)? = nil
  ) {
    self.provider = provider
    self.presentTime = presentTime
    self.renewalWindowSeconds = renewalWindowSeconds
  }

  /// Credentials that are valid at `now`.
  ///
  /// Throws what the provider throws, or `ConfigurationError` when it has none or only expired
  /// ones. One caller's cancellation does not fail the others: the next of them asks.
  package func credentials(at now: SigningTime) async throws -> Credentials {
    while true {
      switch state {
      case .ready(let credentials, let renewAt) where renewAt.map({ now < $0 }) ?? true:
        return credentials
      case .ready(let credentials, _):
        return try await renew(previous: credentials, now: now)
      case .empty:
        return try await renew(previous: nil, now: now)
      case .asking(let previous?, _) where previous.isValid(at: now):
        return previous
      case .asking(let previous, let waiters):
        let outcome = await withCheckedContinuation { waiter in
          state = .asking(previous: previous, waiters: waiters + [waiter])
        }
        // Whoever asked gave up for reasons of its own; see what the state is now.
        if case .failure(let error) = outcome, error is CancellationError {
          try Task.checkCancellation()
          continue
        }
        return try outcome.get()
      }
    }
  }

  /// This cache as the source of a client.
  package nonisolated var source: CredentialSource {
    CredentialSource(discard: { await self.discard($0) }) { try await self.credentials(at: $0) }
  }

  /// Forgets `credentials`, which a service has refused as expired, so that the next caller renews
  /// them.
  ///
  /// Once for all requests that were refused with them: when others have come in the meantime,
  /// those stay.
  package func discard(_ credentials: Credentials) {
    switch state {
    case .ready(credentials, _): state = .empty
    case .asking(credentials, let waiters): state = .asking(previous: nil, waiters: waiters)
    default: break
    }
  }

  private func renew(previous: Credentials?, now: SigningTime) async throws -> Credentials {
    state = .asking(previous: previous, waiters: [])
    let outcome = await ask(now: now)
    let now = min(now, presentTime?() ?? now)
    // Read again: the previous credentials may have been discarded while the provider was asked.
    guard case .asking(let previous, let waiters) = state else {
      preconditionFailure("only the caller that asks ends the asking")
    }
    let usable: Result<Credentials, any Error>
    switch (outcome, previous) {
    case (.success(let credentials), _):
      usable = .success(credentials)
      state = .ready(credentials, renewAt: renewalTime(of: credentials, now: now))
    case (.failure, let previous?) where previous.isValid(at: now):
      usable = .success(previous)
      state = .ready(
        previous,
        renewAt: previous.expiration.map { min($0, now.advanced(bySeconds: Self.pauseSeconds)) })
    case (.failure, _):
      usable = outcome
      state = .empty
    }
    for waiter in waiters { waiter.resume(returning: usable) }
    return try usable.get()
  }

  private func ask(now: SigningTime) async -> Result<Credentials, any Error> {
    do {
      guard let credentials = try await provider.credentials() else {
        return .failure(
          ConfigurationError(
            .credentialsMissing, "no credentials from \(provider.name): \(provider.absence)"))
      }
      guard credentials.isValid(at: min(now, presentTime?() ?? now)) else {
        return .failure(
          ConfigurationError(
            .credentialsExpired, "the credentials of \(credentials.providerName) have expired",
            hint: "log in again, or set new ones"))
      }
      return .success(credentials)
    } catch {
      // Whatever the provider made of it: a cancelled caller speaks for itself alone.
      return .failure(Task.isCancelled ? CancellationError() : error)
    }
  }

  /// Before the end; but short-lived credentials are not asked for at every request.
  private func renewalTime(of credentials: Credentials, now: SigningTime) -> SigningTime? {
    credentials.expiration.map { end in
      let lifetime = end.secondsSinceEpoch - now.secondsSinceEpoch
      let pause = min(Self.pauseSeconds, max(1, lifetime / 2))
      return min(
        end,
        max(end.advanced(bySeconds: -renewalWindowSeconds), now.advanced(bySeconds: pause)))
    }
  }
}

extension Credentials {
  /// Whether they have not expired yet.
  package func isValid(at now: SigningTime) -> Bool {
    expiration.map { now < $0 } ?? true
  }
}
