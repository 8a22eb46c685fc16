import AWS
import HTTP
import Vocabulary

/// A failed request to S3: what was attempted, on what, and what the service said.
///
/// The service's words are not to be trusted: `description` escapes controls. `code` is for
/// matching, text never is.
package struct S3Error: Error, Equatable, CustomStringConvertible {
  /// What was attempted, as a verb: `list`, `read the region of`.
  package var operation: String
  /// What it was attempted on: `s3://logs`.
  package var resource: String
  /// The HTTP status; nil when there was no answer.
  package var statusCode: Int?
  /// The error code, such as `AccessDenied`.
  package var code: String?
  package var message: String?
  package var requestID: String?
  /// The region as the service names it, when the request went to another.
  package var region: String?
  /// What the user can do about the error; by default what is known of the code.
  package var hint: Hint?
  /// What went wrong, in words that say more than the code does.
  var words: String?
  /// Whether the answer says that the bucket is in another region.
  var isRedirect = false
  /// Whether the answer names another endpoint.
  var leadsElsewhere = false
  /// Why the answer could not be read, where that was what failed.
  var answer: AnswerError?
  /// Whether an answer that could not be read would be no better if it was asked for again.
  var isFinal = false
  /// What the server keeps none of, where that is why it does not answer.
  package internal(set) var unkept: Unkept?
  /// Where the version is archived that cannot be read, as far as the service says it.
  package internal(set) var archive: Archive?
  /// What an answer without a document of S3's says: a page's title, or a line of text.
  var page: Page?

  /// What many servers have not, and say so in as many ways.
  package enum Unkept: Hashable, Sendable {
    case versions
    case uploads
  }

  /// Whether the server keeps no versions, or none in this bucket: asking again is in vain.
  package var keepsNoVersions: Bool { unkept == .versions }

  /// Whether the server keeps no list of uploads: asking again is in vain.
  package var keepsNoUploads: Bool { unkept == .uploads }

  /// An answer that is not the service's own words.
  enum Page: Equatable {
    case web(WebPage)
    case line(String)
  }

  package init(
    operation: String, resource: String, statusCode: Int? = nil, code: String? = nil,
    message: String? = nil, requestID: String? = nil, region: String? = nil, hint: Hint? = nil
  ) {
    self.operation = operation
    self.resource = resource
    self.statusCode = statusCode
    self.code = code
    self.message = message
    self.requestID = requestID
    self.region = region
    self.hint =
      hint ?? code.flatMap { Self.knownCodes[$0]?.hint }
      // Over plain HTTP a proxy's refusal comes in place of the service's answer.
      ?? (statusCode == 407 ? .words(HTTPError.proxyPasswordHint) : nil)
  }

  /// A refusal with the service's error document.
  package init(operation: String, resource: String, statusCode: Int?, service: ServiceError) {
    self.init(
      operation: operation, resource: resource, statusCode: statusCode,
      code: service.code.isEmpty ? nil : service.code, message: service.message,
      requestID: service.requestID, region: service.region)
    archive = service.archive
  }

  /// An answer that could not be read.
  package init(operation: String, resource: String, statusCode: Int?, answer error: AnswerError) {
    if case .service(let service) = error {
      self.init(
        operation: operation, resource: resource, statusCode: statusCode, service: service)
    } else {
      self.init(
        operation: operation, resource: resource, statusCode: statusCode,
        message: error.description)
      answer = error
    }
  }

  /// `cannot list s3://logs: access denied (AccessDenied, request id 4442587FB7D0A2F9)`.
  package var description: String {
    let place = resource.escapingControls(scalarsMax: 2_000)
    let details = details
    return "cannot \(operation) \(place): \(reason)"
      + (details.isEmpty ? "" : " (\(details.joined(separator: ", ")))")
  }

  private var reason: String {
    if let words { return words }
    if let code, let known = Self.knownCodes[code] {
      guard known.needsMessage, region?.isEmpty ?? true, let text = messageText else {
        return known.words
      }
      return "\(known.words): \(text)"
    }
    if let messageText { return messageText }
    guard let statusCode else { return "the request failed" }
    let words = Self.words(forStatus: statusCode)
    return switch page {
    case .web(let page) where page.title.isEmpty: "\(words); the answer is a web page"
    case .web(let page):
      "\(words); the answer is a web page, '\(page.title.escapingControls())'"
    case .line(let text): "\(words); the answer says '\(text.escapingControls())'"
    case nil: words
    }
  }

  /// The service's message; nil without one.
  private var messageText: String? {
    guard let message, !message.isEmpty else { return nil }
    // The service ends its sentences; here the sentence goes on.
    let text = message.escapingControls(scalarsMax: 500)
    return text.hasSuffix(".") ? String(text.dropLast()) : text
  }

  private var details: [String] {
    var details: [String] = []
    if let code, !code.isEmpty {
      details.append(code.escapingControls(scalarsMax: 100))
    } else if let statusCode {
      details.append("status \(statusCode)")
    }
    if let region, !region.isEmpty {
      details.append("region \(region.escapingControls(scalarsMax: 100))")
    }
    if let requestID, !requestID.isEmpty {
      details.append("request id \(requestID.escapingControls(scalarsMax: 100))")
    }
    return details
  }

  private static func words(forStatus status: Int) -> String {
    switch status {
    case 301, 302, 307, 308: "the bucket is somewhere else"
    case 400: "the service refused the request"
    case 401, 403: "access denied"
    case 404: "not found"
    case 407: "the proxy refused the request"
    case 408: "the service did not get the request in time"
    case 429, 503: "the service asks for fewer requests"
    case 500...: "the service failed"
    default: "the service answered with status \(status)"
    }
  }
}

extension S3Error {
  /// A code in plain words, and what the user can do about it.
  private struct Known {
    var words: String
    var hint: Hint?
    /// Whether the service's message says more, as long as nothing else in the answer does.
    var needsMessage = false
  }

  private static let needsVirtualHost = Known(
    words: "the server takes a bucket's name in front of its host only", hint: .addressVirtually)

  private static let expiredToken = Known(
    words: "the session token has expired", hint: "renew the session, then run again")
  private static let unknownKey = Known(
    words: "the access key does not exist",
    hint: "check the profile and the endpoint: an access key belongs to one service")
  private static let wrongClock = Known(
    words: "this machine's clock is wrong", hint: "set the clock, for example with NTP")

  private static let wrongSignature = Known(
    words: "the signature does not match",
    hint: "check the secret access key; a proxy that rewrites requests has the same effect")

  /// Amazon S3 API Reference, "List of error codes", and codes common to all services of AWS, which
  /// servers and proxies before S3 may have too.
  private static let knownCodes: [String: Known] = [
    "AccessDenied": Known(
      words: "access denied", hint: .checkPermissions),
    "AllAccessDisabled": Known(words: "all access to this bucket has been disabled"),
    "AccountProblem": Known(
      words: "there is a problem with the account", hint: "ask AWS Support about the account"),
    "AuthorizationHeaderMalformed": Known(
      words: "the request was signed for another region",
      hint: .nameRegion, needsMessage: true),
    "AuthFailure": Known(
      words: "the service does not believe who asks",
      hint: "check the access key, the secret access key and this machine's clock"),
    "BadRequest": Known(words: "the service refused the request"),
    "ExpiredToken": expiredToken,
    "ExpiredTokenException": expiredToken,
    "IllegalLocationConstraintException": Known(
      words: "the bucket is in another region", hint: .nameRegion),
    "InternalError": Known(words: "the service failed"),
    "InvalidAccessKeyId": unknownKey,
    "InvalidClientTokenId": unknownKey,
    "InvalidBucketName": Known(words: "this is not a valid bucket name"),
    "InvalidSignatureException": wrongSignature,
    "InvalidToken": Known(
      words: "the session token is not valid",
      hint: "temporary credentials need their own access key and session token"),
    "NoSuchBucket": Known(
      words: "no such bucket", hint: "check the name, the endpoint and the region"),
    "NotImplemented": Known(words: "the server does not support this request"),
    "NotSignedUp": Known(words: "the account is not signed up for S3"),
    // Of Alibaba Cloud, Tencent Cloud and Volcengine, in this order.
    "SecondLevelDomainForbidden": needsVirtualHost,
    "PathStyleDomainForbidden": needsVirtualHost,
    "InvalidPathAccess": needsVirtualHost,
    "PermanentRedirect": Known(
      words: "the bucket is in another region", hint: .nameRegion),
    "RequestExpired": wrongClock,
    "RequestInTheFuture": wrongClock,
    "RequestTimeTooSkewed": wrongClock,
    "RequestTimeout": Known(words: "the service did not get the request in time"),
    "ServiceUnavailable": Known(
      words: "the service is unavailable", hint: .comeBackOrAskForLess),
    "SignatureDoesNotMatch": wrongSignature,
    "SlowDown": Known(
      words: "the service asks for fewer requests",
      hint: .askForLess),
    "TemporaryRedirect": Known(words: "the bucket is being moved", hint: "run again later"),
    "TokenRefreshRequired": Known(
      words: "the session token has to be refreshed", hint: "renew the session, then run again"),
    "UnrecognizedClientException": unknownKey,
  ]
}
