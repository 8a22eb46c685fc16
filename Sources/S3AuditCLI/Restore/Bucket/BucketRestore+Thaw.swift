internal import Restore
internal import Synchronization
internal import Vocabulary

extension BucketRestore {
  /// How the archived ones stand of what the target still lacks; nil when nothing is to be restored.
  ///
  /// Only the target tells what it lacks, so the restore is rehearsed first: nothing is brought back, and
  /// paid, that is there already.
  func thaw(_ wanted: borrowing WantedFiles, for target: CopyTarget) async throws -> ThawPlan? {
    var options = arguments.copyOptions
    (options.isDryRun, options.deletesOthers) = (true, false)
    let rehearsal = try TargetRestore(
      wanted.copy(), from: bucket, to: target, client: client, options: options,
      recordsPath: try recordsPath, pause: { try await Task.sleep(for: $0) },
      now: systemTime)
    let lacking = Mutex<Set<Key>>([])
    try await rehearsal.run(
      approve: { _ in false },
      observe: { event in
        guard case .settled(let entry, .archived) = event else { return }
        lacking.withLock { _ = $0.insert(entry.key) }
      })
    let keys = lacking.withLock { $0 }
    try wanted.findArchived(asksUnknown: true) { keys.contains($0.key) }
    return try await ThawStage(context, arguments, client, bucket: bucket).run(wanted)
  }
}
