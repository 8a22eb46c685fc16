internal import System

/// A file that nobody but its owner should know, such as a token, a private key or the URL of a webhook.
enum SecretFile {
  private static let bytesMax = 1 << 20

  /// The bytes of the line without its end; `what` names it in errors, `instead` what takes its place once others
  /// may have seen it.
  ///
  /// - Throws: `CommandFailure` for a file that cannot be read, or that everybody can.
  static func line(
    of path: String, what: String, instead: String
  ) throws(CommandFailure) -> [UInt8] {
    var bytes = try secret(of: path, what: what, instead: instead)
    while let last = bytes.last, last == 0x0A || last == 0x0D { bytes.removeLast() }
    return bytes
  }

  /// All of such a file, with the same errors.
  static func secret(
    of path: String, what: String, instead: String
  ) throws(CommandFailure) -> [UInt8] {
    guard !path.isEmpty else {
      throw CommandFailure(message: "the name of the \(what)'s file is empty", hint: "name a file")
    }
    if let status = FileSystem.status(of: path), status.kind == .file, status.mode & 0o007 != 0 {
      throw CommandFailure(
        message: "every user of this machine may read or change the \(what) in \(path)",
        hint: "chmod 600 \(path), and take \(instead)")
    }
    return try content(of: path)
  }

  /// All of a small file; a pipe is refused, as who opens it waits for whoever writes it.
  static func content(of path: String) throws(CommandFailure) -> [UInt8] {
    do throws(SystemError) {
      guard let bytes = try SequentialFile(readingPlain: path).rest(bytesMax: bytesMax) else {
        throw .tooLarge("read", path)
      }
      return bytes
    } catch {
      throw error.isNoPlainFile
        ? CommandFailure(message: "\(path) is no plain file", hint: "name a file")
        : CommandFailure(message: error.description)
    }
  }
}
