internal import Restore
internal import S3
internal import System
internal import Vocabulary

/// Brings versions back into a folder and tells what became of them.
struct FolderRestore: Sendable {
  private let context: Context
  private let arguments: RestoreArguments
  private let client: S3Client
  private let bucket: String

  init(_ context: Context, _ arguments: RestoreArguments, _ client: S3Client, bucket: String) {
    self.context = context
    self.arguments = arguments
    self.client = client
    self.bucket = bucket
  }

  func run(
    _ wanted: consuming sending WantedFiles, into path: String
  ) async throws -> ExitStatus {
    if !arguments.options.isCheck { try Folder.make(path) }
    let folder = try Folder(opening: path)
    let digests = try DigestIndex(path: try digestPath, folder: folder)
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
    return try report.close()
  }

  /// Beside the index, whether there is one or not.
  private var digestPath: String {
    get throws {
      let index = try context.indexPath()
      if let slash = index.lastIndex(of: "/"), slash != index.startIndex {
        try Folder.make(String(index[..<slash]))
      }
      return index + ".restored"
    }
  }
}
