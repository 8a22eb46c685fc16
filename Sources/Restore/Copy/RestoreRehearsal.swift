package import System
package import Vocabulary

/// Tells what a restore would do, key by key: it asks nobody and writes nothing.
package struct RestoreRehearsal {
  package enum Action: String, CaseIterable, Sendable {
    /// Its bytes would be fetched.
    case restore
    /// Its file would be read and compared, and fetched where it has other bytes.
    case compare
    /// It is right already.
    case skip
    /// Its folder would be made, if its object is empty.
    case folder
    case refuse
    /// It stands in the folder, and is not wanted.
    case delete
  }

  package struct Step: Sendable {
    package let action: Action
    /// The key, or where something stands that is not wanted.
    package let key: Key
    package let versionID: String?
    /// Nil where nobody said how large it is.
    package let bytes: Int64?
    package let reason: String?
  }

  private let plan: RestorePlan
  private let options: RestoreOptions

  /// `tree` is nil for a folder that is not there yet.
  package init(
    _ wanted: consuming sending WantedFiles, digests: consuming sending DigestIndex?,
    tree: ConfinedTree?, options: RestoreOptions
  ) {
    plan = RestorePlan(wanted, digests: digests, tree: tree, options: options)
    self.options = options
  }

  /// What would be done to each key, and then what would be deleted; says why nothing would be.
  package func run(
    deletion: DeletionRules?, observe: @escaping @Sendable (Step) throws -> Void
  ) async throws -> DeletionOutcome.Reason? {
    let mayDelete = try await plan.mayDelete(deletion) == nil
    var hasTroubles = false
    while true {
      try Task.checkCancellation()
      let batch = try await plan.next(count: 512)
      for (entry, outcome) in batch.settled {
        let step = step(entry, outcome, mayDelete: mayDelete)
        if step.action == .refuse { hasTroubles = true }
        try observe(step)
      }
      for work in batch.work { try observe(step(work)) }
      if batch.isLast { break }
    }
    guard let deletion else { return nil }
    return try await plan.rehearse(deletion, hasTroubles: hasTroubles, observe: observe)
  }

  private func step(
    _ entry: ManifestEntry, _ outcome: RestoreOutcome, mayDelete: Bool
  ) -> Step {
    switch outcome {
    case .skipped(let bytes): step(.skip, entry, bytes: bytes)
    case .refused(let refusal):
      if case .inTheWay = refusal, mayDelete {
        step(.restore, entry, reason: refusal.words + " and would be deleted")
      } else {
        step(.refuse, entry, reason: refusal.words)
      }
    case .failed(let failure): step(.refuse, entry, reason: failure.description)
    case .folder: step(.folder, entry)
    case .archived, .restored, .found: step(.restore, entry)
    }
  }

  private func step(_ work: RestorePlan.Work) -> Step {
    if work.path.name == nil { return step(.folder, work.entry) }
    return work.isLikelyRight(options)
      ? step(.compare, work.entry, bytes: work.entry.size ?? work.status?.size)
      : step(.restore, work.entry)
  }

  private func step(
    _ action: Action, _ entry: ManifestEntry, bytes: Int64? = nil, reason: String? = nil
  ) -> Step {
    Step(
      action: action, key: entry.key, versionID: entry.versionID, bytes: bytes ?? entry.size,
      reason: reason)
  }
}

extension RestorePlan {
  func rehearse(
    _ rules: DeletionRules, hasTroubles: Bool,
    observe: @Sendable (RestoreRehearsal.Step) throws -> Void
  ) throws -> DeletionOutcome.Reason? {
    guard !hasTroubles else { return .troubles }
    let reason = try mayDelete(rules)
    var found: [SurplusWalk.Found] = []
    let surplus = try surplus(rules) { if reason == nil { found.append($0) } }
    if let reason { return surplus.isNothing && reason != .nothingWanted ? nil : reason }
    for found in found {
      try observe(
        RestoreRehearsal.Step(
          action: .delete, key: found.key, versionID: nil, bytes: found.bytes, reason: nil))
    }
    return nil
  }
}
