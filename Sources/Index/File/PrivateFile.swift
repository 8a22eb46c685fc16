#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// Files and folders that only their owner can read: keys and bucket names are nobody else's
/// business.
enum PrivateFile {
  /// Makes an empty file of mode 0600, and the missing folders above it with mode 0700.
  ///
  /// An existing file is left as it is, with its permissions.
  static func create(at path: String) throws(IndexError) {
    try createFolder(of: path, mode: nil)
    let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw .cannotCreate(path: path, reason: systemMessage()) }
    close(descriptor)
  }

  /// Makes the missing folders above a file, with a mode that lets in whoever may read it.
  static func createFolder(of path: String, mode: FileMode?) throws(IndexError) {
    try createFolders(above: RealPath.of(path), mode: mode?.ofFolder ?? 0o700)
  }

  /// Gives an index, and its log if it is there, this mode.
  ///
  /// By their names: SQLite's locks would be gone if another descriptor of the file was closed.
  static func change(_ mode: FileMode, ofIndexAt path: String) throws(IndexError) {
    guard chmod(path, mode_t(mode.bits)) == 0 else {
      throw .cannotCreate(path: path, reason: "its mode cannot be set: \(systemMessage())")
    }
    for suffix in ["-wal", "-shm"] {
      // What cannot be changed was made by another user, with the mode that the index had then.
      _ = chmod(RealPath.of(path) + suffix, mode_t(mode.bits))
    }
  }

  /// Removes a file that nothing was written into.
  static func removeIfEmpty(at path: String) {
    var status = stat()
    if stat(path, &status) == 0, status.st_size == 0 { unlink(RealPath.of(path)) }
  }

  static func exists(at path: String) -> Bool {
    access(path, F_OK) == 0
  }

  static func isFolder(at path: String) -> Bool { kind(at: path) == S_IFDIR }

  /// Whether it is a plain file, or leads to one: opening anything else might never return.
  static func isPlain(at path: String) -> Bool { kind(at: path) == S_IFREG }

  private static func kind(at path: String) -> mode_t? {
    var status = stat()
    return stat(path, &status) == 0 ? status.st_mode & S_IFMT : nil
  }

  /// What a name itself is, wherever it leads to.
  enum Kind { case plain, other }

  /// Nil where there is nothing of this name.
  static func ownKind(at path: String) -> Kind? {
    var status = stat()
    guard lstat(path, &status) == 0 else { return nil }
    return status.st_mode & S_IFMT == S_IFREG ? .plain : .other
  }

  /// The size of a file; nil where there is none.
  static func bytes(at path: String) -> Int64? {
    var status = stat()
    return stat(path, &status) == 0 ? Int64(status.st_size) : nil
  }

  static func isWritable(at path: String) -> Bool {
    access(path, W_OK) == 0
  }

  /// Whether files can be made, and found, in a folder.
  static func admitsFiles(folder path: String) -> Bool {
    access(path, W_OK | X_OK) == 0
  }

  /// The folder that a path names a file of.
  static func folder(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  private static func createFolders(
    above path: String, mode: UInt32
  ) throws(IndexError) {
    guard let slash = path.lastIndex(of: "/"), slash != path.startIndex else { return }
    let folder = String(path[..<slash])
    guard access(folder, F_OK) != 0 else { return }
    try createFolders(above: folder, mode: mode)
    guard mkdir(folder, mode_t(mode)) == 0 || errno == EEXIST else {
      throw .cannotCreate(path: folder, reason: systemMessage())
    }
  }
}

/// The text of the last system error of this thread.
func systemMessage() -> String {
  String(cString: strerror(errno))
}
