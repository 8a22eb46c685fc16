/// What a service may find wrong with a signature where signing anew can help.
///
/// One code can mean several things. Sources: AWS SDKs and Tools Reference Guide, "Retry behavior";
/// Amazon S3 API Reference, "List of error codes".
package struct SigningComplaint: OptionSet, Sendable {
  package let rawValue: UInt8

  package init(rawValue: UInt8) {
    self.rawValue = rawValue
  }

  /// The time of the signature is too far from the service's.
  package static let clock = SigningComplaint(rawValue: 1)
  /// The credentials have had their time.
  package static let credentials = SigningComplaint(rawValue: 2)

  private static let clockCodes: Set<String> = [
    "AuthFailure", "InvalidSignatureException", "RequestExpired", "RequestInTheFuture",
    "RequestTimeTooSkewed", "SignatureDoesNotMatch",
  ]

  private static let credentialCodes: Set<String> = [
    "ExpiredToken", "ExpiredTokenException", "InvalidToken", "RequestExpired",
    "TokenRefreshRequired",
  ]

  /// Judges a refusal; an answer to HEAD has no code, and a clock that is wrong is refused with 403.
  package init(code: String?, status: Int?) {
    guard let code else {
      self = status == 403 ? .clock : []
      return
    }
    self = Self.clockCodes.contains(code) ? .clock : []
    if Self.credentialCodes.contains(code) { insert(.credentials) }
  }
}
