/// Something the user set, in a flag, a variable or a file, that cannot be worked with.
///
/// Messages name the place and never quote a value that could be a secret.
package struct ConfigurationError: Error, Hashable, CustomStringConvertible {
  /// What is wrong, for a caller that acts on it.
  package enum Kind: Hashable, Sendable {
    /// A file that cannot be read or parsed; lines start at 1.
    case profileFile(path: String, line: Int?)
    /// A file that the user may not read, or a folder in its place; the system's words for it.
    case fileRefused(path: String, reason: String)
    case profileNotFound(name: String)
    /// Nothing anywhere to sign with.
    case credentialsMissing
    /// One half of a key pair.
    case credentialsIncomplete
    /// Keys with characters that no key has.
    case credentialsMalformed
    /// Keys that s3audit has no way to, such as those behind an MFA device.
    case credentialsUnsupported
    case credentialsExpired
    /// A source of credentials that is configured and does not work.
    case credentialsSource
    case region
    case endpoint
    case bucketName
    case retry
  }

  package var kind: Kind
  package var message: String
  /// What to do about it, for the `Help:` line.
  package var help: String?

  package init(_ kind: Kind, _ message: String, help: String? = nil) {
    self.kind = kind
    self.message = message
    self.help = help
  }

  package var description: String { message }
}

/// What the user typed, in quotes, with nothing in it that would steer a terminal.
func quoted(_ text: String) -> String {
  "'\(text.debugDescription.dropFirst().dropLast().prefix(200))'"
}
