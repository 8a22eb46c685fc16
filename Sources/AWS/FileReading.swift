#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// More than any profile file or token holds, so that a wrong path cannot fill the memory.
private let fileBytesMax = 4 << 20

/// The bytes of a file; nil when there is none.
///
/// Throws `Kind.fileRefused` for one that may not be read and for a folder, `Kind.profileFile` for any
/// other trouble.
///
/// Not through Foundation, which refuses `/dev/null` and pipes: both are common values of
/// `AWS_CONFIG_FILE`.
func readWholeFile(_ path: String) throws(ConfigurationError) -> [UInt8]? {
  let file = open(path, O_RDONLY | O_CLOEXEC)
  guard file >= 0 else {
    if errno == ENOENT || errno == ENOTDIR { return nil }
    throw unreadable(path, code: errno)
  }
  defer { close(file) }
  var contents: [UInt8] = []
  var chunk = [UInt8](repeating: 0, count: 65_536)
  while true {
    let count = read(file, &chunk, chunk.count)
    if count < 0 {
      if errno == EINTR { continue }
      throw unreadable(path, code: errno)
    }
    guard count > 0 else { return contents }
    contents += chunk[..<count]
    guard contents.count <= fileBytesMax else {
      throw unreadable(path, "File too large", .profileFile(path: path, line: nil))
    }
  }
}

private func unreadable(_ path: String, code: Int32) -> ConfigurationError {
  let reason = String(cString: strerror(code))
  let isRefused = [EACCES, EPERM, EISDIR].contains(code)
  return unreadable(
    path, reason,
    isRefused
      ? .fileRefused(path: path, reason: reason) : .profileFile(path: path, line: nil))
}

private func unreadable(
  _ path: String, _ reason: String, _ kind: ConfigurationError.Kind
) -> ConfigurationError {
  ConfigurationError(
    kind, "cannot read \(path): \(reason)",
    hint: "check that it is a file and that you may read it")
}
