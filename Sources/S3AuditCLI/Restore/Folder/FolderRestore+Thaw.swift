internal import Restore
internal import System

extension FolderRestore {
  /// How the archived ones stand of what the folder still lacks; nil when nothing is to be restored.
  ///
  /// Nothing is made for it, not even the folder.
  func thaw(_ wanted: borrowing WantedFiles, below path: String) async throws -> ThawPlan? {
    try findArchived(in: wanted, below: path)
    return try await ThawStage(context, arguments, client, bucket: bucket).run(wanted)
  }

  private func findArchived(in wanted: borrowing WantedFiles, below path: String) throws {
    let asksUnknown = arguments.thaw.speed != nil
    let folder: Folder
    do throws(SystemError) {
      folder = try Folder(opening: path)
    } catch {
      guard error.isMissing else { throw error }
      return try wanted.findArchived(asksUnknown: asksUnknown) { try wanted.hasFile($0) }
    }
    // What cannot be read is as good as not there: the restore itself will say so.
    guard let digests = try? DigestIndex(rehearsing: context.digestPath, folder: folder) else {
      return try wanted.findArchived(asksUnknown: asksUnknown) { try wanted.hasFile($0) }
    }
    let tree = ConfinedTree(folder)
    try wanted.findArchived(asksUnknown: asksUnknown) { entry in
      try digests.needs(entry, of: wanted, in: tree)
    }
  }
}
