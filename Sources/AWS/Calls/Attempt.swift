/// One attempt at a call, after it has ended: what the sender of many calls learns from.
package struct Attempt: Hashable, Sendable {
  package enum Outcome: Hashable, Sendable {
    case succeeded
    /// The service asked for fewer requests, or answered with status 503, which servers use for
    /// little else.
    case throttled
    /// Anything else: the service stumbled or said no, or there was no answer.
    case failed
  }

  package var outcome: Outcome
  /// When the request was handed over to be sent, after all waits.
  package var startedAt: ContinuousClock.Instant
  /// When its whole answer was there, or was given up.
  package var endedAt: ContinuousClock.Instant
  /// Whether the call waits and is sent again.
  package var isRetried: Bool

  package var latency: Duration { endedAt - startedAt }

  package init(
    outcome: Outcome, startedAt: ContinuousClock.Instant, endedAt: ContinuousClock.Instant,
    isRetried: Bool = false
  ) {
    self.outcome = outcome
    self.startedAt = startedAt
    self.endedAt = endedAt
    self.isRetried = isRetried
  }
}
