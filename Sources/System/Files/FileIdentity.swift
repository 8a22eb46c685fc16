#if canImport(Darwin)
  internal import Darwin
#elseif canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// What tells a file or folder from all others that are there now, whatever it is called.
package struct FileIdentity: Hashable, Sendable {
  package let device: UInt64
  package let inode: UInt64

  package init(device: UInt64, inode: UInt64) {
    self.device = device
    self.inode = inode
  }

  /// That of what a path leads to, through links if there are some; nil when there is nothing.
  package init?(at path: String) {
    guard let status = FileStatus.read({ unsafe stat(path, $0) }) else { return nil }
    self.init(device: status.device, inode: status.inode)
  }

  /// Of an open file; nil where the system does not tell.
  init?(descriptor: Int32) {
    guard let status = FileStatus.read({ unsafe fstat(descriptor, $0) }) else { return nil }
    self.init(device: status.device, inode: status.inode)
  }

  /// That of the file or the pipe that standard output is; nil for a terminal, where several may write, and for
  /// other devices.
  package static var ofOutput: FileIdentity? {
    guard let status = FileStatus.read({ unsafe fstat(STDOUT_FILENO, $0) }),
      [.file, .pipe].contains(status.kind)
    else { return nil }
    return FileIdentity(device: status.device, inode: status.inode)
  }
}
