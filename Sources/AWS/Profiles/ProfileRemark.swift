/// A line of a profile file that cannot be read, or that not everybody reads.
package struct ProfileRemark: Hashable, Sendable, CustomStringConvertible {
  package enum Kind: Hashable, Sendable {
    /// Nobody can read it: who uses its section is refused, and nobody else.
    case unreadable
    /// It is read as the AWS CLI reads it; SDKs of AWS refuse the file.
    case refusedBySDKs
    /// It is read as SDKs of AWS read it; the AWS CLI refuses the file.
    case refusedByCLI
  }

  package let path: String
  /// Starts at 1.
  package let line: Int
  package let kind: Kind
  /// In the words of the SDKs' common test suite where it has any.
  ///
  /// The line itself is not quoted: it may hold a secret.
  package let problem: String

  package var description: String { "\(path):\(line): \(problem)" }

  /// What is thrown where the line would be needed.
  package var error: ConfigurationError {
    ConfigurationError(
      .profileFile(path: path, line: line), description,
      hint: "mend that line: below a section such as [default] each has the form NAME = VALUE")
  }
}
