internal import S3
internal import Vocabulary

/// What an answer says about the permission that its request needs.
enum PermissionVerdict: Equatable, Sendable {
  /// Permitted; with what there is to say about the answer.
  case allowed(String)
  case denied(String)
  case unsupported(String)
  /// Not tried, for this reason.
  case skipped(String)
  /// Neither: the bucket does not exist, the credentials are not valid, the service stumbled.
  case failed(String, help: String?)

  /// Codes of status 403 that are not about this permission, but about the credentials
  /// (Amazon S3 API Reference, "List of error codes").
  private static let credentialCodes: Set<String> = [
    "ExpiredToken", "ExpiredTokenException", "InvalidAccessKeyId", "InvalidClientTokenId",
    "InvalidSecurity", "InvalidToken", "NotSignedUp",
    "RequestTimeTooSkewed", "SignatureDoesNotMatch", "TokenRefreshRequired",
  ]

  /// Documents that servers answer with when they overlook a parameter that they do not know.
  private static let listings = ["<ListBucketResult", "<ListAllMyBucketsResult"]

  init(of answer: ProbeAnswer, to trial: Permission.Trial) {
    if let code = answer.code, Self.credentialCodes.contains(code) {
      self = .failed(answer.reason, help: answer.help)
      return
    }
    switch (answer.status, answer.code) {
    case _ where answer.isSuccess:
      self =
        answer.isListing(Self.listings) && trial != Permission.list
        ? .unsupported("answered with a listing") : .allowed("allowed")
    case (_, "AccessDenied"), (_, "AllAccessDisabled"), (401, _), (403, _):
      self = .denied(answer.reason)
    case (404, "NoSuchBucket"): self = .failed(answer.reason, help: answer.help)
    // The bucket has none of it, which is an answer: NoSuchTagSet, NoSuchLifecycleConfiguration …
    case (404, let code?): self = .allowed("allowed; there is none (\(Self.shown(code)))")
    // HEAD of a key that has gone in the meantime: the refusal would have come first.
    case (404, nil) where answer.body.isEmpty: self = .allowed("allowed")
    case (400, _), (404, _), (405, _), (501, _): self = .unsupported(answer.reason)
    default: self = .failed(answer.reason, help: answer.help)
    }
  }

  private static func shown(_ code: String) -> String { code.escapingControls(scalarsMax: 100) }
}

extension ProbeAnswer {
  /// The code or the status, the service's words and the id of the request.
  var reason: String {
    var parts = [(code ?? "status \(status)").escapingControls(scalarsMax: 100)]
    if let message, !message.isEmpty {
      parts[0] += ": " + message.escapingControls(scalarsMax: 200)
    }
    if let requestID, !requestID.isEmpty {
      parts.append("request id \(requestID.escapingControls(scalarsMax: 100))")
    }
    return parts.joined(separator: ", ")
  }

  /// What is known to help against this code.
  fileprivate var help: String? {
    S3Error(operation: "", resource: "", statusCode: status, code: code).hint
  }

  fileprivate func isListing(_ roots: [String]) -> Bool {
    let beginning = String(decoding: body.prefix(400), as: UTF8.self)
    return roots.contains { beginning.contains($0) }
  }
}
