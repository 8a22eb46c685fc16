package import S3
package import System
package import Vocabulary

/// Brings versions of one bucket back into a folder.
///
/// Each file is fetched beside its place, checked, and given its name when it is whole: at any kill, no
/// name holds less than an object, or other bytes.
package struct DirectoryRestore {
  /// What happens, as it happens; called from one task.
  package typealias Observer = @Sendable (ManifestEntry, RestoreOutcome) -> Void

  private let client: S3Client
  private let bucket: String
  private let tree: ConfinedTree
  private let options: RestoreOptions
  private let progress: RestoreProgress
  private let now: @Sendable () -> Timestamp
  private static let lanesCount = 4

  package init(
    client: S3Client, bucket: String, tree: ConfinedTree, options: RestoreOptions,
    progress: RestoreProgress = RestoreProgress(), now: @escaping @Sendable () -> Timestamp
  ) {
    self.client = client
    self.bucket = bucket
    self.tree = tree
    self.options = options
    self.progress = progress
    self.now = now
  }

  /// What became of a restore beside its keys.
  package struct End: Sendable {
    /// Nil where nothing was to be deleted by its orders.
    package var deletion: DeletionOutcome?
    /// Why earlier restores were not known any more, or this one is not remembered.
    package var digestFault: (any Error)?
  }

  /// Restores all that is wanted; what cannot be is told to `observe` and does not stop the rest.
  ///
  /// With `deletion`, what is not wanted is removed when all else is there. What it stands in the way of
  /// is restored then.
  ///
  /// - Throws: what ends a restore: a full disk, cancellation. What was finished by then is remembered where
  ///   that is possible.
  @discardableResult
  package func run(
    _ wanted: consuming sending WantedFiles, digests: consuming sending DigestIndex?,
    deletion: DeletionRules? = nil, observe: @escaping Observer
  ) async throws -> End {
    let plan = RestorePlan(wanted, digests: digests, tree: tree, options: options)
    let ledger = RestoreLedger(plan, folder: tree.root, policy: options.flush, now: now)
    let lanes = (0..<Self.lanesCount).map { _ in
      RestoreLane(
        client: client, bucket: bucket, tree: tree, options: options, progress: progress)
    }
    if !options.isCheck { try await plan.prepare() }
    progress.begin(try await plan.totals())
    var run = RestoreRun(
      plan: plan, ledger: ledger, lanes: lanes, concurrency: options.concurrency,
      defersObstacles: try await plan.mayDelete(deletion) == nil,
      observe: { [progress] entry, outcome in
        progress.settle(entry, outcome)
        observe(entry, outcome)
      })
    var end = End()
    try await run.run()
    if let deletion {
      let outcome = try await plan.delete(deletion, hasTroubles: run.hasTroubles)
      end.deletion = outcome
      try await run.settleObstacles(areGone: outcome.isDone)
    }
    if !options.isCheck { await plan.finish() }
    end.digestFault = await plan.digestFault
    return end
  }
}
