internal import Arguments
internal import SQLite

/// The exit codes of s3audit, decided here and nowhere else.
package enum ExitStatus: Int32, Sendable {
  case done = 0
  case failed = 1
  case refused = 3
  case usage = 64
  case interrupted = 130

  /// The code for an error that ended a command.
  init(for error: any Error) {
    self =
      switch error {
      case is UsageError: .usage
      case is CancellationError: .interrupted
      case is BrokenPipe: .done
      case let error as SQLiteError where error.primaryCode == .interrupted: .interrupted
      default: .failed
      }
  }
}
