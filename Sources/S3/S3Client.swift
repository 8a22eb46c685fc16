package import AWS
internal import HTTP
internal import Synchronization
package import Vocabulary

/// The calls to S3 that s3audit makes, each to the region where its bucket lives.
///
/// What answers teach about a bucket or the server is kept: regions, sessions, the version of
/// listings.
package final class S3Client: Sendable {
  struct State {
    var regions: [String: Region] = [:]
    /// What the rules made of names, the same for every request.
    var addresses: [AddressName: ServiceAddress] = [:]
    /// By bucket.
    var sessions: [String: CredentialCache] = [:]
    var listHabits = ListHabits()
    var versionHabits = ListHabits()
    var uploadHabits = ListHabits()
    /// Whether the server has refused `max-buckets`, and answered without.
    var leavesOutMaxBuckets = false
    var startAfter = StartAfterHabits()
    /// The region to list the buckets in, where the server has named another than the user's.
    var serviceRegion: Region?
    /// Whether any answer so far was one of S3's.
    var hasSpokenS3 = false
  }

  let caller: RetryingCaller
  let propertyCaller: RetryingCaller
  let endpoint: S3Endpoint
  let options: S3CallOptions
  let state: Mutex<State>
  /// What the user can do about the keys where the server does not know them; nil for keys that look
  /// well.
  let keysHint: String?

  /// What errors of ListBuckets call the thing that was listed.
  package static let bucketListResource = "the buckets"

  static let answerBytesMax = 8 << 20
  private static let bucketsPerPage = 1_000

  /// A client that sends by `caller`; what asks for the properties of buckets by `propertyCaller`,
  /// when that is another, with less patience.
  package init(
    caller: RetryingCaller, propertyCaller: RetryingCaller? = nil, endpoint: S3Endpoint,
    options: S3CallOptions = S3CallOptions(), keysHint: String? = nil
  ) {
    self.caller = caller
    self.keysHint = keysHint
    self.propertyCaller = propertyCaller ?? caller
    self.endpoint = endpoint
    self.options = options
    // AWS knows both versions, and ListObjectsV2 is the one to use (API Reference, "ListObjects").
    let isAWS = endpoint.custom == nil
    // There is one version of each of the other listings.
    let others = ListHabits(isVersionKnown: true, isFormKnown: isAWS)
    state = Mutex(
      State(
        listHabits: ListHabits(isVersionKnown: isAWS, isFormKnown: isAWS), versionHabits: others,
        uploadHabits: others))
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

  /// What the service's clock shows when this machine's shows `time`, by the `Date` of its answers; the same
  /// before there was any.
  package func serviceTime(at time: Timestamp) -> Timestamp {
    let seconds = caller.dateOffsetSeconds ?? propertyCaller.dateOffsetSeconds ?? 0
    return Timestamp(
      millisecondsSinceEpoch: time.millisecondsSinceEpoch.plus(seconds.times(1_000)))
  }

  // MARK: - Buckets

  /// All buckets of the account that signs.
  ///
  /// `max-buckets` is always sent: without a parameter AWS names no regions (API Reference,
  /// "ListBuckets").
  ///
  /// - Throws: `S3Error`; also when the pages do not come to an end.
  package func listBuckets() async throws -> BucketList {
    let paging = QueryParameter("max-buckets", String(Self.bucketsPerPage))
    var page = try await bucketPage([paging])
    // Moto cuts the list at max-buckets and gives no token: a full page without one proves nothing. Nor
    // does a page that says that there is more, and not how to get it.
    let mayBeCut = page.isTruncated ?? (page.buckets.count == Self.bucketsPerPage)
    if page.next == nil, mayBeCut {
      let whole = try await bucketPage([])
      if whole.buckets.count > page.buckets.count || whole.next != nil || whole.isTruncated != true
      {
        page.buckets = whole.buckets.count > page.buckets.count ? whole.buckets : page.buckets
        (page.next, page.isTruncated) = (whole.next, whole.isTruncated)
      }
    }
    var pages = BucketPages(page)
    while let parameter = try pages.nextParameter() {
      try pages.append(try await bucketPage([paging, parameter]))
    }
    return pages.list
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

  /// One page, from the region that the server names where it refuses the user's.
  private func answeredBucketPage(
    _ query: [QueryParameter], attemptsMax: Int? = nil
  ) async throws -> BucketList {
    let region = state.withLock { $0.serviceRegion } ?? endpoint.region
    do {
      return try await bucketPage(query, in: region, attemptsMax: attemptsMax)
    } catch let error as S3Error where error.isRedirect && endpoint.custom != nil {
      guard let other = error.region.flatMap({ Region($0) }), other != region else { throw error }
      let page = try await bucketPage(query, in: other, attemptsMax: attemptsMax)
      state.withLock { $0.serviceRegion = other }
      return page
    }
  }

  private func bucketPage(
    _ query: [QueryParameter], in region: Region, attemptsMax: Int?
  ) async throws -> BucketList {
    var regional = endpoint
    regional.region = region
    var call = ServiceCall(
      address: try regional.service, query: query, headers: options.payerHeaders,
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
      var last: AnswerError?
      return try await (caller ?? self.caller).send(call) { response in
        do throws(S3Error) {
          return try read(response, operation: operation, resource: resource, parse)
        } catch {
          var error = error
          error.isFinal = isFinal(error.answer, after: last)
          last = error.answer
          throw error
        }
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
      let answer = try parse(response.body)
      noteS3()
      return answer
    } catch let answer {
      var error = S3Error(
        operation: operation, resource: resource, statusCode: response.status, answer: answer)
      complete(&error, with: response)
      throw error
    }
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
  ///
  /// The same answer that cannot be read, twice, is the server's last word.
  package var retryCause: RetryCause {
    // Status 503, and no stumbling: slower retrievals are taken all the while.
    if isFinal || lacksExpeditedCapacity { return .other }
    return RetryCause(code: code, status: statusCode == 200 ? 500 : statusCode ?? 500)
  }
}
