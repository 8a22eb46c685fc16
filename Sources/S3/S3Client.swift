package import AWS
internal import HTTP
internal import Synchronization

/// The calls to S3 that s3audit makes, each to the region where its bucket lives.
///
/// What answers teach about a bucket or the server is kept: regions, sessions, the version of
/// listings.
package final class S3Client: Sendable {
  struct State {
    var regions: [String: Region] = [:]
    /// By bucket.
    var sessions: [String: CredentialCache] = [:]
    var listHabits = ListHabits()
    /// Whether the server has refused `max-buckets`, and answered without.
    var leavesOutMaxBuckets = false
    var startAfter = StartAfterHabits()
  }

  let caller: RetryingCaller
  let propertyCaller: RetryingCaller
  let endpoint: S3Endpoint
  let options: S3CallOptions
  let state: Mutex<State>

  /// What errors of ListBuckets call the thing that was listed.
  package static let bucketListResource = "the buckets"

  static let answerBytesMax = 8 << 20
  private static let bucketsPerPage = 1_000

  /// A client that sends by `caller`; what asks for the properties of buckets by `propertyCaller`,
  /// when that is another, with less patience.
  package init(
    caller: RetryingCaller, propertyCaller: RetryingCaller? = nil, endpoint: S3Endpoint,
    options: S3CallOptions = S3CallOptions()
  ) {
    self.caller = caller
    self.propertyCaller = propertyCaller ?? caller
    self.endpoint = endpoint
    self.options = options
    // AWS knows both versions, and ListObjectsV2 is the one to use (API Reference, "ListObjects").
    let isAWS = endpoint.custom == nil
    state = Mutex(State(listHabits: ListHabits(isVersionKnown: isAWS, isFormKnown: isAWS)))
  }

  package var counts: RequestCounts {
    var counts = caller.counts
    if propertyCaller !== caller {
      let more = propertyCaller.counts
      counts.sent += more.sent
      counts.retries += more.retries
      counts.billedLists += more.billedLists
      counts.billedListsByRegion.merge(more.billedListsByRegion, uniquingKeysWith: +)
    }
    return counts
  }

  /// How far the service's clock is ahead of this machine's; 0 as long as that does not matter.
  package var clockOffsetSeconds: Int64 { caller.clockOffsetSeconds }

  // MARK: - Buckets

  /// All buckets of the account that signs.
  ///
  /// `max-buckets` is always sent: without a parameter AWS names no regions (API Reference,
  /// "ListBuckets").
  ///
  /// - Throws: `S3Error`; also when the pages do not come to an end.
  package func listBuckets() async throws -> BucketList {
    let paging = QueryParameter("max-buckets", String(Self.bucketsPerPage))
    var list = try await bucketPage([paging])
    // Moto cuts the list at max-buckets and gives no token: a full page without one proves nothing.
    if list.nextContinuationToken == nil, list.buckets.count == Self.bucketsPerPage {
      let whole = try await bucketPage([])
      if whole.buckets.count > list.buckets.count { list.buckets = whole.buckets }
    }
    var seen: Set<String> = []
    while let token = list.nextContinuationToken {
      guard seen.insert(token).inserted else {
        throw S3Error(
          operation: "list", resource: Self.bucketListResource,
          message: "the pages do not come to an end")
      }
      let next = try await bucketPage([paging, QueryParameter("continuation-token", token)])
      list.buckets += next.buckets
      list.nextContinuationToken = next.nextContinuationToken
    }
    return list
  }

  /// One page of the list, without `max-buckets` where the server answers only then.
  private func bucketPage(_ query: [QueryParameter]) async throws -> BucketList {
    let shorter = query.filter { $0.name != Self.maxBuckets }
    guard !state.withLock(\.leavesOutMaxBuckets), shorter.count < query.count else {
      return try await answeredBucketPage(shorter)
    }
    do {
      return try await answeredBucketPage(query)
    } catch let error as S3Error where endpoint.custom != nil && error.parameterRefusal != nil {
      do {
        let page = try await answeredBucketPage(shorter, attemptsMax: Self.attemptsOfAlternatives)
        state.withLock { $0.leavesOutMaxBuckets = true }
        return page
      } catch is S3Error {
        // It was not the parameter: the first refusal is the one to tell.
        throw error
      }
    }
  }

  private static let maxBuckets = Array("max-buckets".utf8)

  /// Attempts at a request that is sent in place of one that was refused after as many as there are.
  static let attemptsOfAlternatives = 2

  private func answeredBucketPage(
    _ query: [QueryParameter], attemptsMax: Int? = nil
  ) async throws -> BucketList {
    var call = ServiceCall(
      address: try endpoint.service, query: query, headers: options.payerHeaders,
      bodyBytesMax: Self.answerBytesMax, isList: true)
    call.attemptsMax = attemptsMax
    return try await send(call, operation: "list", resource: Self.bucketListResource) {
      (body) throws(AnswerError) in try BucketList(parsing: body)
    }
  }
}

// MARK: - Calls

extension S3Client {
  /// A call to a bucket in a region, with everything that such calls carry.
  ///
  /// `isControl` is for calls about the bucket itself, which directory buckets answer elsewhere.
  func call(
    method: String = "GET", bucket: String, in region: Region, query: [QueryParameter] = [],
    bodyBytesMax: Int = S3Client.answerBytesMax, isList: Bool = false, isControl: Bool = false,
    observe: @escaping @Sendable (Attempt) -> Void = { _ in }
  ) throws -> ServiceCall {
    let address = try address(of: bucket, in: region, isControl: isControl)
    return ServiceCall(
      method: method, address: address, query: query,
      headers: options.bucketHeaders(isDirectory: Self.isDirectoryBucket(bucket)),
      bodyBytesMax: bodyBytesMax, isList: isList,
      credentials: sessionCredentials(of: bucket, at: address), observe: observe)
  }

  /// Sends a call by the client's caller, or by another.
  func send<Answer>(
    _ call: ServiceCall, operation: String, resource: String, by caller: RetryingCaller? = nil,
    parse: ([UInt8]) throws(AnswerError) -> Answer
  ) async throws -> Answer {
    try await wrapping(operation: operation, resource: resource) {
      try await (caller ?? self.caller).send(call) { response in
        try read(response, operation: operation, resource: resource, parse)
      }
    }
  }

  /// Makes an answer of a response, or an error of it.
  func read<Answer>(
    _ response: HTTPResponse, operation: String, resource: String,
    _ parse: ([UInt8]) throws(AnswerError) -> Answer
  ) throws(S3Error) -> Answer {
    guard response.status == 200 else {
      throw refusal(response, operation: operation, resource: resource)
    }
    do {
      return try parse(response.body)
    } catch let answer {
      var error = S3Error(
        operation: operation, resource: resource, statusCode: response.status, answer: answer)
      complete(&error, with: response)
      throw error
    }
  }

  /// The error that an unsuccessful answer stands for.
  func refusal(_ response: HTTPResponse, operation: String, resource: String) -> S3Error {
    let service = ServiceError(parsing: response.body)
    var error =
      service.map {
        S3Error(
          operation: operation, resource: resource, statusCode: response.status, service: $0)
      } ?? S3Error(operation: operation, resource: resource, statusCode: response.status)
    complete(&error, with: response)
    return error
  }

  private func complete(_ error: inout S3Error, with response: HTTPResponse) {
    error.isRedirect = error.saysRedirect
    error.region = response.headers["x-amz-bucket-region"] ?? error.region
    error.requestID = error.requestID ?? response.headers["x-amz-request-id"]
    if error.code == "AccessDenied" || error.code == nil && error.statusCode == 403 {
      error.hint =
        !caller.isAnonymous && caller.mayRefuseForTime(response)
        ? .checkClock : denialHint(isBucketList: error.resource == Self.bucketListResource)
    }
    // AWS sends who does not sign to its web site.
    if caller.isAnonymous, error.isRedirect, error.resource == Self.bucketListResource {
      error.hint = denialHint(isBucketList: true)
    }
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

  /// Turns the transport's errors into errors that name what was attempted.
  func wrapping<Answer>(
    operation: String, resource: String, _ body: () async throws -> Answer
  ) async throws -> Answer {
    do {
      return try await body()
    } catch let error as HTTPError {
      if error.kind == .cancelled { throw CancellationError() }
      throw S3Error(
        operation: operation, resource: resource, message: error.description,
        hint: error.hint.map { .words($0) })
    } catch let throttling as PersistentThrottling {
      let last = throttling.error as? S3Error
      throw S3Error(
        operation: operation, resource: resource, statusCode: last?.statusCode,
        message: throttling.description, requestID: last?.requestID,
        hint: .comeBackAndAskForLess)
    }
  }
}

extension S3Error: JudgedError {
  /// An answer of status 200 that is an error, or cannot be read, is retried like a 500: S3 may
  /// fail after it has sent the status (User Guide, "Error responses").
  package var retryCause: RetryCause {
    RetryCause(code: code, status: statusCode == 200 ? 500 : statusCode ?? 500)
  }
}
