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
    if let other = otherEndpoint(response, service, resource) {
      error.lead(to: other, endpoint)
    } else if service == nil {
      explainRedirect(&error, response)
    }
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
  private var serviceEndpoint: Endpoint? {
    do throws(ConfigurationError) {
      return try endpoint.service.endpoint
    } catch {
      return nil
    }
  }

  private var endpointURL: String? { serviceEndpoint?.description }

  // MARK: - Answers that lead elsewhere

  /// The other endpoint that a redirect of a server that is not AWS's names; never asked, only told.
  private func otherEndpoint(
    _ response: HTTPResponse, _ service: ServiceError?, _ resource: String
  ) -> Endpoint? {
    guard let custom = endpoint.custom, Self.redirects.contains(response.status) else {
      return nil
    }
    let url = response.headers["location"] ?? ""
    let location = Self.origin(of: url)
    var found = location
    if let named = service?.endpoint, !named.isEmpty {
      let scheme = location?.scheme ?? custom.scheme
      found = Self.origin(of: "\(scheme.rawValue)://\(named)") ?? location
    }
    guard let found = found?.leavingOut(bucket: resource) else { return nil }
    // A login page is no endpoint, whoever sends there.
    guard service != nil || found.host == custom.host || Self.asksS3(url, resource) else {
      return nil
    }
    // Who does not sign is sent to a web site.
    if caller.isAnonymous, resource == Self.bucketListResource, found.host != custom.host {
      return nil
    }
    let isSame = found.scheme == custom.scheme && found.authority == custom.authority
    return isSame ? nil : found
  }

  private static let redirects: Set<Int> = [301, 302, 303, 307, 308]

  /// Whether a URL is the request that was sent, for another host: S3 sends requests on as they are.
  private static func asksS3(_ url: String, _ resource: String) -> Bool {
    let parts = url.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    let names = parts.dropFirst().joined().split(separator: "&").map { $0.prefix { $0 != "=" } }
    if names.contains(where: { parametersOfS3.contains(String($0)) }) { return true }
    guard names.isEmpty, resource.hasPrefix("s3://") else { return false }
    let bucket = resource.dropFirst(5).prefix { $0 != "/" }
    return url.hasSuffix("/\(bucket)") || url.hasSuffix("/\(bucket)/")
  }

  private static let parametersOfS3: Set<String> = [
    "encoding-type", "list-type", "max-buckets", "max-keys",
  ]

  /// Says what a redirect means that is not S3's own and names no endpoint of S3.
  private func explainRedirect(_ error: inout S3Error, _ response: HTTPResponse) {
    let isBucketList = error.resource == Self.bucketListResource
    guard Self.redirects.contains(response.status), error.region?.isEmpty ?? true,
      // It has been told what to name.
      !(caller.isAnonymous && isBucketList)
    else { return }
    let url = response.headers["location"] ?? ""
    let other = Self.origin(of: url)
    if let other, !isOfTheService(other) {
      error.words =
        "not S3 answers but something in between, which redirects to \(other), as a login page or a "
        + "proxy does"
      error.hint = .askWhoIsOnTheWay(proxy: endpointURL.flatMap { HTTPProxy.url(for: $0) })
      error.isRedirect = false
    } else if let path = Self.path(of: url), other != nil || url.hasPrefix("/") {
      error.words = "the server redirects to its own '\(path.escapingControls(scalarsMax: 200))'"
      error.hint = .checkPort
      error.isRedirect = false
    } else if isBucketList {
      error.words = "the server redirects, and does not say where to"
      error.hint = .checkPort
    } else {
      error.hint = .nameRegionOrCheckEndpoint
    }
  }

  /// Whether a host is the one that is asked, or another one of the same partition of AWS.
  private func isOfTheService(_ other: Endpoint) -> Bool {
    guard let asked = serviceEndpoint else { return false }
    guard endpoint.custom == nil else { return other.host == asked.host }
    let domain = asked.host.split(separator: ".").suffix(2).joined(separator: ".")
    return other.host.hasSuffix("." + domain)
  }

  /// What follows the host in a URL, or a path alone, without what is asked of it; nil for a host alone.
  private static func path(of url: String) -> String? {
    let rest =
      url.firstRange(of: "://").map { url[$0.upperBound...].drop { $0 != "/" } } ?? url[...]
    let path = rest.prefix { $0 != "?" && $0 != "#" }
    return path.isEmpty || path.hasPrefix("//") ? nil : String(path)
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
