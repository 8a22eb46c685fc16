#if canImport(Darwin)
  internal import Darwin
#elseif canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// A file that the process was given open, under a number: `3` where a shell says `3> receipt`.
///
/// It is written where it stands, and never opened anew: a socket could not be, and a file would be written from
/// its beginning.
package struct InheritedFile: Sendable {
  private let number: Int32
  private let path: String

  /// The file that a path like `/dev/fd/3` or `/dev/stderr` names; nil for any other path.
  ///
  /// - Throws: `SystemError` where the process was given none under that number. What it has opened itself is
  ///   no such file.
  package init?(path: String) throws(SystemError) {
    guard let number = Self.number(in: path) else { return nil }
    let flags = fcntl(number, F_GETFD)
    guard flags >= 0 else { throw SystemError("write", path) }
    guard flags & FD_CLOEXEC == 0 else { throw SystemError("write", path, code: EBADF) }
    let mode = fcntl(number, F_GETFL)
    guard mode >= 0, mode & O_ACCMODE != O_RDONLY else {
      throw SystemError("write", path, code: EBADF)
    }
    (self.number, self.path) = (number, path)
  }

  private static func number(in path: String) -> Int32? {
    switch path {
    case "/dev/stdout": return STDOUT_FILENO
    case "/dev/stderr": return STDERR_FILENO
    default: break
    }
    let folders = ["/dev/fd/", "/proc/self/fd/"]
    guard let folder = folders.first(where: path.hasPrefix) else { return nil }
    return Int32(path.dropFirst(folder.count)).flatMap { $0 >= 0 ? $0 : nil }
  }

  /// Whether it is standard output itself, under whatever number.
  package var isOutput: Bool {
    if number == STDOUT_FILENO { return true }
    guard let output = FileIdentity.ofOutput else { return false }
    return FileIdentity(descriptor: number) == output
  }

  /// Writes all bytes, and waits as long as the reader takes nothing.
  package func write(_ bytes: [UInt8]) throws(SystemError) {
    guard writeAll(bytes.span, to: number, isPatient: true) else {
      throw SystemError("write", path)
    }
  }
}
