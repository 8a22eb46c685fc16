/// A value that shows nothing of itself when printed, interpolated, dumped or put into an error.
///
/// Conform, and every road Swift has from a value to text (`description`, `debugDescription`,
/// `Mirror`) is closed, also from inside any type that holds the value.
package protocol Redacted: CustomStringConvertible, CustomDebugStringConvertible,
  CustomReflectable
{}

extension Redacted {
  package var description: String { "\(Self.self)(redacted)" }
  package var debugDescription: String { description }
  package var customMirror: Mirror { Mirror(self, children: EmptyCollection<Mirror.Child>()) }
}

/// Text that must never be shown: a secret key, a session token.
package struct Secret: Hashable, Sendable, Redacted {
  /// The text itself; only for signing and for sending.
  package let revealed: String

  package init(_ text: String) {
    revealed = text
  }
}
