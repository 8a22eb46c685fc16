internal import System
internal import Vocabulary

extension RestorePlan {
  /// Keys and bytes of all that is wanted.
  func totals() throws -> (keys: Int64, bytes: Int64?) {
    (try wanted.count, try wanted.bytes)
  }

  /// Why nothing may be deleted, whatever becomes of the keys; nil when it may.
  func mayDelete(_ rules: DeletionRules?) throws -> DeletionOutcome.Reason? {
    guard let rules else { return .notConfirmed }
    if try wanted.count == 0 { return .nothingWanted }
    return isOwnFolder || rules.allowsForeign ? nil : .foreignFolder
  }

  /// Removes what is not wanted, in two passes: what is going to go is counted and said before it goes.
  func delete(_ rules: DeletionRules, hasTroubles: Bool) async throws -> DeletionOutcome {
    guard !hasTroubles else { return .kept(.troubles) }
    let reason = try mayDelete(rules)
    let surplus = try surplus(rules)
    if surplus.isNothing, reason != .nothingWanted {
      // All that stands in it was brought by restores.
      own()
      if surplus.leftovers > 0 { _ = try remove(rules, isOfLeftovers: true) }
      return .done(surplus, failures: [])
    }
    if let reason { return .kept(reason) }
    guard try await rules.confirm(surplus) else { return .kept(.notConfirmed) }
    let outcome = try remove(rules)
    own()
    return outcome
  }

  /// Counts what is not wanted, and tells `observe` of each file and folder.
  func surplus(
    _ rules: DeletionRules, observe: (SurplusWalk.Found) -> Void = { _ in }
  ) throws -> Surplus {
    guard let tree else { return Surplus() }
    var walk = SurplusWalk(ConfinedTree(tree.root), rules, try wantedFiles(in: tree))
    try walk.run(wanted) { found, _, _ in
      if !found.isLeftover { observe(found) }
      return true
    }
    return walk.surplus
  }

  /// With `isOfLeftovers`, only what earlier restores left unfinished: nobody agreed to anything else.
  private func remove(
    _ rules: DeletionRules, isOfLeftovers: Bool = false
  ) throws -> DeletionOutcome {
    guard let tree else { return .done(Surplus(), failures: []) }
    var walk = SurplusWalk(ConfinedTree(tree.root), rules, try wantedFiles(in: tree))
    try walk.run(wanted) { found, folder, name throws(SystemError) in
      if found.isLeftover { return try folder.removeLeftover(name) }
      if isOfLeftovers { return false }
      if found.kind == .folder { return try folder.removeFolder(name) }
      try folder.remove(name)
      return true
    }
    return .done(walk.surplus, failures: walk.failures)
  }

  /// The inodes of wanted files, where names may not be what they were written as.
  private func wantedFiles(in tree: ConfinedTree) throws -> Set<UInt64> {
    guard folding != nil else { return [] }
    var inodes: Set<UInt64> = []
    var position = Key.start
    while true {
      let entries = try wanted.entries(after: position, count: 512)
      guard let last = entries.last else { return inodes }
      for entry in entries {
        // What is no path, or is not there, is not among what stands there either.
        guard let path = try? LocalPath(entry.path), let folder = try? tree.folder(path.folder)
        else { continue }
        let status = try path.name.map { try folder.status(of: $0) } ?? nil
        inodes.insert(status?.inode ?? folder.inode)
      }
      position = last.path
    }
  }
}
