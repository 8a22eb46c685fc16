internal import HTTP

/// A request that STS refused, or that never reached it: what was attempted, on which role, and
/// what the service said.
///
/// The service's words are not to be trusted: `description` escapes controls. `code` is for
/// matching, text never is. Of an answer nothing but code, message and request id is kept.
package struct STSError: JudgedError, Hashable, CustomStringConvertible {
  /// What was attempted.
  package enum Operation: Hashable, Sendable {
    case assumeRole(AssumedRole)
    case assumeRoleWithWebIdentity(AssumedRole)
    case getCallerIdentity
  }

  package var operation: Operation
  /// The HTTP status; nil when there was no answer.
  package var statusCode: Int?
  /// The error code, such as `AccessDenied`.
  package var code: String?
  package var message: String?
  package var requestID: String?
  package var retryCause: RetryCause
  /// What the user can do when there was no answer.
  package var transportHint: String?
  /// What the user can do about the keys that the request was signed with, when it is they.
  var keysHint: String?

  package init(
    _ operation: Operation, statusCode: Int? = nil, code: String? = nil, message: String? = nil,
    requestID: String? = nil, retryCause: RetryCause, transportHint: String? = nil
  ) {
    self.operation = operation
    self.statusCode = statusCode
    self.code = code
    self.message = message
    self.requestID = requestID
    self.retryCause = retryCause
    self.transportHint = transportHint
  }

  /// `cannot assume the role 'arn:…' of profile 'x': User: … is not authorized … (AccessDenied,
  /// request id …)`.
  package var description: String {
    let details = QueryError.details(code: code, statusCode: statusCode, requestID: requestID)
    return "cannot \(operation.words): \(reason)" + (details.isEmpty ? "" : " (\(details))")
  }

  private var reason: String {
    if let message, !message.isEmpty { return QueryError.words(message) }
    if let words = code.flatMap({ Self.words[$0] }) { return words }
    return statusCode.map { "STS answered with status \($0)" } ?? "the request failed"
  }

  /// Codes in plain words, for an answer without a message.
  private static let words = [
    "AccessDenied": "access denied", "ExpiredToken": "the session token has expired",
    "ExpiredTokenException": "the session token has expired",
    "InvalidClientTokenId": "the access key does not exist",
    "RequestExpired": "this machine's clock is wrong",
    "UnrecognizedClientException": "the access key does not exist",
  ]

  /// What the user can do about it; nil when nothing is known.
  package var hint: String? {
    if let hint = transportHint ?? keysHint { return hint }
    if statusCode == 407 { return HTTPError.proxyPasswordHint }
    guard let code else {
      return statusCode == nil
        ? "check the network, the region and AWS_ENDPOINT_URL_STS; AWS_MAX_ATTEMPTS is how often"
          + " STS is asked"
        : nil
    }
    switch (code, operation) {
    case ("AccessDenied", .assumeRole):
      return "the role's trust policy must name whoever assumes it (with its external_id), and"
        + " their policies must allow sts:AssumeRole"
    case ("AccessDenied", .assumeRoleWithWebIdentity):
      return "the role's trust policy must name the token's issuer and subject"
    case ("ExpiredTokenException", .assumeRoleWithWebIdentity):
      return "the token file must be renewed by whatever writes it, for example the kubelet"
    case ("ExpiredToken", _), ("ExpiredTokenException", _):
      return "renew the credentials that the role is assumed with, then run again"
    case ("InvalidClientTokenId", _), ("UnrecognizedClientException", _),
      ("InvalidAccessKeyId", _):
      return "check the access key, and that the region belongs to the same partition of AWS"
    case ("SignatureDoesNotMatch", _):
      return "check the secret access key and this machine's clock"
    case ("RequestExpired", _), ("RequestTimeTooSkewed", _):
      return "set this machine's clock, for example with NTP"
    case ("InvalidIdentityToken", _), ("IDPRejectedClaim", _):
      return "check the token file and the identity provider of the role's account"
    case ("RegionDisabledException", _):
      return "set AWS_REGION to a region where STS is active for the account"
    case ("ValidationError", _), ("ValidationException", _):
      return "check role_arn, role_session_name, external_id and duration_seconds; a role assumed"
        + " with another role's credentials serves for an hour at most"
    default: return nil
    }
  }
}

extension STSError.Operation {
  fileprivate var words: String {
    switch self {
    case .assumeRole(let role):
      "assume the role \(quoted(role.arn)) of \(role.place)"
    case .assumeRoleWithWebIdentity(let role):
      "assume the role \(quoted(role.arn)) of \(role.place) with a web identity"
    case .getCallerIdentity: "find out whose the credentials are"
    }
  }
}
