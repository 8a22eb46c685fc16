#if canImport(Darwin)
  internal import Darwin
#elseif canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// An open file that only one process at a time can have the lock of (flock(2)); the lock is gone with the
/// value, and with the process however it ends.
///
/// ```swift
/// let file = try LockFile(making: "/srv/index.lock")
/// guard try file.lock(.alone) else { … somebody has it … }
/// ```
package struct LockFile: ~Copyable, Sendable {
  package enum Kind: Sendable {
    /// Nobody else has it.
    case alone
    /// Nobody has it alone.
    case shared
  }

  private let path: String
  private let descriptor: Descriptor

  /// Opens a file that is there; a link is none, and a pipe does not block.
  ///
  /// - Throws: `SystemError`; `isMissing`, `isNoFolder` for a link.
  package init(opening path: String, isReadOnly: Bool = false) throws(SystemError) {
    try self.init(path, isReadOnly ? O_RDONLY : O_RDWR)
  }

  /// Makes a file, which must not be there, for its owner alone.
  ///
  /// - Throws: `SystemError`; `isThereAlready`.
  package init(making path: String) throws(SystemError) {
    try self.init(path, O_RDWR | O_CREAT | O_EXCL)
  }

  private init(_ path: String, _ flags: Int32) throws(SystemError) {
    let flags = flags | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK
    guard let number = uninterrupted({ unsafe open(path, flags, 0o600) }) else {
      throw SystemError("open", path)
    }
    self.path = path
    descriptor = Descriptor(number)
  }

  /// Takes the lock if it is free, without waiting; false when somebody has it.
  package func lock(_ kind: Kind) throws(SystemError) -> Bool {
    let operation = kind == .alone ? LOCK_EX : LOCK_SH
    guard uninterrupted({ flock(descriptor.number, operation | LOCK_NB) }) == nil else {
      return true
    }
    guard errno == EWOULDBLOCK else { throw SystemError("lock", path) }
    return false
  }

  /// The first bytes of the file, at most so many; nil when it cannot be read.
  package func firstBytes(_ countMax: Int) -> [UInt8]? {
    var bytes = [UInt8](repeating: 0, count: countMax)
    guard let count = fill(&bytes, from: descriptor.number, at: 0) else { return nil }
    bytes.removeLast(countMax - count)
    return bytes
  }

  /// Writes other content in the place of the file's.
  package func replaceContent(with bytes: [UInt8]) throws(SystemError) {
    guard ftruncate(descriptor.number, 0) == 0,
      writeAll(bytes.span, to: descriptor.number, at: 0)
    else { throw SystemError("write", path) }
  }

  package func setMode(_ mode: UInt32) throws(SystemError) {
    guard fchmod(descriptor.number, mode_t(mode)) == 0 else {
      throw SystemError("set the permissions of", path)
    }
  }

  /// Nil where the system does not tell.
  package var status: FileStatus? {
    let number = descriptor.number
    return FileStatus.read { unsafe fstat(number, $0) }
  }

  /// Whether it is still the file of its name: a lock on one that was removed keeps nobody away.
  package var isInItsPlace: Bool {
    guard let opened = status, let named = FileSystem.ownStatus(of: path) else { return false }
    return opened.inode == named.inode && opened.device == named.device
  }
}
