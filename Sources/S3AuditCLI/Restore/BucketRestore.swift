internal import Report
internal import Restore
internal import S3
internal import Synchronization
internal import System
internal import Vocabulary

/// Brings versions back into a bucket and tells what became of them.
struct BucketRestore: Sendable {
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

  /// `open` is told of the restore, for whoever has to end what it began.
  func run(
    _ wanted: consuming sending WantedFiles, to target: CopyTarget, _ open: OpenUploads
  ) async throws -> ExitStatus {
    let ignored = try wanted.leaveOut(arguments.isIgnored)
    var thaw: ThawPlan?
    if arguments.thaw.speed != nil {
      thaw = try await self.thaw(wanted, for: target)
      guard thaw != nil else { return .done }
    }
    let progress = RestoreProgress()
    progress.begin((try wanted.count, try wanted.bytes))
    let display = LiveDisplay.ofRestore(context, arguments.progress, progress, client)
    let restore = try TargetRestore(
      wanted, from: bucket, to: target, client: client, options: arguments.copyOptions,
      recordsPath: try recordsPath, pause: { try await Task.sleep(for: $0) })
    open.note(restore)
    let report = RestoreReport(context, arguments, ignored: ignored) { display.say($0) }
    let rehearsal = arguments.isDryRun ? CopyRehearsal(context) : nil
    do {
      async let _: Void = display.show()
      try await restore.run(
        approve: { try approve($0, in: target, display) },
        observe: { event in
          if case .settled(let entry, let outcome) = event { progress.settle(entry, outcome) }
          report.tell(event)
          rehearsal?.tell(event)
        })
    } catch {
      if error is CancellationError {
        Terminal.writeError("Interrupted.\nHelp:  \(SyncCommand.howToGoOn)\n")
      }
      throw error
    }
    guard let rehearsal else { return try report.close(nil, thaw) }
    try rehearsal.close()
    return report.isWhole ? .done : .refused
  }

  /// Says what is about to be deleted; false where more would go than stays, and nobody has agreed.
  private func approve(
    _ count: MarkerCount, in target: CopyTarget, _ display: LiveDisplay<RestoreSample>
  ) throws -> Bool {
    let place = "s3://\(target.bucket)/\(target.prefix.text)".escapingControls()
    let isMost = count.keys > count.current - count.keys
    if !context.options.output.isQuiet || isMost {
      display.say(
        "Deleting below \(place), as not wanted: \(counted(count.keys, "key")) "
          + "(\(context.options.output.unit.text(count.bytes))) of \(groupedDecimal(count.current))\n"
      )
    }
    guard isMost, !arguments.isAgreed else { return true }
    guard Terminal.inputIsTerminal, Terminal.errorIsTerminal else {
      display.say(
        """
        Error: nothing was deleted: more would go than stays
        Help:  look at what would go with --dry-run, then agree with --yes

        """)
      return false
    }
    return try display.pausing {
      Terminal.writeError("That is more than stays. Put delete markers over them? [y/N] ")
      let answer = try Terminal.readInput(isLine: true) { context.interrupt.isInterrupted }
      return DeletionQuestion.isYes(answer)
    }
  }

  /// Beside the index, whether there is one or not.
  var recordsPath: String {
    get throws {
      let path = try context.digestPath
      if let slash = path.lastIndex(of: "/"), slash != path.startIndex {
        try Folder.make(String(path[..<slash]))
      }
      return path
    }
  }
}

/// The uploads that a restore into a bucket leaves open when it is cancelled: whoever cancelled it has them
/// aborted, as a cancelled task sends no requests any more.
final class OpenUploads: Sendable {
  private let restore = Mutex<TargetRestore?>(nil)

  func note(_ restore: TargetRestore) {
    self.restore.withLock { $0 = restore }
  }

  func abort() async {
    await restore.withLock { $0 }?.abortUploads()
  }
}

extension RestoreReport {
  /// What is not there in the end is told at once; so is what is left alone.
  func tell(_ event: CopyEvent) {
    switch event {
    case .settled(let entry, let outcome): tell(entry, outcome)
    case .planned: break
    case .marked(_, nil): state.withLock { $0.counts.markers += 1 }
    case .marked(let object, let failure?):
      state.withLock { $0.counts.failed += 1 }
      say(
        "Error: \(object.key.text.escapingControls()): not deleted: \(failure.description)\n")
    case .unmarked(let reason):
      state.withLock { $0.counts.isUnmarked = true }
      if let words = reason.words {
        say("Error: \(words.message)\nHelp:  \(words.hint)\n")
      }
    }
  }

  /// Whether everything is as it was asked for.
  var isWhole: Bool { state.withLock { $0.counts.isWhole } }
}
