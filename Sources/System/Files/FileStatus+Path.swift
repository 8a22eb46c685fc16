#if canImport(Darwin)
  internal import Darwin
#elseif canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

extension FileStatus {
  /// What a path that the user named leads to, through any links.
  ///
  /// - Throws: `SystemError`; `isMissing` where there is nothing.
  package static func ofPath(_ path: String) throws(SystemError) -> FileStatus {
    guard let status = read({ unsafe stat(path, $0) }) else { throw SystemError("read", path) }
    return status
  }
}

extension SequentialFile {
  /// What is given to the process to read.
  ///
  /// - Throws: `SystemError` where there is nothing.
  package convenience init(standardInput name: String) throws(SystemError) {
    let number = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0)
    guard number >= 0 else { throw SystemError("read", name) }
    self.init(Descriptor(number), path: name)
  }
}
