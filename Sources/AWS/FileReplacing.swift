import System

/// A file of tokens that is replaced all at once, or not at all.
///
/// It is opened before there is anything to write, so that what cannot be written is known before a token
/// is used up.
struct TokenReplacement: ~Copyable {
  private let path: String
  private let file: FileReplacement

  /// Throws `Kind.profileFile` where no file can be made; the folder must exist.
  init(of path: String) throws(ConfigurationError) {
    do throws(SystemError) {
      file = try FileReplacement(of: path, access: .owner)
    } catch {
      throw unwritable(path, error)
    }
    self.path = path
  }

  /// Writes `contents`, safe against a crash, and puts the file into its place.
  consuming func commit(_ contents: [UInt8]) throws(ConfigurationError) {
    let path = path
    do throws(SystemError) {
      try file.write(contents)
      try file.commit()
    } catch {
      throw unwritable(path, error)
    }
  }
}

private func unwritable(_ path: String, _ error: SystemError) -> ConfigurationError {
  ConfigurationError(
    .profileFile(path: path, line: nil), "cannot write \(path): \(error.reason)",
    hint: "check that you may write to its folder")
}
