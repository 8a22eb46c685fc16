internal import Synchronization

/// A clock that only moves when it is looked at or slept on, so that tests do not wait.
package final class VirtualTime: Sendable {
  private struct State {
    var milliseconds: Int64
    var sleeps: [Duration] = []
  }

  private let state: Mutex<State>
  private let tickMilliseconds: Int64

  /// Each look at the clock moves it by `tickMilliseconds`.
  package init(millisecondsSinceEpoch: Int64, tickMilliseconds: Int64 = 0) {
    state = Mutex(State(milliseconds: millisecondsSinceEpoch))
    self.tickMilliseconds = tickMilliseconds
  }

  /// The time, in milliseconds since 1970.
  package func now() -> Int64 {
    state.withLock { state in
      state.milliseconds += tickMilliseconds
      return state.milliseconds
    }
  }

  /// Moves the clock on.
  package func advance(milliseconds: Int64) {
    state.withLock { $0.milliseconds += milliseconds }
  }

  /// Moves the clock on by a duration, and notes it.
  package func sleep(_ duration: Duration) {
    let (seconds, attoseconds) = duration.components
    state.withLock { state in
      state.milliseconds += seconds * 1_000 + attoseconds / 1_000_000_000_000_000
      state.sleeps.append(duration)
    }
  }

  /// All sleeps so far, in order.
  package var sleeps: [Duration] { state.withLock(\.sleeps) }
}
