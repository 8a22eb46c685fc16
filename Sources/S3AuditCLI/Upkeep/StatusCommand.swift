internal import Answers
internal import Arguments
internal import Index
internal import Vocabulary

/// `status`: the index, its last sync and its buckets at a glance, and whether somebody should look.
let statusCommand = ToolCommand(
  Command<StatusArguments>(
    name: "status", abstract: "How the index and its last sync are, for people and monitors.",
    discussion: """
      Answers at once, also while a sync runs. With --check the exit code tells a monitor: 0 when all is well, 3 when a \
      bucket is stale, partial, denied or grew too much, 1 when there is no index, or one that cannot be read or was never \
      synced. The first line says it all; each problem follows on a line of its own.
      """,
    options: StatusArguments.rows,
    examples: [
      Example("At a glance:", "s3audit status"),
      Example("For a monitor:", "s3audit status --check --max-age 36h --max-growth 20%"),
    ],
    exitStatuses: [
      ExitStatusRow(0, "Done; with --check: all is well."),
      ExitStatusRow(1, "Failed; with --check: there is no index, or none that was synced."),
      ExitStatusRow(3, "With --check: stale, partial, denied or grown."),
      ExitStatusRow(64, "The command line could not be understood."),
      ExitStatusRow(130, "Interrupted."),
    ])
) { arguments, context in
  try await context.interrupt.cancelling {
    arguments.isCheck
      ? try StatusCheck(context, arguments).run() : try StatusReport(context).write()
  }
}

/// What was asked of `status`.
struct StatusArguments: CommandArguments {
  var isCheck = false
  var ageMaxMilliseconds: Int64?
  /// In percent a day.
  var growthMax: Double?

  static let rows: [Option<StatusArguments>] = [
    .flag("check", help: "Say what is wrong, by words and exit code.", sets: \.isCheck),
    Option(
      long: "max-age", value: "age",
      help: "With --check: how long ago a bucket may have been listed whole.", defaultText: "36h"
    ) { status, text throws(UsageError) in
      guard let age = Int64(writtenAge: text), age > 0 else {
        throw .invalidValue("use a time like 36h or 2d")
      }
      status.ageMaxMilliseconds = age
    },
    Option(
      long: "max-growth", value: "percent",
      help: "With --check: by how much a bucket may grow in a day, like 20%; any without it."
    ) { status, text throws(UsageError) in status.growthMax = try ArgumentValues.percent(text) },
  ]
}
