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

      With --as-of no manifest is needed: the versions below the prefix are listed now, and each key goes, \
      below the prefix, to the version that it had then. The moment is 2026-11-20T12:00:00Z, with any zone, \
      2026-11-20 (from 00:00 UTC), '2d ago' by the server's clock, or now. Nothing is restored from a \
      listing that is not complete; what no listing can show is said as by 'manifest create'.
      """,
    positionals: RestoreArguments.positionals,
    options: RestoreArguments.rows + ConnectionOptions.rows(takesProfiles: false, \.connection),
    examples: [
      Example(
        "The versions that a manifest names:",
        "s3audit restore -m manifest.csv -b photos -r /srv/photos"),
      Example(
        "What a prefix held on a day, without a manifest:",
        "s3audit restore --as-of 2026-11-20 s3://photos/2026/ /srv/photos"),
      Example(
        "Whether a folder still is what was restored:",
        "s3audit restore --check -m manifest.csv -b photos -r /srv/photos"),
    ],
    exitStatuses: [
      ExitStatusRow(0, "All is there."),
      ExitStatusRow(1, "Failed; the same command goes on."),
      ExitStatusRow(2, "With --check: files are missing or have other bytes."),
      ExitStatusRow(3, "Finished, but some keys were refused or failed; each is named."),
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
    let (source, target) = try arguments.route()
    // Who waits for a pipe is ended by Ctrl-C, too.
    if arguments.manifest != nil { context.interrupt.endProcessThatWaits() }
    return try await context.interrupt.cancelling {
      switch target {
      case .folder(let path): try await restore(source, into: path)
      }
    }
  }

  private func restore(_ source: RestoreSource, into path: String) async throws -> ExitStatus {
    switch source {
    case .manifest(let manifest, let quote, let bucket):
      // All of it is read before anything is asked or made.
      let input = try ManifestInput(manifest, temporaryFolder: context.temporaryFolder)
      let wanted = try WantedFiles.read(
        try input.reader(quote: quote), path: input.path, of: bucket)
      let client = try await connect(to: bucket)
      return try await FolderRestore(context, arguments, client, bucket: bucket)
        .run(wanted, into: path)
    case .moment(let moment, let bucket, let keepsPrefix):
      let state = MomentState(context, arguments, moment, bucket, keepsPrefix: keepsPrefix)
      var arguments = arguments
      arguments.bucket = bucket.name
      let client = try await connect(to: bucket.name)
      guard let wanted = try await state.wanted(from: client) else { return state.refusal }
      return try await FolderRestore(context, arguments, client, bucket: bucket.name)
        .run(wanted, into: path)
    }
  }

  private func connect(to bucket: String) async throws -> S3Client {
    let account = try await Account.connect(
      arguments.connection, for: [bucket],
      limits: context.limits(connections: arguments.options.concurrency))
    for line in account.verboseLines { context.say(line) }
    return S3Client(account: account, options: arguments.connection.calls)
  }
}
