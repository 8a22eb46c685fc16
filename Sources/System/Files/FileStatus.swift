internal import CSystem

#if canImport(Darwin)
  internal import Darwin
#elseif canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// What the system knows of a file without reading it.
package struct FileStatus: Equatable, Sendable {
  package enum Kind: Equatable, Sendable {
    case file, folder, link, pipe
    /// A socket or a device.
    case other
  }

  package let kind: Kind
  package let size: Int64
  /// When its bytes were written last, in nanoseconds since 1970; anybody may set it.
  package let modifiedNanoseconds: Int64
  /// When its bytes, its name or its times were changed last; only the system sets it.
  package let changedNanoseconds: Int64
  package let inode: UInt64
  package let device: UInt64
  /// Who may read, write and enter it: the lower twelve bits of its mode.
  package let mode: UInt32
  /// How many names it has.
  package let nameCount: Int

  /// What a path that the user named leads to, through any links.
  ///
  /// - Throws: `SystemError`; `isMissing` where there is nothing.
  package static func ofPath(_ path: String) throws(SystemError) -> FileStatus {
    guard let status = read({ unsafe stat(path, $0) }) else { throw SystemError("read", path) }
    return status
  }

  /// Calls that fill in a `stat` succeed with zero.
  @safe static func read(_ fill: (UnsafeMutablePointer<stat>) -> Int32) -> FileStatus? {
    var status = stat()
    guard unsafe fill(&status) == 0 else { return nil }
    return FileStatus(status)
  }

  private init(_ status: stat) {
    kind =
      switch status.st_mode & S_IFMT {
      case S_IFREG: .file
      case S_IFDIR: .folder
      case S_IFLNK: .link
      case S_IFIFO: .pipe
      default: .other
      }
    size = Int64(status.st_size)
    #if canImport(Darwin)
      let (modified, changed) = (status.st_mtimespec, status.st_ctimespec)
    #else
      let (modified, changed) = (status.st_mtim, status.st_ctim)
    #endif
    modifiedNanoseconds = Self.nanoseconds(modified)
    changedNanoseconds = Self.nanoseconds(changed)
    inode = UInt64(status.st_ino)
    device = UInt64(truncatingIfNeeded: status.st_dev)
    mode = UInt32(status.st_mode) & 0o7777
    nameCount = Int(clamping: status.st_nlink)
  }

  /// Times that no 64 bits hold in nanoseconds (before 1678 or after 2262) are the nearest that they do.
  private static func nanoseconds(_ time: timespec) -> Int64 {
    let (seconds, overflow) = Int64(time.tv_sec).multipliedReportingOverflow(by: 1_000_000_000)
    guard !overflow else { return time.tv_sec < 0 ? .min : .max }
    let (sum, isOver) = seconds.addingReportingOverflow(Int64(time.tv_nsec))
    return isOver ? .max : sum
  }
}
