#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A new file that takes the place of another all at once, or leaves no trace.
///
/// Readable by its owner alone, because it is made for tokens. It is opened beside the other before
/// there is anything to write, so that what cannot be written is known before a token is used up.
struct FileReplacement: ~Copyable {
  private let path: String
  private let temporaryPath: String
  private let file: Int32

  /// Throws `Kind.profileFile` where no file can be made; the folder must exist.
  init(of path: String) throws(ConfigurationError) {
    self.path = path
    let chance = String(UInt64.random(in: .min ... .max), radix: 36)
    temporaryPath = "\(path).\(chance).tmp"
    file = open(temporaryPath, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard file >= 0 else { throw unwritable(path) }
  }

  deinit {
    close(file)
    // After a commit there is nothing of that name.
    unlink(temporaryPath)
  }

  /// Writes `contents`, safe against a crash, and puts the file into its place.
  consuming func commit(_ contents: [UInt8]) throws(ConfigurationError) {
    var rest = contents[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { write(file, $0.baseAddress, $0.count) }
      if count < 0 {
        if errno == EINTR { continue }
        throw unwritable(path)
      }
      rest.removeFirst(count)
    }
    guard fsync(file) == 0, rename(temporaryPath, path) == 0 else { throw unwritable(path) }
  }
}

private func unwritable(_ path: String) -> ConfigurationError {
  ConfigurationError(
    .profileFile(path: path, line: nil),
    "cannot write \(path): \(String(cString: strerror(errno)))",
    hint: "check that you may write to its folder")
}
