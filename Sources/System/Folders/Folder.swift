internal import CSystem

#if canImport(Darwin)
  internal import Darwin
#elseif canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// An open folder: all that is done in it is done by names relative to it, so that nobody who moves or
/// replaces folders above it meanwhile can lead anything elsewhere.
///
/// No call follows a link. Safe to use from several threads, as the system's calls are.
package final class Folder: Sendable {
  /// As a person knows it, for messages.
  package let path: String
  /// The file system that it is on.
  package let device: UInt64
  package let inode: UInt64
  let descriptor: Descriptor

  /// Opens the folder that a user named, through links if there are some.
  ///
  /// - Throws: `SystemError`; `isNoFolder` when it is something else.
  package convenience init(opening path: String) throws(SystemError) {
    guard let number = uninterrupted({ unsafe open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) })
    else {
      throw SystemError("open", path)
    }
    try self.init(Descriptor(number), path: path)
  }

  /// Makes the folder that a user named, with those above it, where they are missing; says whether it was.
  @discardableResult
  package static func make(_ path: String) throws(SystemError) -> Bool {
    try FileSystem.makeFolders(path, mode: 0o777)
  }

  private init(_ descriptor: consuming Descriptor, path: String) throws(SystemError) {
    let number = descriptor.number
    guard let status = FileStatus.read({ unsafe fstat(number, $0) }) else {
      throw SystemError("look at", path)
    }
    self.path = path
    device = status.device
    inode = status.inode
    self.descriptor = descriptor
  }

  /// The path of something in this folder, for messages.
  package func path(of name: FileName) -> String {
    path.hasSuffix("/") ? path + name.description : "\(path)/\(name)"
  }

  /// Opens a folder in this one; one that is missing is made first where that is wanted.
  ///
  /// - Throws: `SystemError`; `isNoFolder` for a link, whatever it leads to, and for all but a folder.
  package func folder(_ name: FileName, isMade: Bool = false) throws(SystemError) -> Folder {
    if isMade {
      let made = name.withCString { name in
        unsafe mkdirat(descriptor.number, name, mode_t(0o777))
      }
      guard made == 0 || errno == EEXIST else { throw error("make", name) }
    }
    let number = name.withCString { name in
      uninterrupted {
        unsafe openat(descriptor.number, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
      }
    }
    guard let number else { throw error("open", name) }
    return try Folder(Descriptor(number), path: path(of: name))
  }

  /// What is called so, a link as a link; nil when nothing is.
  package func status(of name: FileName) throws(SystemError) -> FileStatus? {
    let status = name.withCString { name in
      FileStatus.read { unsafe fstatat(descriptor.number, name, $0, AT_SYMLINK_NOFOLLOW) }
    }
    if status == nil, errno != ENOENT { throw error("look at", name) }
    return status
  }

  /// Opens a plain file for reading; nil when what is called so is no plain file.
  ///
  /// A pipe that was put there does not block, and a link is not followed.
  package func read(_ name: FileName) throws(SystemError) -> ReadableFile? {
    let number = name.withCString { name in
      uninterrupted {
        unsafe openat(descriptor.number, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
      }
    }
    guard let number else {
      if [ELOOP, EMLINK, ENXIO].contains(errno) { return nil }
      throw error("open", name)
    }
    return try ReadableFile(Descriptor(number), path: path(of: name))
  }

  /// Makes a new file, which must not be there; readable by its owner alone until it is finished.
  package func create(_ name: FileName) throws(SystemError) -> WritableFile {
    let number = name.withCString { name in
      uninterrupted {
        unsafe openat(
          descriptor.number, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
      }
    }
    guard let number else { throw error("make", name) }
    // As long as it is open, it is no leftover. File systems without locks have nothing to say it with.
    _ = flock(number, LOCK_EX | LOCK_NB)
    return WritableFile(Descriptor(number), path: path(of: name))
  }

  /// Gives a file another name in this folder, in the place of what had it.
  ///
  /// A link or a pipe of that name is replaced itself; a folder is refused.
  package func rename(_ old: FileName, to new: FileName) throws(SystemError) {
    let result = old.withCString { old in
      new.withCString { new in
        unsafe renameat(descriptor.number, old, descriptor.number, new)
      }
    }
    guard result == 0 else { throw error("put into its place", new) }
  }

  /// Removes a file, a link, a pipe; never what a link leads to.
  package func remove(_ name: FileName) throws(SystemError) {
    let result = name.withCString { unsafe unlinkat(descriptor.number, $0, 0) }
    guard result == 0 else { throw error("remove", name) }
  }

  /// The names in this folder, in the order of their bytes, `.` and `..` left out; with a prefix, those that
  /// begin with it.
  package func names(prefix: String = "") throws(SystemError) -> [FileName] {
    // Read through a descriptor of its own: where a folder's reading stands is kept with its descriptor.
    guard
      let number = uninterrupted({
        unsafe openat(descriptor.number, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
      })
    else { throw SystemError("read", path) }
    guard let stream = unsafe fdopendir(number) else {
      let code = errno
      close(number)
      throw SystemError("read", path, code: code)
    }
    defer { unsafe closedir(stream) }
    var names: [FileName] = []
    while true {
      errno = 0
      guard let entry = unsafe readdir(stream) else { break }
      // What is no name here is `.` or `..`.
      let bytes = unsafe Self.name(of: entry)
      guard bytes.starts(with: prefix.utf8) else { continue }
      if let name = try? FileName(bytes) { names.append(name) }
    }
    guard errno == 0 else { throw SystemError("read", path) }
    return FileName.sorted(names)
  }

  private static func name(of entry: UnsafeMutablePointer<dirent>) -> [UInt8] {
    // The array in `dirent` is shorter than some file systems' names: only the pointer is used.
    let offset = MemoryLayout<dirent>.offset(of: \.d_name) ?? 0
    let text = unsafe UnsafeRawPointer(entry).advanced(by: offset).assumingMemoryBound(
      to: UInt8.self)
    var bytes: [UInt8] = []
    var index = 0
    while unsafe text[index] != 0 {
      bytes.append(unsafe text[index])
      index += 1
    }
    return bytes
  }

  /// Has all that was written to this folder's file system put on the disk.
  ///
  /// On Linux one call does that for the whole file system (`syncfs`); on macOS the drive is told to empty
  /// its cache (`F_FULLFSYNC`), which includes what other descriptors wrote.
  package func flushFileSystem() throws(SystemError) {
    #if canImport(Darwin)
      let result = uninterrupted { fcntl(descriptor.number, F_FULLFSYNC) }
    #else
      let result = uninterrupted { CSystem.syncfs(descriptor.number) }
    #endif
    guard result != nil else { throw SystemError("flush", path) }
  }

  func error(_ operation: String, _ name: FileName) -> SystemError {
    let code = errno
    return SystemError(operation, path(of: name), code: code)
  }
}
