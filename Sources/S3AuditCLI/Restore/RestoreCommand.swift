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
      """,
    options: RestoreArguments.rows + ConnectionOptions.rows(takesProfiles: false, \.connection),
    examples: [
      Example(
        "The versions that a manifest names:",
        "s3audit restore -m manifest.csv -b photos -r /srv/photos"),
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
    ])
) { arguments, context in
  try await RestoreCommand(context, arguments).run()
}

/// What was asked of `restore`.
struct RestoreArguments: CommandArguments {
  var manifest: String?
  var quote: ManifestQuote?
  var folder: String?
  var bucket: String?
  var failedPath: String?
  var options = RestoreOptions()
  var connection = ConnectionOptions()

  static let rows: [Option<RestoreArguments>] = [
    Option(long: "manifest", short: "m", value: "file", help: "The versions to bring back.") {
      restore, text in restore.manifest = text
    },
    Option(
      long: "manifest-quote", value: "character",
      help: """
        What quotes the fields of a manifest without a header. Unless \
        one alone makes sense of every line, it has to be said.
        """,
      choices: ManifestQuote.allCases.map(\.rawValue)
    ) { restore, text in restore.quote = ManifestQuote(rawValue: text) },
    Option(long: "directory", short: "r", value: "folder", help: "Where the files go.") {
      restore, text in restore.folder = text
    },
    Option(long: "bucket", short: "b", value: "bucket", help: "The bucket that has them.") {
      restore, text throws(UsageError) in
      let target = try ArgumentValues.listTarget(text)
      guard target.prefix.isStart else { throw .invalidValue("name the bucket alone") }
      restore.bucket = target.bucket
    },
    .flag(
      "check", help: "Only compare; with 2 something is missing or different.",
      sets: \.options.isCheck),
    .flag(
      "require-verified", help: "Fail objects whose bytes nothing can vouch for.",
      sets: \.options.requiresVerified),
    .count(
      "concurrency", short: "c", in: 1...1024, help: "Objects at work, at most.",
      defaultText: "32", sets: \.options.concurrency),
    .choice(
      "fsync", value: "when", help: "When files are put on the disk for good.",
      defaultText: "batch",
      sets: \.options.flush),
    Option(
      long: "failed", value: "file",
      help: "Write a manifest of what could not be restored, for another try."
    ) { restore, text in restore.failedPath = text },
  ]
}

private struct RestoreCommand: Sendable {
  private let context: Context
  private let arguments: RestoreArguments

  init(_ context: Context, _ arguments: RestoreArguments) {
    self.context = context
    self.arguments = arguments
  }

  func run() async throws -> ExitStatus {
    guard let manifest = arguments.manifest, let folder = arguments.folder,
      let bucket = arguments.bucket
    else {
      throw UsageError(
        "'restore' needs a manifest, a bucket and a folder.",
        hint: "s3audit restore -m manifest.csv -b BUCKET -r FOLDER")
    }
    return try await context.interrupt.cancelling {
      try await restore(manifest, bucket, folder)
    }
  }

  private func restore(
    _ manifest: String, _ bucket: String, _ path: String
  ) async throws -> ExitStatus {
    // All of it is read before anything is asked or made.
    let wanted = try WantedFiles.read(
      try ManifestReader(path: manifest, quote: arguments.quote) { () throws(ManifestError) in
        try ManifestFile(path: manifest)
      }, path: manifest)
    if !arguments.options.isCheck { try Folder.make(path) }
    let folder = try Folder(opening: path)
    let digests = try DigestIndex(path: try digestPath, folder: folder)
    let account = try await Account.connect(
      arguments.connection, for: [bucket],
      limits: context.limits(connections: arguments.options.concurrency))
    for line in account.verboseLines { context.say(line) }
    let client = S3Client(account: account, options: arguments.connection.calls)
    let restore = DirectoryRestore(
      client: client, bucket: bucket, tree: ConfinedTree(folder), options: arguments.options,
      now: systemTime)
    let report = RestoreReport(context, arguments)
    do {
      try await restore.run(wanted, digests: digests) { entry, outcome in
        report.tell(entry, outcome)
      }
    } catch {
      if error is CancellationError { Terminal.writeError("Interrupted.\n") }
      throw error
    }
    return try report.close()
  }

  /// Beside the index, whether there is one or not.
  private var digestPath: String {
    get throws {
      let index = try context.indexPath()
      if let slash = index.lastIndex(of: "/"), slash != index.startIndex {
        try Folder.make(String(index[..<slash]))
      }
      return index + ".restored"
    }
  }
}
