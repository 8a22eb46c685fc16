internal import Restore
internal import System
internal import Vocabulary

/// Tells what a restore into a folder would do, without asking anybody.
struct FolderRehearsal: Sendable {
  private let context: Context
  private let arguments: RestoreArguments

  init(_ context: Context, _ arguments: RestoreArguments) {
    self.context = context
    self.arguments = arguments
  }

  func run(
    _ wanted: consuming sending WantedFiles, into path: String
  ) async throws -> ExitStatus {
    let ignored = try arguments.leaveOutIgnored(of: wanted)
    let folder = try folder(at: path)
    // What cannot be read is as good as not there: the restore itself will say so.
    let digests = folder.flatMap { folder in
      try? DigestIndex(rehearsing: context.digestPath, folder: folder)
    }
    var rules = DeletionRules { _ in false }
    try arguments.complete(&rules, context)
    // A folder that is not there yet, or has nothing in it, is the restore's own.
    if try folder?.names().isEmpty != false { rules.allowsForeign = true }
    let rehearsal = RestoreRehearsal(
      wanted, digests: digests, tree: folder.map { ConfinedTree($0) }, options: arguments.options)
    let report = RehearsalReport(
      context, actions: RestoreRehearsal.Action.allCases.map(\.rawValue),
      idleAction: RestoreRehearsal.Action.skip.rawValue, ignored: ignored)
    let kept = try await rehearsal.run(deletion: arguments.deletes ? rules : nil) { step in
      try report.tell(
        RehearsalReport.Row(
          action: step.action.rawValue, bytes: step.bytes, key: step.key,
          versionID: step.versionID, reason: step.reason))
    }
    try report.close()
    if let text = kept?.text { Terminal.writeError(text) }
    // As the restore would end for what is known now.
    let refusals = report.count(of: RestoreRehearsal.Action.refuse.rawValue)
    return refusals > 0 || kept != nil ? .refused : .done
  }

  /// Nil when there is nothing at that path.
  private func folder(at path: String) throws(SystemError) -> Folder? {
    do {
      return try Folder(opening: path)
    } catch {
      guard error.isMissing else { throw error }
      return nil
    }
  }
}

extension Context {
  /// Where restores remember what they found right, and what they copied: beside the index, whether there is
  /// one or not.
  var digestPath: String {
    get throws { try indexPath() + ".restored" }
  }

  /// The path of a file beside the index, in a folder that is made where it is missing.
  func pathBesideIndex(_ suffix: String) throws -> String {
    let index = try indexPath()
    try Folder.make(FileSystem.folder(of: index))
    return index + suffix
  }
}

extension RestoreArguments {
  /// What of a folder is never deleted, and whether it may be another's.
  func complete(_ rules: inout DeletionRules, _ context: Context) throws {
    rules.allowsForeign = deletesForeign
    rules.isIgnored = { [self] in isLeftAlone(at: $0) }
    let (index, digests) = (try context.indexPath(), try context.digestPath)
    let paths =
      [manifest, failedPath].compactMap { $0 }
      + ["", "-wal", "-shm", "-journal"].flatMap { [index + $0, digests + $0] }
    rules.ownFiles = Set(paths.compactMap { FileIdentity(at: $0) })
  }
}
