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
    case profileNotFound(MissingProfile)
    /// Nothing to sign with: nowhere, or not where it was configured to be, which has a hint.
    case credentialsMissing
    /// One half of a key pair.
    case credentialsIncomplete
    /// Keys with characters that no key has.
    case credentialsMalformed
    /// Keys of a role that wants a code of an MFA device; of the profile in use, and why it is.
    case codeNeeded(profile: String, origin: ProfileOrigin)
    case credentialsExpired
    /// A source of credentials that is configured and does not work.
    case credentialsSource
    /// A service of AWS that credentials of another server would be shown to.
    case foreignCredentials
    case region
    case endpoint
    /// An access point in a region that the client may not go to from its own; the partition is named
    /// where it is another one, in which other credentials count.
    case accessPointElsewhere(region: String, partition: String?)
    case bucketName
    case retry

    /// Whether it may be about the address of one bucket alone.
    package var leavesABucketWithoutAddress: Bool {
      switch self {
      case .bucketName, .endpoint, .region, .accessPointElsewhere: true
      default: false
      }
    }
  }

  package var kind: Kind
  package var message: String
  /// What the user can do about it; nil when the message says all, or the kind does (see `Kind`).
  package var hint: String?

  package init(_ kind: Kind, _ message: String, hint: String? = nil) {
    self.kind = kind
    self.message = message
    self.hint = hint
  }

  package var description: String { message }
}
