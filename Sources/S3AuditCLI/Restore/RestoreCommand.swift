internal import AWS
internal import Arguments
internal import Report
internal import Restore
internal import S3
internal import Synchronization
internal import System
internal import Vocabulary

/// `restore`: brings versions back into a folder.
let restoreCommand = ToolCommand(
  Command<RestoreArguments>(
    name: "restore", abstract: "Bring versions of objects back into a folder.",
    discussion: """
      Each file is fetched beside its place, compared with what the service knows of its bytes, and gets \
      its name only then: whenever a restore is killed, no name holds a part of a file, and the same command \
      goes on. What is right already is neither read nor fetched again. Nothing outside of the folder is \
      written, and no link is followed; a key that is no path below it is named and left out.

      With --delete, what the folder has beside that is removed, when all keys are there: count and bytes are \
      said first, and where more goes than stays, it has to be agreed to.

      Archived versions (GLACIER, DEEP_ARCHIVE, the archive tiers of INTELLIGENT_TIERING) are named and left \
      out. With --thaw they are brought back: what that takes and costs is shown and has to be agreed to. The \
      same command, given again when they are back, restores them; what is under way or back is not asked for \
      again.
      """,
    positionals: RestoreArguments.positionals,
    options: RestoreArguments.rows + RestoreArguments.thawRows
      + ConnectionOptions.rows(takesProfiles: false, \.connection),
    examples: [
      Example(
        "The versions that a manifest names:",
        "s3audit restore -m manifest.csv -b photos -r /srv/photos"),
      Example(
        "What that would do, and what else the folder has:",
        "s3audit restore -m manifest.csv -b photos -r /srv/photos --delete --dry-run"),
      Example(
        "Whether a folder still is what was restored:",
        "s3audit restore --check -m manifest.csv -b photos -r /srv/photos"),
      Example(
        "What it takes and costs to have archived versions back, and to ask for them:",
        "s3audit restore -m manifest.csv -b photos -r /srv/photos --thaw bulk --dry-run"),
    ],
    exitStatuses: [
      ExitStatusRow(0, "All is there."),
      ExitStatusRow(1, "Failed; the same command goes on."),
      ExitStatusRow(2, "With --check: files are missing or have other bytes."),
      ExitStatusRow(
        3,
        "Finished, but some keys were refused or failed, or nothing was deleted, each of them named; or some are archived."
      ),
      ExitStatusRow(64, "The command line could not be understood."),
      ExitStatusRow(130, "Interrupted; the same command goes on."),
    ],
    applyPositionals: { restore, arguments in restore.places = arguments })
) { arguments, context in
  try await RestoreCommand(context, arguments).run()
}

private struct RestoreCommand: Sendable {
  private let context: Context
  private let arguments: RestoreArguments

  init(_ context: Context, _ arguments: RestoreArguments) {
    self.context = context
    self.arguments = arguments
  }

  func run() async throws -> ExitStatus {
    try arguments.check()
    let (source, target) = try arguments.route()
    try arguments.checkThaw()
    return try await context.interrupt.cancelling {
      switch target {
      case .folder(let path): try await restore(source, into: path)
      }
    }
  }

  private func restore(_ source: RestoreSource, into path: String) async throws -> ExitStatus {
    // All of it is read before anything is asked or made.
    let wanted = try source.wanted()
    // What a thaw takes has to be asked for.
    if arguments.isDryRun, arguments.thaw.speed == nil {
      return try await FolderRehearsal(context, arguments).run(wanted, into: path)
    }
    let account = try await Account.connect(
      arguments.connection, for: [source.bucket],
      limits: context.limits(connections: arguments.options.concurrency))
    for line in account.verboseLines { context.say(line) }
    let client = S3Client(account: account, options: arguments.connection.calls)
    return try await FolderRestore(context, arguments, client, bucket: source.bucket)
      .run(wanted, into: path)
  }
}
