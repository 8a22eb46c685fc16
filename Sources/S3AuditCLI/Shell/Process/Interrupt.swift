internal import Synchronization
internal import System

/// Turns the first Ctrl-C or SIGTERM into cancellation, and the second into the end of the process.
///
/// Both are safe at any instant: what a sync has committed stays committed. From `listen` on no signal
/// is lost, however busy the process is (`EndingSignals`).
final class Interrupt: Sendable {
  private let action = Mutex<(@Sendable () -> Void)?>(nil)

  /// How long a command may take to end by itself; then the process is ended.
  ///
  /// It takes a second at most, but for a large log on a slow disk. Where no thread can be made for its
  /// tasks, or a disk has gone, it never does.
  private static let patienceMilliseconds = 15_000
  private static let patienceOfQueriesMilliseconds = 500

  /// Begins to take signals; to be called once, before there is a second thread.
  ///
  /// - Throws: `CommandFailure` where the system has no pipe or no thread left for it.
  func listen() throws(CommandFailure) {
    do throws(EndingSignals.ListenFailure) {
      try EndingSignals.listen(exitStatus: ExitStatus.interrupted.rawValue) { [self] in receive() }
    } catch {
      switch error {
      case .noPipe(let cause):
        throw CommandFailure(
          message: "cannot wait for signals: \(cause.reason)",
          hint: "raise the limit: ulimit -n 1024")
      case .noThread: throw ProcessLimits.tooFewThreads
      }
    }
  }

  /// Whether the user asked to stop: for loops that cannot be cancelled as tasks.
  var isInterrupted: Bool { EndingSignals.isSignalled }

  /// Runs `body` as a task that the first signal cancels.
  func cancelling<Result: Sendable>(
    _ body: @escaping @Sendable () async throws -> Result
  ) async throws -> Result {
    let task = Task { try await body() }
    onInterrupt {
      EndingSignals.endProcess(afterMilliseconds: Self.patienceMilliseconds)
      task.cancel()
    }
    return try await task.value
  }

  /// From now on, half a second after the first signal, the process is ended if it still runs.
  ///
  /// This is for commands that only read. Their thread may be blocked in write(2) by a reader that
  /// takes nothing. Writing in pieces that cannot block would take a quarter longer.
  func endProcessThatWaits() {
    onInterrupt { EndingSignals.endProcess(afterMilliseconds: Self.patienceOfQueriesMilliseconds) }
  }

  /// Has the first signal, which may have come already, call this and nothing else; on any thread.
  func onInterrupt(_ new: @escaping @Sendable () -> Void) {
    action.withLock { $0 = new }
    // A signal that came before found nothing to do.
    if isInterrupted { receive() }
  }

  private func receive() {
    // Taken by one thread: the one that waits for signals, or the one that was too late for them.
    let action = action.withLock { action in
      defer { action = nil }
      return action
    }
    action?()
  }
}
