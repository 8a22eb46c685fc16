/// A token bucket: so many requests a second, with a second's worth in hand.
struct RateLimit {
  private let perSecond: Double
  private var tokens: Double
  private var updated: ContinuousClock.Instant

  init(perSecond: Double, now: ContinuousClock.Instant) {
    self.perSecond = perSecond
    tokens = max(perSecond, 1)
    updated = now
  }

  /// Whether one more request is allowed now; counts it when it is.
  mutating func allows(at now: ContinuousClock.Instant) -> Bool {
    tokens = min(max(perSecond, 1), tokens + (now - updated) / .seconds(1) * perSecond)
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
