internal import AWS
internal import Arguments
internal import Report
internal import Restore
internal import S3
internal import Synchronization
internal import System
internal import Vocabulary

/// `restore`: brings versions back into a folder, or into a bucket.
let restoreCommand = ToolCommand(
  Command<RestoreArguments>(
    name: "restore", abstract: "Bring versions back into a folder or a bucket.",
    discussion: """
      Each file is fetched beside its place, compared with what the service knows of its bytes, and gets \
      its name only then: whenever a restore is killed, no name holds a part of a file, and the same command \
      goes on. What is right already is neither read nor fetched again. Nothing outside of the folder is \
      written, and no link is followed; a key that is no path below it is named and left out.

      With --delete, what the folder has beside that is removed, when all keys are there: count and bytes are \
      said first, and where more goes than stays, it has to be agreed to.

      With --as-of no manifest is needed: the versions below the prefix are listed now, and each key goes, \
      below the prefix, to the version that it had then. The moment is 2026-11-20T12:00:00Z, with any zone, \
      2026-11-20 (from 00:00 UTC), '2d ago' by the server's clock, or now. Nothing is restored from a \
      listing that is not complete; what no listing can show is said as by 'manifest create'.

      Into a bucket the service copies, and no byte comes here: metadata, content headers, tags and the storage \
      class of each version come along; ACLs, locks and legal holds do not, and the target's default encrypts. \
      The target's key is its prefix and the whole key; with --as-of, what follows the last slash of the \
      source's prefix. What the target has already is not copied again, so a second run writes no version; \
      tags and classes are not compared. With the same bucket and prefix as the target, and for manifests no \
      prefix, versions come back in their place: a key whose version is current is left alone, a deleted one \
      is there again. --delete puts a delete marker over each key below the prefix that is not wanted. \
      The target must keep versions, so that all of this can be undone. Without that, --allow-permanent lets \
      copies replace what is there and deletions destroy it, for good.

      Archived versions (GLACIER, DEEP_ARCHIVE, the archive tiers of INTELLIGENT_TIERING) are named and left \
      out. With --thaw they are brought back: what that takes and costs is shown and has to be agreed to. The \
      same command, given again when they are back, restores them; what is under way or back is not asked for \
      again.
      """,
    positionals: RestoreArguments.positionals,
    options: RestoreArguments.rows + RestoreArguments.copyRows + RestoreArguments.thawRows
      + ConnectionOptions.rows(takesProfiles: false, \.connection),
    examples: [
      Example(
        "The versions that a manifest names:",
        "s3audit restore -m manifest.csv -b photos -r /srv/photos"),
      Example(
        "What a prefix held on a day, without a manifest:",
        "s3audit restore --as-of 2026-11-20 s3://photos/2026/ /srv/photos"),
      Example(
        "What that would do, and what else the folder has:",
        "s3audit restore -m manifest.csv -b photos -r /srv/photos --delete --dry-run"),
      Example(
        "Whether a folder still is what was restored:",
        "s3audit restore --check -m manifest.csv -b photos -r /srv/photos"),
      Example(
        "What would be copied, and hidden, to undo a bad night in its place:",
        "s3audit restore --as-of 2026-11-20 s3://photos/2026/ s3://photos/2026/ --delete --dry-run"),
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
        "Finished, but some keys were refused, failed or are archived, or nothing was deleted; all of it is named."
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
    try arguments.check(for: source, target)
    // Known now, and not after hours of work.
    if let path = arguments.failedPath, !arguments.isDryRun { try FileReplacement.tryOut(path) }
    // Who waits for a pipe is ended by Ctrl-C, too.
    if arguments.manifest != nil { context.interrupt.endProcessThatWaits() }
    let open = OpenUploads()
    do {
      return try await context.interrupt.cancelling { try await restore(source, to: target, open) }
    } catch {
      await open.abort()
      throw error
    }
  }

  private func restore(
    _ source: RestoreSource, to target: RestoreTarget, _ open: OpenUploads
  ) async throws -> ExitStatus {
    switch source {
    case .manifest(let manifest, let quote, let bucket):
      // All of it is read before anything is asked or made.
      let input = try ManifestInput(manifest, temporaryFolder: context.temporaryFolder)
      let wanted = try WantedFiles.read(
        try input.reader(quote: quote), path: input.path, of: bucket)
      // What a thaw takes has to be asked for.
      if arguments.isDryRun, arguments.thaw.speed == nil, case .folder(let path) = target {
        return try await FolderRehearsal(context, arguments).run(wanted, into: path)
      }
      let client = try await connect(to: bucket, target)
      return try await bring(wanted, of: bucket, to: target, client, open)
    case .moment(let moment, let bucket, let keepsPrefix):
      let state = MomentState(
        context, arguments, moment, bucket, keepsPrefix: keepsPrefix, to: target)
      let client = try await connect(to: bucket.name, target)
      guard let wanted = try await state.wanted(from: client) else { return state.refusal }
      return try await bring(
        wanted, of: bucket.name, below: state.prefixLeftOut, to: target, client, open)
    }
  }

  private func bring(
    _ wanted: consuming sending WantedFiles, of bucket: String, below prefix: Key = .start,
    to target: RestoreTarget, _ client: S3Client, _ open: OpenUploads
  ) async throws -> ExitStatus {
    var arguments = arguments
    (arguments.bucket, arguments.prefixLeftOut) = (bucket, prefix)
    switch target {
    case .folder(let path) where arguments.isDryRun && arguments.thaw.speed == nil:
      return try await FolderRehearsal(context, arguments).run(wanted, into: path)
    case .folder(let path):
      return try await FolderRestore(context, arguments, client, bucket: bucket).run(
        wanted, into: path)
    case .bucket(let target):
      return try await BucketRestore(context, arguments, client, bucket: bucket)
        .run(wanted, to: target, open)
    }
  }

  private func connect(to bucket: String, _ target: RestoreTarget) async throws -> S3Client {
    var buckets = [bucket]
    if case .bucket(let target) = target, target.bucket != bucket { buckets.append(target.bucket) }
    let account = try await Account.connect(
      arguments.connection, for: buckets,
      limits: context.limits(connections: arguments.options.concurrency))
    for line in account.verboseLines { context.say(line) }
    return S3Client(account: account, options: arguments.connection.calls)
  }
}
