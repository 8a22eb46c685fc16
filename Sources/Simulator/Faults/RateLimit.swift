internal import Vocabulary

/// A token bucket: so many requests a second, with a second's worth in hand.
struct RateLimit {
  private let perSecond: Double
  private var tokens: Double
  private var updated: Timestamp

  init(perSecond: Double, now: Timestamp) {
    self.perSecond = perSecond
    tokens = max(perSecond, 1)
    updated = now
  }

  /// Whether one more request is allowed now; counts it when it is.
  mutating func allows(at now: Timestamp) -> Bool {
    let milliseconds = now.millisecondsSinceEpoch - updated.millisecondsSinceEpoch
    // A clock that is set back only delays the next token.
    tokens = min(max(perSecond, 1), tokens + Double(max(0, milliseconds)) / 1_000 * perSecond)
    updated = now
    guard tokens >= 1 else { return false }
    tokens -= 1
    return true
  }
}

/// A link that all connections share: answers queue up behind each other.
struct Link {
  private let bytesPerSecond: Int
  private var isFreeAt: ContinuousClock.Instant

  init(bytesPerSecond: Int, now: ContinuousClock.Instant) {
    self.bytesPerSecond = bytesPerSecond
    isFreeAt = now
  }

  /// How long from now until an answer of `bytes` has gone through.
  mutating func reserve(bytes: Int, at now: ContinuousClock.Instant) -> Duration {
    let start = max(now, isFreeAt)
    isFreeAt = start + .seconds(Double(bytes) / Double(bytesPerSecond))
    return isFreeAt - now
  }
}
