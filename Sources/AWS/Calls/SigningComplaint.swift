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

  /// Access denied, which some servers also say of a signature from another time (rclone).
  package static let denial = SigningComplaint(rawValue: 4)

  /// How far the signature's time may be from the service's without being the trouble; nil where it
  /// is never.
  var offsetSecondsTolerated: Int64? {
    if contains(.clock) { return ServiceClock.offsetSecondsMin }
    return contains(.denial) ? ServiceClock.offsetSecondsOfDenialsMin : nil
  }

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
    if code == "AccessDenied", status == 400 || status == 403 { insert(.denial) }
  }
}
