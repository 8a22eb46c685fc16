internal import Arguments
internal import Index
internal import Synchronization
internal import Vocabulary

/// `backup`: a copy of the index, while a sync may write it.
let backupCommand = ToolCommand(
  Command<BackupArguments>(
    name: "backup", abstract: "Copy the index as it is at one moment, also while a sync writes.",
    discussion: """
      The copy is made beside FILE, what is copied is checked by SQLite, put on the disk and then renamed: under that name is the \
      old backup or the new one, whole, however the command ends. It is an index like any other: \
      's3audit --index FILE query totals' reads it, and copying it back restores it. What a sync has recorded of the \
      past (syncs, changes, history) cannot be listed anew.
      """,
    positionals: [
      Positional(
        name: "file", help: "Where the copy goes; a backup that is there is replaced.",
        isRequired: true, isRepeated: false)
    ],
    options: [
      .count(
        "rotate", value: "count", in: 1...1_000,
        help: "Keep so many backups: FILE, and older ones as FILE.1, FILE.2 and so on.",
        defaultText: "1", sets: \.kept)
    ],
    examples: [
      Example("Every night after the sync:", "s3audit backup /backup/s3audit.sqlite3 --rotate 7")
    ],
    exitStatuses: ExitStatus.rows.filter { $0.code != ExitStatus.refused.rawValue },
    applyPositionals: { arguments, words throws(UsageError) in
      arguments.file = words.first ?? ""
    })
) { arguments, context in
  try await backUp(arguments, context)
}

/// What was asked of `backup`.
struct BackupArguments: CommandArguments {
  var file = ""
  var kept = 1
}

private func backUp(_ arguments: BackupArguments, _ context: Context) async throws -> ExitStatus {
  guard !arguments.file.isEmpty else {
    throw UsageError("The name of the backup is empty.", hint: "name a file")
  }
  let path = try context.indexPath()
  context.say("index: \(path)")
  guard IndexFiles(path: path) != nil else { throw IndexError.missing(path: path) }
  let backup = try IndexBackup(of: path, to: arguments.file, keeping: arguments.kept)
  let unit = context.options.output.unit
  let reached = Reached()
  let display = StepDisplay(context) { reached.text(unit) }
  let interrupt = context.interrupt
  let summary = try await interrupt.cancelling {
    try await display.showing {
      try backup.run(now: context.now) { progress in
        // On a thread of its own, which knows no task.
        if interrupt.isInterrupted { throw CancellationError() }
        reached.note(progress)
      }
    }
  }
  guard !context.options.output.isQuiet else { return .done }
  let moment = summary.syncedAt.map { "as of \($0.iso8601)" } ?? "never synced"
  try Terminal.writeOutput(
    "Backed up \(counted(summary.buckets, "bucket")) with \(counted(summary.objects, "object")), \(moment): "
      + "\(unit.text(summary.bytes)) in \(arguments.file.escapingControls())\n")
  return .done
}

/// How far the copy has come, for the display beside it.
private final class Reached: Sendable {
  private let progress = Mutex(CopyProgress())

  func note(_ new: CopyProgress) { progress.withLock { $0 = new } }

  func text(_ unit: ByteUnit) -> String {
    let progress = progress.withLock { $0 }
    return "copied \(unit.text(progress.bytes)) of \(unit.text(progress.bytesTotal))"
  }
}
