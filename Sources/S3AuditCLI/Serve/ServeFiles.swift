internal import HTTPServing
internal import Server

/// The secrets of a server: read at its start, and anew when it is told to.
struct ServeFiles: Sendable {
  var tokenFile: String?
  /// Of the environment; a file comes first.
  var tokenVariable: String?
  var certificateFile: String?
  var keyFile: String?

  static let variable = "S3AUDIT_TOKEN"

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
    try token(try SecretFile.line(of: path, what: "token", instead: "another token"), from: path)
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
      certificate: try SecretFile.content(of: certificateFile),
      key: try SecretFile.secret(of: keyFile, what: "private key", instead: "another key"))
  }
}
