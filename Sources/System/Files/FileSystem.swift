#if canImport(Darwin)
  internal import Darwin
#elseif canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// What is asked of the file system by a whole path, which leads through links wherever they point.
///
/// For paths that the user chose. What is in a folder that others may change meanwhile is reached by
/// `ConfinedTree`.
package enum FileSystem {
  /// What a path leads to; nil where that is nothing, or cannot be told.
  package static func status(of path: String) -> FileStatus? {
    FileStatus.read { unsafe stat(path, $0) }
  }

  /// What a name itself is, a link as a link.
  package static func ownStatus(of path: String) -> FileStatus? {
    FileStatus.read { unsafe lstat(path, $0) }
  }

  package static func exists(at path: String) -> Bool { unsafe access(path, F_OK) == 0 }

  /// Whether this user may write what is there.
  package static func isWritable(at path: String) -> Bool { unsafe access(path, W_OK) == 0 }

  /// Whether this user may make files in a folder, and find them.
  package static func admitsFiles(folder path: String) -> Bool {
    unsafe access(path, W_OK | X_OK) == 0
  }

  /// The folder that a path names a file of: `a` of `a/b`, `.` of `b`, `/` of `/b`.
  package static func folder(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  /// The last component of a path: `b` of `a/b`.
  package static func name(of path: String) -> Substring {
    path.lastIndex(of: "/").map { path[path.index(after: $0)...] } ?? path[...]
  }

  /// Where temporary files go: `TMPDIR` says so (POSIX, "Environment Variables").
  package static var temporaryFolder: String {
    let path = unsafe getenv("TMPDIR").map { unsafe String(cString: $0) } ?? ""
    return path.isEmpty ? "/tmp" : path
  }

  /// Makes an empty file where there is none; one that is there is left as it is, with its mode.
  package static func makeFileIfMissing(_ path: String, mode: UInt32) throws(SystemError) {
    let flags = O_RDWR | O_CREAT | O_CLOEXEC
    guard let number = uninterrupted({ unsafe open(path, flags, mode_t(mode)) }) else {
      throw SystemError("make", path)
    }
    _ = Descriptor(number)
  }

  /// Makes a folder, with those above it, where they are missing; says whether it was.
  ///
  /// The error names the one that could not be made.
  @discardableResult
  package static func makeFolders(_ path: String, mode: UInt32) throws(SystemError) -> Bool {
    guard !path.isEmpty, !exists(at: path) else { return false }
    if let slash = path.dropLast().lastIndex(of: "/"), slash != path.startIndex {
      try makeFolders(String(path[..<slash]), mode: mode)
    }
    if unsafe mkdir(path, mode_t(mode)) == 0 { return true }
    guard errno == EEXIST else { throw SystemError("make", path) }
    return false
  }

  /// Sets who may read, write and enter what a path leads to.
  ///
  /// By its name, for files that must not be opened and closed again: POSIX locks that this process has on a
  /// file are gone then.
  package static func setMode(_ mode: UInt32, of path: String) throws(SystemError) {
    guard unsafe chmod(path, mode_t(mode)) == 0 else {
      throw SystemError("set the permissions of", path)
    }
  }

  /// Removes a file or a link.
  package static func remove(_ path: String) throws(SystemError) {
    guard unsafe unlink(path) == 0 else { throw SystemError("remove", path) }
  }

  /// Gives a file another name on the same file system; whatever had that name is gone.
  package static func move(_ path: String, to name: String) throws(SystemError) {
    guard unsafe rename(path, name) == 0 else { throw SystemError("rename", path) }
  }

  /// Gives a file one more name, which must be free.
  package static func addName(_ name: String, of path: String) throws(SystemError) {
    guard unsafe link(path, name) == 0 else { throw SystemError("make", name) }
  }

  /// Has the bytes of a file, or the names in a folder, put on the disk.
  package static func flush(_ path: String) throws(SystemError) {
    guard let number = uninterrupted({ unsafe open(path, O_RDONLY | O_CLOEXEC) }) else {
      throw SystemError("open", path)
    }
    let descriptor = Descriptor(number)
    guard uninterrupted({ fsync(descriptor.number) }) != nil else {
      throw SystemError("flush", path)
    }
  }
}
