internal import Arguments
internal import SQLite

/// The exit codes of s3audit, decided here and nowhere else.
package enum ExitStatus: Int32, Sendable {
  case done = 0
  case failed = 1
  case differences = 2
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

extension ExitStatus {
  /// What the codes mean for most commands; some say it of themselves more exactly.
  static let rows = [
    ExitStatusRow(0, "Done."),
    ExitStatusRow(1, "Failed."),
    ExitStatusRow(3, "Finished, but some buckets were refused or are not complete."),
    ExitStatusRow(64, "The command line could not be understood."),
    ExitStatusRow(130, "Interrupted; the same command goes on from there."),
  ]

  /// Those of the program, whatever the command.
  static let rowsOfProgram =
    Array(rows.prefix(2))
    + [
      ExitStatusRow(
        2,
        "restore --check: files are missing or have other bytes; manifest diff: they differ; query reconcile: a "
          + "bucket differs from CloudWatch; check, plan --check: something was found."),
      ExitStatusRow(3, "Finished, but some buckets or keys were refused, or are not complete."),
    ]
    + rows.dropFirst(3)
}
