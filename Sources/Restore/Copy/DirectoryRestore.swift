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
  private let now: @Sendable () -> Timestamp
  private static let lanesCount = 4

  package init(
    client: S3Client, bucket: String, tree: ConfinedTree, options: RestoreOptions,
    now: @escaping @Sendable () -> Timestamp
  ) {
    self.client = client
    self.bucket = bucket
    self.tree = tree
    self.options = options
    self.now = now
  }

  /// Restores all that is wanted; what cannot be is told to `observe` and does not stop the rest.
  ///
  /// - Throws: what ends a restore: a full disk, the digest index, cancellation. What was finished by
  ///   then is remembered where that is possible.
  package func run(
    _ wanted: consuming sending WantedFiles, digests: consuming sending DigestIndex,
    observe: @escaping Observer
  ) async throws {
    let plan = RestorePlan(wanted, digests: digests, tree: tree)
    let ledger = RestoreLedger(plan, folder: tree.root, policy: options.flush, now: now)
    let lanes = (0..<Self.lanesCount).map { _ in
      RestoreLane(client: client, bucket: bucket, tree: tree, options: options)
    }
    var run = RestoreRun(
      plan: plan, ledger: ledger, lanes: lanes, concurrency: options.concurrency, observe: observe)
    do {
      try await run.run()
    } catch {
      // What stopped the restore is the error to tell.
      try? await ledger.flush()
      throw error
    }
    try await ledger.flush()
  }
}
