#if canImport(Darwin)
  internal import Darwin
#elseif canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// What the operating system refused: which call, on what, and why.
package struct SystemError: Error, Equatable, CustomStringConvertible {
  /// What was tried, as a verb of the message: `open`, `rename`.
  package let operation: String
  /// What it was tried on, as a person knows it.
  package let path: String
  /// The system's number for the reason (`errno`).
  package let code: Int32

  package init(_ operation: String, _ path: String, code: Int32 = errno) {
    self.operation = operation
    self.path = path
    self.code = code
  }

  package var description: String { "cannot \(operation) \(path): \(reason)" }

  /// The system's own words for the reason, such as `No space left on device`.
  package var reason: String { unsafe String(cString: strerror(code)) }

  package var isMissing: Bool { code == ENOENT }
  /// There is no such file, nor perhaps a folder that it could be in.
  package var isNowhere: Bool { code == ENOENT || code == ENOTDIR }
  package var isThereAlready: Bool { code == EEXIST }
  /// The name led through a link, or through something that is no folder.
  package var isNoFolder: Bool { code == ELOOP || code == ENOTDIR || code == EMLINK }
  /// The name leads to a folder, where something else is wanted.
  package var isFolder: Bool { code == EISDIR }
  /// The user may not do that.
  package var isRefused: Bool { code == EACCES || code == EPERM }
  /// Nobody reads what is written.
  package var isBrokenPipe: Bool { code == EPIPE }
  /// The name is a link, and no link is followed there.
  package var isLink: Bool { code == ELOOP }
  package var isDiskFull: Bool { code == ENOSPC || code == EDQUOT }
  /// The file system has no such names: too long, or bytes that it does not take.
  package var isUnusableName: Bool { code == ENAMETOOLONG || code == EILSEQ || code == EINVAL }

  /// That a folder is where a file is wanted.
  package static func folder(_ operation: String, _ path: String) -> SystemError {
    SystemError(operation, path, code: EISDIR)
  }

  /// That a pipe, a device or a folder is where a file is wanted.
  package static func noPlainFile(_ operation: String, _ path: String) -> SystemError {
    SystemError(operation, path, code: ESPIPE)
  }

  /// Something else than a file is where a file is wanted.
  package var isNoPlainFile: Bool { code == ESPIPE }

  /// That a file has more bytes than anybody wants to read.
  package static func tooLarge(_ operation: String, _ path: String) -> SystemError {
    SystemError(operation, path, code: EFBIG)
  }
}
