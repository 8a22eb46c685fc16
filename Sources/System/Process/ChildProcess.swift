internal import Dispatch
internal import Synchronization

/// Another program that is run for what it prints.
///
/// ```swift
/// let outcome = try await ChildProcess.run(
///   ["date", "+%s"], environment: ["PATH": "/usr/bin"], outputBytesMax: 1_000)
/// // outcome.ending == .exit(status: 0), outcome.output == Array("1795000000\n".utf8)
/// ```
package enum ChildProcess {
  /// How it ended, and what it printed.
  package struct Outcome: Sendable {
    package enum Ending: Equatable, Sendable {
      case exit(status: Int32)
      case signal(Int32)
    }

    package var ending: Ending
    package var output: [UInt8]
  }

  package enum Failure: Error, Equatable {
    case notStarted(SystemError)
    /// It printed more than was allowed, and was killed.
    case outputTooLong
  }

  /// Runs `words`, a program and its arguments, to its end.
  ///
  /// The program is looked for in `PATH`. Its standard input and its error output are ours, so that
  /// it can ask for a password; nothing else of ours is open in it. It has all the time it takes:
  /// when the task is cancelled it is killed, and `CancellationError` is thrown at once, whoever still
  /// holds its output. No thread of the cooperative pool waits.
  ///
  /// - Throws: `Failure`, `CancellationError`.
  package static func run(
    _ words: [String], environment: [String: String], outputBytesMax: Int
  ) async throws -> Outcome {
    let run = ChildRun(outputBytesMax: outputBytesMax)
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        run.start(words, environment, continuation)
      }
    } onCancel: {
      run.cancel()
    }
  }
}

/// One run of a program, from its start until it is reaped.
private final class ChildRun: Sendable {
  typealias Continuation = CheckedContinuation<ChildProcess.Outcome, any Error>

  private enum State {
    case idle
    case running(SpawnedProcess, Continuation)
    /// Nobody waits any longer; the reader is still to reap it.
    case cancelled
    case ended
  }

  private let state = Mutex(State.idle)
  private let outputBytesMax: Int

  init(outputBytesMax: Int) {
    self.outputBytesMax = outputBytesMax
  }

  func start(_ words: [String], _ environment: [String: String], _ continuation: Continuation) {
    let started = state.withLock { state -> Result<SpawnedProcess, any Error> in
      guard case .idle = state else { return .failure(CancellationError()) }
      do {
        let child = try SpawnedProcess(words, environment: environment)
        state = .running(child, continuation)
        return .success(child)
      } catch {
        state = .ended
        return .failure(error)
      }
    }
    switch started {
    case .failure(let error as SystemError):
      continuation.resume(throwing: ChildProcess.Failure.notStarted(error))
    case .failure(let error): continuation.resume(throwing: error)
    case .success(let child):
      // A queue of its own is a thread of its own: it blocks until the program has ended.
      DispatchQueue(label: "s3audit.child").async { self.follow(child) }
    }
  }

  func cancel() {
    let waiting = state.withLock { state -> Continuation? in
      defer { state = .cancelled }
      guard case .running(let child, let continuation) = state else { return nil }
      // It has not been reaped yet, so the number is still its own.
      child.kill()
      return continuation
    }
    waiting?.resume(throwing: CancellationError())
  }

  private func follow(_ child: SpawnedProcess) {
    let printed = readAll(child.output)
    if printed == nil { state.withLock { _ in child.kill() } }
    // Waits without reaping: until the lock is held, `cancel` may still send a signal.
    child.waitForEnd()
    let (ending, waiting) = state.withLock { state in
      defer { state = .ended }
      let ending = child.reap()
      guard case .running(_, let continuation) = state else { return (ending, Continuation?.none) }
      return (ending, continuation)
    }
    guard let printed else { waiting?.resume(throwing: ChildProcess.Failure.outputTooLong); return }
    waiting?.resume(returning: ChildProcess.Outcome(ending: ending, output: printed))
  }

  /// Nil when it is too much.
  private func readAll(_ output: SequentialFile) -> [UInt8]? {
    do {
      return try output.rest(bytesMax: outputBytesMax)
    } catch {
      // A pipe cannot fail; if it did, the program's output would be as good as none.
      return []
    }
  }
}
