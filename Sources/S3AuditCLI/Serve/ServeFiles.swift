internal import HTTPServing
internal import Server
internal import System

/// The secrets of a server: read at its start, and anew when it is told to.
struct ServeFiles: Sendable {
  var tokenFile: String?
  /// Of the environment; a file comes first.
  var tokenVariable: String?
  var certificateFile: String?
  var keyFile: String?

  static let variable = "S3AUDIT_TOKEN"
  private static let bytesMax = 1 << 20

  /// Nil where none was named.
  ///
  /// - Throws: `CommandFailure` for one that is no secret.
  func token() throws(CommandFailure) -> AccessToken? {
    if let tokenFile { return try token(inFile: tokenFile) }
    // An empty one is a slip of who meant to have a token: without one, everybody would be let in.
    guard let tokenVariable else { return nil }
    return try token(Array(tokenVariable.utf8), from: Self.variable)
  }

  private func token(inFile path: String) throws(CommandFailure) -> AccessToken {
    if let status = FileSystem.status(of: path), status.kind == .file, status.mode & 0o007 != 0 {
      throw CommandFailure(
        message: "every user of this machine may read or change the token in \(path)",
        hint: "chmod 600 \(path), and take another token")
    }
    var bytes = try content(of: path)
    while let last = bytes.last, last == 0x0A || last == 0x0D { bytes.removeLast() }
    return try token(bytes, from: path)
  }

  private func token(_ bytes: [UInt8], from place: String) throws(CommandFailure) -> AccessToken {
    if let token = AccessToken(bytes) { return token }
    guard bytes.count >= AccessToken.bytesMin else {
      throw CommandFailure(
        message: "the token in \(place) has fewer than \(AccessToken.bytesMin) characters",
        hint: "make one: openssl rand -hex 32 > FILE; chmod 600 FILE")
    }
    throw CommandFailure(
      message: "the token in \(place) has blanks, line ends or letters that no header can hold",
      hint: "make one: openssl rand -hex 32 > FILE; chmod 600 FILE")
  }

  /// Nil where no certificate was named.
  func identity() throws(CommandFailure) -> TLSIdentity? {
    guard let certificateFile, let keyFile else { return nil }
    return TLSIdentity(
      certificate: try content(of: certificateFile), key: try content(of: keyFile))
  }

  private func content(of path: String) throws(CommandFailure) -> [UInt8] {
    do throws(SystemError) {
      guard let bytes = try SequentialFile(readingPlain: path).rest(bytesMax: Self.bytesMax) else {
        throw .tooLarge("read", path)
      }
      return bytes
    } catch {
      throw error.isNoPlainFile
        ? CommandFailure(
          message: "\(path) is no plain file", hint: "it is read anew at each SIGHUP; name a file")
        : CommandFailure(message: error.description)
    }
  }
}
