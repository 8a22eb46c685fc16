package import Signing

/// Time, sleep and chance, as a caller needs them.
package struct CallerEnvironment: Sendable {
  /// The time of day, for signatures.
  package var now: @Sendable () -> SigningTime
  /// The time that nobody sets, for how long things take.
  package var monotonic: @Sendable () -> ContinuousClock.Instant
  package var sleep: @Sendable (Duration) async throws -> Void
  /// A number in 0...1.
  package var random: @Sendable () -> Double

  package init(
    now: @escaping @Sendable () -> SigningTime,
    monotonic: @escaping @Sendable () -> ContinuousClock.Instant = { ContinuousClock.now },
    sleep: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) },
    random: @escaping @Sendable () -> Double = { Double.random(in: 0...1) }
  ) {
    self.now = now
    self.monotonic = monotonic
    self.sleep = sleep
    self.random = random
  }
}
