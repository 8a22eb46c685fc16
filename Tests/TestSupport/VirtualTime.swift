internal import Synchronization

/// The clock of tests: it moves when a test moves it, when it is slept on and, if asked to, when it is
/// looked at, so that nobody waits.
///
/// It is the wall clock, the monotonic clock and the sleep of what is tested, all at once:
/// `sleep(.seconds(2))` returns immediately, and `now()` is 2,000 ms later.
package final class VirtualTime: Sendable {
  private struct State {
    var sinceEpoch: Duration
    var sleeps: [Duration] = []
  }

  private let state: Mutex<State>
  private let tick: Duration
  // The moment of 1970 on the monotonic clock, which is anywhere.
  private let epoch = ContinuousClock.now

  /// Each look at the clock moves it by `tickMilliseconds`.
  package init(millisecondsSinceEpoch: Int64, tickMilliseconds: Int64 = 0) {
    state = Mutex(State(sinceEpoch: .milliseconds(millisecondsSinceEpoch)))
    tick = .milliseconds(tickMilliseconds)
  }

  /// The time, in milliseconds since 1970.
  package func now() -> Int64 {
    let (seconds, attoseconds) = look().components
    return seconds * 1_000 + attoseconds / 1_000_000_000_000_000
  }

  /// The same time on the monotonic clock.
  package func instant() -> ContinuousClock.Instant { epoch + look() }

  private func look() -> Duration {
    state.withLock { state in
      state.sinceEpoch += tick
      return state.sinceEpoch
    }
  }

  /// Moves the clock on.
  package func advance(milliseconds: Int64) {
    state.withLock { $0.sinceEpoch += .milliseconds(milliseconds) }
  }

  package func advance(days: Int64) { advance(milliseconds: days * 86_400_000) }

  /// Moves the clock on by a duration, and notes it.
  package func sleep(_ duration: Duration) {
    state.withLock { state in
      state.sinceEpoch += duration
      state.sleeps.append(duration)
    }
  }

  /// All sleeps so far, in order.
  package var sleeps: [Duration] { state.withLock(\.sleeps) }
}
