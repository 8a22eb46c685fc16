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
  package var isThereAlready: Bool { code == EEXIST }
  /// The name led through a link, or through something that is no folder.
  package var isNoFolder: Bool { code == ELOOP || code == ENOTDIR || code == EMLINK }
  package var isDiskFull: Bool { code == ENOSPC || code == EDQUOT }
  /// The file system has no such names: too long, or bytes that it does not take.
  package var isUnusableName: Bool { code == ENAMETOOLONG || code == EILSEQ || code == EINVAL }
}

/// The result of a call that a signal may interrupt, which is made until none does; nil when it failed,
/// with the reason in `errno`.
@inline(__always)
func uninterrupted<Result: SignedInteger>(_ call: () -> Result) -> Result? {
  while true {
    let result = call()
    if result != -1 { return result }
    if errno != EINTR { return nil }
  }
}
