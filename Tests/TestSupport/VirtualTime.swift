internal import Synchronization

/// A clock that only moves when it is looked at or slept on, so that tests do not wait.
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
