internal import System

/// Files and folders that only their owner can read: keys and bucket names are nobody else's
/// business.
enum PrivateFile {
  /// Makes an empty file of mode 0600, and the missing folders above it with mode 0700.
  ///
  /// An existing file is left as it is, with its permissions.
  static func create(at path: String) throws(IndexError) {
    try createFolder(of: path, mode: nil)
    do throws(SystemError) {
      try FileSystem.makeFileIfMissing(path, mode: 0o600)
    } catch {
      throw .cannotCreate(path: path, reason: error.reason)
    }
  }

  /// Makes the missing folders above a file, with a mode that lets in whoever may read it.
  static func createFolder(of path: String, mode: FileMode?) throws(IndexError) {
    do throws(SystemError) {
      let folder = FileSystem.folder(of: RealPath.of(path))
      try FileSystem.makeFolders(folder, mode: mode?.ofFolder ?? 0o700)
    } catch {
      throw .cannotCreate(path: error.path, reason: error.reason)
    }
  }

  /// Gives an index, and its log if it is there, this mode.
  ///
  /// By their names: SQLite's locks would be gone if another descriptor of the file was closed.
  static func change(_ mode: FileMode, ofIndexAt path: String) throws(IndexError) {
    do throws(SystemError) {
      try FileSystem.setMode(mode.bits, of: path)
    } catch {
      throw .cannotCreate(path: path, reason: "its mode cannot be set: \(error.reason)")
    }
    for suffix in ["-wal", "-shm"] {
      // What cannot be changed was made by another user, with the mode that the index had then.
      try? FileSystem.setMode(mode.bits, of: RealPath.of(path) + suffix)
    }
  }

  /// Removes a file that nothing was written into.
  static func removeIfEmpty(at path: String) {
    // One that cannot be removed does no harm: an empty file is taken for none.
    if FileSystem.status(of: path)?.size == 0 { try? FileSystem.remove(RealPath.of(path)) }
  }

  static func isFolder(at path: String) -> Bool { FileSystem.status(of: path)?.kind == .folder }

  /// Whether it is a plain file, or leads to one: opening anything else might never return.
  static func isPlain(at path: String) -> Bool { FileSystem.status(of: path)?.kind == .file }

  /// What a name itself is, wherever it leads to.
  enum Kind { case plain, other }

  /// Nil where there is nothing of this name.
  static func ownKind(at path: String) -> Kind? {
    FileSystem.ownStatus(of: path).map { $0.kind == .file ? .plain : .other }
  }

  /// The size of a file; nil where there is none.
  static func bytes(at path: String) -> Int64? { FileSystem.status(of: path)?.size }
}
