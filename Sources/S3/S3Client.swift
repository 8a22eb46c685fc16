package import AWS
internal import HTTP
internal import Synchronization
package import Vocabulary

/// Where the next page of a listing begins.
package enum PagePosition: Equatable, Sendable {
  /// After this key; from the beginning when it is `Key.start`.
  case after(Key)
  /// Where the server said that the page before ended.
  case token(String)
}

/// The calls to S3 that s3audit makes, each to the region where its bucket lives.
///
/// A region learned from an answer is kept for the bucket. A call follows one redirect, to another
/// region of the same service, never to a host that an answer names.
package final class S3Client: Sendable {
  private let caller: RetryingCaller
  private let endpoint: S3Endpoint
  private let regions = Mutex<[String: Region]>([:])

  /// What errors of ListBuckets call the thing that was listed.
  package static let bucketListResource = "the buckets"

  // 1000 keys of 1024 bytes, each escaped to three times its length, make 3 MiB.
  private static let pageBytesMax = 32 << 20
  static let answerBytesMax = 8 << 20
  private static let keysPerPage = "1000"
  private static let bucketsPerPage = 1_000

  package init(caller: RetryingCaller, endpoint: S3Endpoint) {
    self.caller = caller
    self.endpoint = endpoint
  }

  package var counts: RequestCounts { caller.counts }

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

  private func bucketPage(_ query: [QueryParameter]) async throws -> BucketList {
    let call = ServiceCall(
      address: try endpoint.service, query: query, bodyBytesMax: Self.answerBytesMax, isList: true)
    return try await send(call, operation: "list", resource: Self.bucketListResource) {
      (body) throws(AnswerError) in try BucketList(parsing: body)
    }
  }

  // MARK: - Regions

  /// Notes where a bucket lives; a name that is no region's is ignored.
  package func remember(region name: String, of bucket: String) {
    guard let region = Region(name) else { return }
    regions.withLock { $0[bucket] = region }
  }

  /// Where a bucket is known to live; nil before that was told or found out.
  package func knownRegion(of bucket: String) -> String? {
    regions.withLock { $0[bucket]?.name }
  }

  /// Asks where a bucket lives; nil when the server does not say.
  ///
  /// HeadBucket names the region even when it refuses. Servers that leave the header out may answer
  /// GetBucketLocation.
  ///
  /// - Throws: `S3Error` `NoSuchBucket`, and what stands in the way of any answer.
  package func discoverRegion(of bucket: String) async throws -> String? {
    let head = try await self.head(bucket)
    if let name = head.headers["x-amz-bucket-region"], let region = Region(name) {
      remember(region: region.name, of: bucket)
      return region.name
    }
    if head.status == 404 {
      throw S3Error(
        operation: "list", resource: "s3://\(bucket)", statusCode: 404, code: "NoSuchBucket",
        requestID: head.headers["x-amz-request-id"])
    }
    guard head.status != 403, let name = try await location(of: bucket) else { return nil }
    remember(region: name, of: bucket)
    return name
  }

  private func head(_ bucket: String) async throws -> HTTPResponse {
    let call = ServiceCall(
      method: "HEAD", address: try address(of: bucket, in: endpoint.region),
      bodyBytesMax: Self.answerBytesMax)
    return try await wrapping(operation: "find", resource: "s3://\(bucket)") {
      try await caller.send(call) { response in
        guard response.status < 500, response.status != 429 else {
          throw S3Error(
            operation: "find", resource: "s3://\(bucket)", statusCode: response.status)
        }
        return response
      }
    }
  }

  private func location(of bucket: String) async throws -> String? {
    let call = ServiceCall(
      address: try address(of: bucket, in: endpoint.region), query: [QueryParameter("location")],
      bodyBytesMax: Self.answerBytesMax)
    do {
      let answer = try await send(call, operation: "find", resource: "s3://\(bucket)") {
        (body) throws(AnswerError) in try BucketLocation(parsing: body)
      }
      return answer.region.flatMap { Region($0)?.name }
    } catch is S3Error {
      // Not knowing the region is no reason to fail: the listing itself will say what is wrong.
      return nil
    }
  }

  // MARK: - Objects

  /// One page of a bucket's keys, at most 1000, in the order of their bytes.
  ///
  /// `observe` is called after each attempt; one that is redirected has failed.
  ///
  /// - Throws: `S3Error`.
  package func listObjects(
    bucket: String, prefix: Key, from position: PagePosition,
    observe: @escaping @Sendable (Attempt) -> Void = { _ in }
  ) async throws -> ListPage {
    var query = [
      QueryParameter("list-type", "2"), QueryParameter("encoding-type", "url"),
      QueryParameter("max-keys", Self.keysPerPage),
    ]
    if !prefix.isStart {
      query.append(QueryParameter(name: Array("prefix".utf8), value: prefix.bytes))
    }
    switch position {
    case .after(let key) where key.isStart: break
    case .after(let key):
      query.append(QueryParameter(name: Array("start-after".utf8), value: key.bytes))
    case .token(let token): query.append(QueryParameter("continuation-token", token))
    }
    return try await followingRegion(of: bucket) { region in
      let call = ServiceCall(
        address: try address(of: bucket, in: region), query: query,
        bodyBytesMax: Self.pageBytesMax, isList: true, observe: observe)
      return try await send(call, operation: "list", resource: resource(bucket, prefix)) {
        (body) throws(AnswerError) in try ListPage(parsing: body)
      }
    }
  }

  private func resource(_ bucket: String, _ prefix: Key) -> String {
    prefix.isStart ? "s3://\(bucket)" : "s3://\(bucket)/\(prefix.text)"
  }
}

// MARK: - Redirects

extension S3Client {
  /// Calls the bucket's region, and once more if the answer says that it is another one.
  func followingRegion<Answer>(
    of bucket: String, _ call: (Region) async throws -> Answer
  ) async throws -> Answer {
    let region = regions.withLock { $0[bucket] } ?? endpoint.region
    do {
      return try await call(region)
    } catch let error as S3Error where error.isInAnotherRegion {
      var named = error.region.flatMap { Region($0) }
      if named == nil { named = try await discoverRegion(of: bucket).flatMap { Region($0) } }
      guard let other = named, other != region else { throw error }
      let answer = try await call(other)
      remember(region: other.name, of: bucket)
      return answer
    }
  }

  func address(of bucket: String, in region: Region) throws -> ServiceAddress {
    var regional = endpoint
    regional.region = region
    return try regional.address(bucket: bucket)
  }

  func send<Answer>(
    _ call: ServiceCall, operation: String, resource: String,
    parse: ([UInt8]) throws(AnswerError) -> Answer
  ) async throws -> Answer {
    try await wrapping(operation: operation, resource: resource) {
      try await caller.send(call) { response in
        try Self.read(response, operation: operation, resource: resource, parse)
      }
    }
  }

  private static func read<Answer>(
    _ response: HTTPResponse, operation: String, resource: String,
    _ parse: ([UInt8]) throws(AnswerError) -> Answer
  ) throws(S3Error) -> Answer {
    var error: S3Error
    if response.status == 200 {
      do {
        return try parse(response.body)
      } catch let answer {
        error = S3Error(
          operation: operation, resource: resource, statusCode: response.status, answer: answer)
      }
    } else if let service = ServiceError(parsing: response.body) {
      error = S3Error(
        operation: operation, resource: resource, statusCode: response.status, service: service)
    } else {
      error = S3Error(operation: operation, resource: resource, statusCode: response.status)
    }
    error.region = response.headers["x-amz-bucket-region"] ?? error.region
    error.requestID = error.requestID ?? response.headers["x-amz-request-id"]
    throw error
  }

  /// Turns the transport's errors into errors that name what was attempted.
  private func wrapping<Answer>(
    operation: String, resource: String, _ body: () async throws -> Answer
  ) async throws -> Answer {
    do {
      return try await body()
    } catch let error as HTTPError {
      if error.kind == .cancelled { throw CancellationError() }
      throw S3Error(operation: operation, resource: resource, message: error.description)
    } catch let throttling as PersistentThrottling {
      let last = throttling.error as? S3Error
      throw S3Error(
        operation: operation, resource: resource, statusCode: last?.statusCode,
        message: throttling.description, requestID: last?.requestID,
        hint: "run again later; --max-requests-per-second asks for less")
    }
  }
}

extension S3Error: JudgedError {
  /// An answer of status 200 that is an error, or cannot be read, is retried like a 500: S3 may
  /// fail after it has sent the status (User Guide, "Error responses").
  package var retryCause: RetryCause {
    RetryCause(code: code, status: statusCode == 200 ? 500 : statusCode ?? 500)
  }

  /// The triggers of botocore's S3RegionRedirectorv2.
  fileprivate var isInAnotherRegion: Bool {
    switch code {
    case "PermanentRedirect", "AuthorizationHeaderMalformed", "IllegalLocationConstraintException":
      true
    default: [301, 302, 307].contains(statusCode)
    }
  }
}
