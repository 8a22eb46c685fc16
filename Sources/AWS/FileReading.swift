import System

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
  do throws(SystemError) {
    guard let contents = try SequentialFile(reading: path).rest(bytesMax: fileBytesMax) else {
      throw .tooLarge("read", path)
    }
    return contents
  } catch {
    if error.isNowhere { return nil }
    throw ConfigurationError(
      error.isRefused || error.isFolder
        ? .fileRefused(path: path, reason: error.reason) : .profileFile(path: path, line: nil),
      "cannot read \(path): \(error.reason)",
      hint: "check that it is a file and that you may read it")
  }
}
