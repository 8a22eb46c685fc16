internal import Restore
internal import S3
internal import SQLite
internal import System
internal import Vocabulary

/// Brings versions back into a folder and tells what became of them.
struct FolderRestore: Sendable {
  let context: Context
  let arguments: RestoreArguments
  let client: S3Client
  let bucket: String

  init(_ context: Context, _ arguments: RestoreArguments, _ client: S3Client, bucket: String) {
    self.context = context
    self.arguments = arguments
    self.client = client
    self.bucket = bucket
  }

  func run(
    _ wanted: consuming sending WantedFiles, into path: String
  ) async throws -> ExitStatus {
    let ignored = try arguments.leaveOutIgnored(of: wanted)
    var thaw: ThawPlan?
    if !arguments.options.isCheck {
      thaw = try await self.thaw(wanted, below: path)
      guard thaw != nil else { return .done }
      try Folder.make(path)
    }
    let folder = try Folder(opening: path)
    guard arguments.options.isCheck || folder.lock() else { throw Self.busy(path) }
    try checkFailures(beside: wanted, in: folder.identity)
    let progress = RestoreProgress()
    let display = LiveDisplay.ofRestore(context, arguments.progress, progress, client)
    let report = RestoreReport(context, arguments, ignored: ignored) { display.say($0) }
    let digests = digests(of: folder)
    let restore = DirectoryRestore(
      client: client, bucket: bucket, tree: ConfinedTree(folder), options: arguments.options,
      progress: progress, now: systemTime)
    let end: DirectoryRestore.End
    do {
      async let _: Void = display.show()
      end = try await restore.run(
        wanted, digests: digests,
        deletion: arguments.deletes ? try rules(path, display) : nil
      ) { entry, outcome in
        report.tell(entry, outcome)
      }
    } catch {
      if error is CancellationError {
        Terminal.writeError("Interrupted.\nHelp:  \(SyncReport.howToGoOn)\n")
      }
      throw error
    }
    guard FileIdentity(at: path) == folder.identity else {
      throw CommandFailure(
        message: "\(path) was moved or replaced while it was restored into",
        hint: "what was restored is where the folder went; run the command again for this one")
    }
    if let fault = end.digestFault { try say(fault) }
    return try report.close(end.deletion, thaw)
  }

  /// The list of failures must not take the place of a file that is restored.
  private func checkFailures(
    beside wanted: borrowing WantedFiles, in folder: FileIdentity
  ) throws {
    guard let path = arguments.failedPath else { return }
    var key = String(FileSystem.name(of: path))
    var parent = FileSystem.folder(of: path)
    while FileIdentity(at: parent) != folder {
      guard parent != ".", parent != "/" else { return }
      key = "\(FileSystem.name(of: parent))/\(key)"
      parent = FileSystem.folder(of: parent)
    }
    guard try wanted.contains(Key(Array(key.utf8))) else { return }
    throw CommandFailure(
      message: "\(path) is where the key \(key) is restored to",
      hint: "name another file with --failed")
  }

  private static func busy(_ path: String) -> CommandFailure {
    CommandFailure(
      message: "another restore into \(path) is running",
      hint: "wait until it has finished, or restore into another folder")
  }

  /// What may be deleted, said and asked before it is.
  private func rules(
    _ path: String, _ display: LiveDisplay<RestoreSample>
  ) throws -> DeletionRules {
    var rules = DeletionRules { surplus in
      try DeletionQuestion(folder: path, surplus, unit: context.options.output.unit)
        .isAgreed(context, arguments, display)
    }
    try arguments.complete(&rules, context)
    return rules
  }

  /// What earlier restores found; without it files are read once more.
  private func digests(of folder: Folder) -> sending DigestIndex? {
    do {
      let path = try context.pathBesideIndex(".restored")
      return try DigestIndex(path: path, folder: folder, isEmpty: folder.names().isEmpty)
    } catch {
      // Its own words say what is wrong with it.
      try? say(error)
      return nil
    }
  }

  private func say(_ fault: any Error) throws {
    Terminal.writeError(
      """
      Warning: what this and earlier restores found right is not remembered: \
      \(message(of: fault).escapingControls())
      Help:  files are read once more by the next restore; move \(try context.digestPath.escapingControls()) away, \
      or name another index with --index

      """)
  }
}
