internal import Restore
internal import S3
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
    var thaw: ThawPlan?
    if !arguments.options.isCheck {
      thaw = try await self.thaw(wanted, below: path)
      guard thaw != nil else { return .done }
      try Folder.make(path)
    }
    let folder = try Folder(opening: path)
    let digests = try DigestIndex(
      path: try context.indexFolderPath() + ".restored", folder: folder)
    let restore = DirectoryRestore(
      client: client, bucket: bucket, tree: ConfinedTree(folder), options: arguments.options,
      now: systemTime)
    let report = RestoreReport(context, arguments)
    do {
      try await restore.run(wanted, digests: digests) { entry, outcome in
        report.tell(entry, outcome)
      }
    } catch {
      if error is CancellationError { Terminal.writeError("Interrupted.\n") }
      throw error
    }
    return try report.close(thaw)
  }
}

extension Context {
  /// The path of the index, in a folder that is there, for files that stand beside it, whether it exists
  /// itself or not.
  func indexFolderPath() throws -> String {
    let index = try indexPath()
    if let slash = index.lastIndex(of: "/"), slash != index.startIndex {
      try Folder.make(String(index[..<slash]))
    }
    return index
  }
}
