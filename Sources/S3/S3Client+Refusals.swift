internal import AWS
internal import HTTP
internal import Synchronization
import Vocabulary

// What answers that are no answers mean, and what the user can do about them.

extension S3Client {
  /// The error that an unsuccessful answer stands for.
  func refusal(_ response: HTTPResponse, operation: String, resource: String) -> S3Error {
    let service = ServiceError(parsing: response.body)
    if service != nil { noteS3() }
    var error =
      service.map {
        S3Error(
          operation: operation, resource: resource, statusCode: response.status, service: $0)
      } ?? S3Error(operation: operation, resource: resource, statusCode: response.status)
    if service == nil { error.page = S3Error.Page(response.body) }
    complete(&error, with: response)
    if let other = otherEndpoint(response, service, resource) { error.lead(to: other, endpoint) }
    return error
  }

  /// Adds what the headers say, and what is known of the way that the request went.
  func complete(_ error: inout S3Error, with response: HTTPResponse) {
    error.isRedirect = error.saysRedirect
    error.region = response.headers["x-amz-bucket-region"] ?? error.region
    error.requestID = error.requestID ?? response.headers["x-amz-request-id"]
    if error.code == "AccessDenied" || error.code == nil && error.statusCode == 403 {
      error.hint =
        !caller.isAnonymous && caller.mayRefuseForTime(response)
        ? .checkClock : denialHint(isBucketList: error.resource == Self.bucketListResource)
    }
    if let keysHint, !error.isRedirect, Credentials.codesOfWrongKeys.contains(error.code ?? "") {
      error.hint = .words(keysHint)
    }
    // AWS sends who does not sign to its web site.
    if caller.isAnonymous, error.isRedirect, error.resource == Self.bucketListResource {
      error.hint = denialHint(isBucketList: true)
    }
    if let hint = answerHint(error) { error.hint = hint }
  }

  /// What the user can do about access denied, which has more causes than the service tells.
  private func denialHint(isBucketList: Bool) -> S3Error.Hint? {
    // That only public buckets can be listed is said where all is told.
    if caller.isAnonymous {
      return isBucketList ? "without credentials, name the public buckets to list" : nil
    }
    if let owner = options.expectedBucketOwner { return .checkExpectedOwner(owner) }
    return options.paysForRequests ? .checkPermissions : .checkPermissionsOrAgreeToPay
  }

  /// What the user can do about an answer that is another server's, or another question's.
  private func answerHint(_ error: S3Error) -> S3Error.Hint? {
    switch error.answer {
    case .webPage, .notS3: return state.withLock(\.hasSpokenS3) ? nil : .checkPort
    case .otherAnswer("ListBucketResult") where error.resource == Self.bucketListResource:
      return .leaveBucketOutOfEndpoint
    case .otherAnswer("ListAllMyBucketsResult"): return .addressByPath
    case .otherAnswer, .malformed, .service, nil: break
    }
    switch (error.code, error.statusCode) {
    case ("AuthorizationHeaderMalformed", _):
      return error.region.flatMap { Region($0) }.map { .signFor(region: $0.name) }
    // A bucket's listing that was taken for a key: the endpoint names a bucket by itself.
    case ("NoSuchKey", 404) where endpoint.custom != nil && error.operation.hasPrefix("list"):
      return .leaveBucketOutOfEndpoint
    case (nil, 400?) where error.page != nil && asksInPlainHTTP: return .tryHTTPS
    case (nil, 401?), (nil, 403?): break
    case (nil, 404?) where error.isWebPage, (nil, 405?) where error.isWebPage:
      return state.withLock(\.hasSpokenS3) ? nil : .checkPort
    default: return nil
    }
    guard error.isWebPage else { return nil }
    return .askWhoIsOnTheWay(proxy: endpointURL.flatMap { HTTPProxy.url(for: $0) })
  }

  private var asksInPlainHTTP: Bool { endpointURL?.hasPrefix("http://") ?? false }

  /// Where requests that name no bucket go.
  private var endpointURL: String? {
    do throws(ConfigurationError) {
      return try endpoint.service.endpoint.description
    } catch {
      return nil
    }
  }

  // MARK: - Answers that lead elsewhere

  /// The other endpoint that a redirect of a server that is not AWS's names; never asked, only told.
  private func otherEndpoint(
    _ response: HTTPResponse, _ service: ServiceError?, _ resource: String
  ) -> Endpoint? {
    guard let custom = endpoint.custom, [301, 302, 307, 308].contains(response.status) else {
      return nil
    }
    let location = response.headers["location"].flatMap { Self.origin(of: $0) }
    var found = location
    if let named = service?.endpoint, !named.isEmpty {
      let scheme = location?.scheme ?? custom.scheme
      found = Self.origin(of: "\(scheme.rawValue)://\(named)") ?? location
    }
    guard let found = found?.leavingOut(bucket: resource) else { return nil }
    // Who does not sign is sent to a web site.
    if caller.isAnonymous, resource == Self.bucketListResource, found.host != custom.host {
      return nil
    }
    let isSame = found.scheme == custom.scheme && found.authority == custom.authority
    return isSame ? nil : found
  }

  private static func origin(of url: String) -> Endpoint? {
    guard let scheme = url.firstRange(of: "://") else { return nil }
    let authority = url[scheme.upperBound...].prefix { !"/?#".contains($0) }
    do throws(ConfigurationError) {
      return try Endpoint(
        parsing: String(url[..<scheme.upperBound] + authority), from: "an answer")
    } catch {
      return nil
    }
  }

  // MARK: - Answers that cannot be read

  /// Notes that the server speaks S3.
  func noteS3() {
    state.withLock { $0.hasSpokenS3 = true }
  }

  /// Whether an answer that cannot be read will be the same when it is asked for again.
  ///
  /// Where S3 has answered before, a page is the stumbling of something on the way.
  func isFinal(_ answer: AnswerError?, after last: AnswerError?) -> Bool {
    switch answer {
    case .malformed?, .otherAnswer?: answer == last && answer?.isLasting == true
    case .webPage?, .notS3?:
      answer == last && answer?.isLasting == true && !state.withLock(\.hasSpokenS3)
    case .service?, nil: false
    }
  }
}

extension S3Error {
  fileprivate var isWebPage: Bool {
    if case .web = page { return true }
    return false
  }

  /// Says that an answer leads to another endpoint, which only the user can take.
  fileprivate mutating func lead(to other: Endpoint, _ asked: S3Endpoint) {
    words = "the server redirects to \(other)"
    hint = .useEndpoint(other.description)
    leadsElsewhere = true
    // The same server behind TLS: there is no other region to look for.
    if region == nil, other.host == asked.custom?.host { isRedirect = false }
  }
}

extension S3Error.Page {
  private static let lineBytesMax = 200

  /// Nil for an empty body, and for one that is neither a page nor a line of text.
  init?(_ body: [UInt8]) {
    if let page = WebPage(body) {
      self = .web(page)
      return
    }
    let text = trimmingBlanks(body)
    guard (1...Self.lineBytesMax).contains(text.count), text.first != UInt8(ascii: "<"),
      let line = String(validating: text, as: UTF8.self)
    else { return nil }
    self = .line(line)
  }
}

extension Endpoint {
  /// The endpoint without the bucket of `s3://bucket/…` in front of its host.
  fileprivate func leavingOut(bucket resource: String) -> Endpoint {
    guard resource.hasPrefix("s3://") else { return self }
    let bucket = resource.dropFirst(5).prefix { $0 != "/" }
    return withoutLabel("\(bucket).")
  }
}
