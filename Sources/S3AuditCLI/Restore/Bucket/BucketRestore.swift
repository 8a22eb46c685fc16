internal import Restore
internal import S3
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
    let ignored = try arguments.leaveOutIgnored(of: wanted)
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
      recordsPath: try recordsPath, pause: { try await Task.sleep(for: $0) },
      now: systemTime)
    open.note(restore)
    let report = RestoreReport(context, arguments, ignored: ignored) { display.say($0) }
    let rehearsal = arguments.isDryRun ? RehearsalReport(ofCopies: context, ignored: ignored) : nil
    do {
      async let _: Void = display.show()
      try await restore.run(
        approve: { count in
          try DeletionQuestion(
            target: target, count, mayBePermanent: arguments.copies.allowsPermanent,
            unit: context.options.output.unit
          )
          .isAgreed(context, arguments, display)
        },
        observe: { event in
          if case .settled(let entry, let outcome) = event { progress.settle(entry, outcome) }
          report.tell(event)
          rehearsal?.note(event)
        })
    } catch {
      if error is CancellationError {
        Terminal.writeError("Interrupted.\nHelp:  \(SyncReport.howToGoOn)\n")
      }
      throw error
    }
    guard let rehearsal else { return try report.close(nil, thaw) }
    try rehearsal.close()
    return report.isWhole ? .done : .refused
  }

  /// What restores remember, beside the index, whether there is one or not.
  var recordsPath: String {
    get throws { try context.pathBesideIndex(".restored") }
  }
}
