package import System
internal import Vocabulary

extension WantedFiles {
  /// Whether a version has a file of its own in a restored folder: its key is a path below it, and it is no
  /// folder itself.
  package func hasFile(_ entry: ManifestEntry) throws -> Bool {
    do {
      return try localPath(of: entry.path).name != nil
    } catch is KeyRefusal {
      return false
    }
  }
}

extension DigestIndex {
  /// Whether a restore into this folder would ask for the bytes of a version: no earlier one left it there
  /// right.
  package func needs(
    _ entry: ManifestEntry, of wanted: borrowing WantedFiles, in tree: ConfinedTree
  ) throws -> Bool {
    guard try wanted.hasFile(entry) else { return false }
    let path = try wanted.localPath(of: entry.path)
    guard let name = path.name else { return false }
    let status: FileStatus?
    do throws(SystemError) {
      status = try tree.folder(path.folder).status(of: name)
    } catch {
      // What the file system refuses, it refuses the restore too.
      return error.isMissing
    }
    guard let status else { return true }
    guard status.kind != .folder else { return false }
    // A file of a `null` that may have been overwritten since is compared by HEAD, without its bytes: nothing is
    // brought back, and paid, only to find it as it is.
    return try !isRight(
      entry.path, versionID: entry.versionID, etag: entry.etag, status: status, takesNull: true)
  }
}
