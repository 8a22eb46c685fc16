internal import Dispatch
internal import Synchronization

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// Turns the first Ctrl-C or SIGTERM into cancellation, and the second into the end of the process.
///
/// Both are safe at any instant: what a sync has committed stays committed.
final class Interrupt: Sendable {
  private enum State {
    case quiet(onInterrupt: (@Sendable () -> Void)?)
    case interrupted
  }

  private let state = Mutex(State.quiet(onInterrupt: nil))
  // Safety: assigned once, before the object is shared, and only kept alive afterwards.
  nonisolated(unsafe) private var sources: [any DispatchSourceSignal] = []

  init() {
    // A reader that went away is an error of write(2), not the end of the process.
    signal(SIGPIPE, SIG_IGN)
    for number in [SIGINT, SIGTERM] {
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(
        signal: number, queue: DispatchQueue(label: "s3audit.interrupt"))
      source.setEventHandler { [self] in receive() }
      source.resume()
      sources.append(source)
    }
  }

  /// Whether the user asked to stop: for loops that cannot be cancelled as tasks.
  var isInterrupted: Bool {
    state.withLock { state in
      if case .interrupted = state { true } else { false }
    }
  }

  /// Runs `body` as a task that the first signal cancels.
  func cancelling<Result: Sendable>(
    _ body: @escaping @Sendable () async throws -> Result
  ) async throws -> Result {
    let task = Task { try await body() }
    let wasInterrupted = state.withLock { state in
      guard case .quiet = state else { return true }
      state = .quiet { task.cancel() }
      return false
    }
    if wasInterrupted { task.cancel() }
    return try await task.value
  }

  /// From now on, half a second after the first signal, the process is ended if it still runs.
  ///
  /// This is for commands that only read. Their thread may be blocked in write(2) by a reader that
  /// takes nothing. Writing in pieces that cannot block would take a quarter longer.
  func endProcessThatWaits() {
    state.withLock { state in
      guard case .quiet = state else { return }
      state = .quiet {
        DispatchQueue.global().asyncAfter(deadline: .now() + .milliseconds(500)) { _exit(130) }
      }
    }
  }

  private func receive() {
    let action = state.withLock { state -> (@Sendable () -> Void)? in
      guard case .quiet(let onInterrupt) = state else { return { _exit(130) } }
      state = .interrupted
      return onInterrupt
    }
    action?()
  }
}
