import Synchronization
import Vocabulary

/// The simulated S3 without its network: requests in, answers out.
///
/// What an answer holds is a pure function of the configuration, the night and the request; the
/// rest of the state is counters and clocks. Safe to use from any thread.
final class Service: Sendable {
  private struct State {
    var night: Int
    var statistics = SimulatorStatistics()
    var limits: [String: RateLimit] = [:]
    var link: Link?
    var requestNumber: UInt64 = 0
    /// The number of the last page that was due, from 1.
    var pageNumber = 0
    var isHealed = false
  }

  let buckets: [String: SimulatedBucket]
  private let sortedBuckets: [SimulatedBucket]
  private let configuration: SimulatorConfiguration
  private let signature: SignatureCheck?
  private let sessions: BucketSessions
  private let faults: FaultPlan
  private let now: @Sendable () -> Timestamp
  private let state: Mutex<State>

  init(_ configuration: SimulatorConfiguration, now: @escaping @Sendable () -> Timestamp) {
    self.configuration = configuration
    let offset = Int64(configuration.clockOffsetSeconds) * 1_000
    let now: @Sendable () -> Timestamp = {
      Timestamp(millisecondsSinceEpoch: now().millisecondsSinceEpoch + offset)
    }
    self.now = now
    sessions = BucketSessions(seconds: configuration.sessionSeconds)
    sortedBuckets = configuration.buckets.map { SimulatedBucket($0, in: configuration) }
      .sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    buckets = Dictionary(
      sortedBuckets.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    signature = configuration.requiredCredentials.map { SignatureCheck($0) }
    faults = FaultPlan(configuration.faults, seed: configuration.faultSeed)
    let start = ContinuousClock.now
    state = Mutex(
      State(
        night: configuration.night,
        link: configuration.bandwidthBytesPerSecond.map { Link(bytesPerSecond: $0, now: start) }))
  }

  var night: Int { state.withLock { $0.night } }
  var statistics: SimulatorStatistics { state.withLock { $0.statistics } }

  func nextNight() -> Int {
    state.withLock { state in
      state.night += 1
      return state.night
    }
  }

  /// From now on no fault happens.
  func heal() { state.withLock { $0.isHealed = true } }

  /// Whether deliveries can block: ask for a delay, or to be sent past the HTTP library.
  var blocks: Bool {
    configuration.latencyMilliseconds > 0 || configuration.bandwidthBytesPerSecond != nil
      || faults.needsSockets
  }

  /// The answer to a request and when to send it.
  func deliver(_ request: S3Request) -> Delivery {
    let target = Target(request.target)
    if configuration.hasControl, target.path.starts(with: "/_sim/".utf8) {
      return Delivery(control(request, target), after: .zero)
    }
    let answer = self.answer(request, target)
    let bytes = answer.body.count
    let transfer = state.withLock { $0.link?.reserve(bytes: bytes, at: .now) } ?? .zero
    return Delivery(answer, after: .milliseconds(configuration.latencyMilliseconds) + transfer)
  }

  private func answer(_ request: S3Request, _ target: Target) -> Answer {
    let requestID = nextRequestID()
    var answer: Answer
    do throws(S3Error) {
      answer = try served(request, target)
    } catch {
      answer = Answer(
        status: error.code.status, headers: error.headers,
        body: error.document(resource: target.path, requestID: requestID))
    }
    answer.headers += [
      ("x-amz-request-id", requestID), ("x-amz-id-2", "s3sim/\(requestID)"),
      ("Content-Type", answer.contentType), ("Server", "AmazonS3"), ("Date", now().httpDate),
    ]
    return answer
  }

  /// 16 hexadecimal digits, the same in every run for the nth request.
  private func nextRequestID() -> String {
    let number = state.withLock { state in
      state.requestNumber += 1
      return state.requestNumber
    }
    let text = [UInt8](unsafeUninitializedCapacity: 16) { out, count in
      guard let base = out.baseAddress else { return }
      count = Digits.hexadecimal(mixed(configuration.seed ^ number), digits: 16, to: base)
    }
    return String(decoding: text, as: UTF8.self).uppercased()
  }

  private func control(_ request: S3Request, _ target: Target) -> Answer {
    let json = [("Content-Type", "application/json")]
    switch (request.method, String(decoding: target.path, as: UTF8.self)) {
    case ("POST", "/_sim/night"):
      return Answer(status: 200, headers: json, body: ByteBuffer("{\"night\":\(nextNight())}\n"))
    case ("POST", "/_sim/heal"):
      heal()
      return Answer(status: 200, headers: json, body: ByteBuffer("{}\n"))
    case ("GET", "/_sim/stats"):
      let text = state.withLock { $0.statistics.json(night: $0.night) }
      return Answer(status: 200, headers: json, body: ByteBuffer(text))
    default:
      return Answer(status: 404, headers: json, body: ByteBuffer("{}\n"))
    }
  }
}

extension Service {
  /// Authentication, then throttling, then the operation: S3's own order.
  private func served(_ request: S3Request, _ target: Target) throws(S3Error) -> Answer {
    let (name, key) = address(request, target)
    let operation = Self.operation(request.method, bucket: name, key: key, target.query)
    state.withLock { $0.statistics.requests[operation, default: 0] += 1 }
    try authenticate(request, target, to: operation, on: buckets[name])
    guard request.method == "GET" || request.method == "HEAD" else { throw .methodNotAllowed }
    if name.isEmpty {
      guard operation == .listBuckets else { throw .notImplemented }
      // Directory buckets have a list of their own (API Reference, "ListDirectoryBuckets").
      let listed = sortedBuckets.filter { !$0.isDirectory }
      return Answer(status: 200, body: try BucketList(listed, target.query).document)
    }
    try throttle(name)
    guard let bucket = buckets[name] else { throw .noSuchBucket(name) }
    guard operation != .other else { throw .notImplemented }
    if operation != .getBucketLocation { try checkRegion(of: bucket, request) }
    guard !bucket.isDenied else {
      var error = S3Error.accessDenied
      error.bucketRegion = bucket.region
      throw error
    }
    return try answer(operation, on: bucket, request, target.query)
  }

  private func authenticate(
    _ request: S3Request, _ target: Target, to operation: SimulatorStatistics.Operation,
    on bucket: SimulatedBucket?
  ) throws(S3Error) {
    let now = now()
    try SessionToken.check(request.header("x-amz-security-token"), now: now)
    if let bucket, bucket.isDirectory, operation != .createSession {
      try sessions.verify(request, target: target, of: bucket.name, now: now)
    } else {
      try signature?.verify(request, target: target, now: now)
    }
  }

  private func answer(
    _ operation: SimulatorStatistics.Operation, on bucket: SimulatedBucket, _ request: S3Request,
    _ query: Query
  ) throws(S3Error) -> Answer {
    let region = [("x-amz-bucket-region", bucket.region)]
    switch operation {
    case .headBucket:
      return Answer(status: 200, headers: region, body: ByteBuffer())
    case .getBucketLocation:
      guard !bucket.isDirectory else { throw .notImplemented }
      return Answer(status: 200, body: S3XML.location(bucket.region))
    case .createSession:
      guard bucket.isDirectory else { throw .notImplemented }
      return Answer(status: 200, body: try sessions.answer(to: request, for: bucket.name, now()))
    case .listObjects, .listObjectsV2, .listBuckets, .other:
      let list = try ListRequest(
        query, pageKeysMax: configuration.pageKeysMax, support: configuration.listSupport)
      if bucket.isDirectory { try list.checkRulesOfDirectories() }
      guard let fault = nextFault() else { return listing(of: bucket, for: list) }
      return try faultyListing(fault, of: bucket, for: list, request)
    }
  }

  private func listing(of bucket: SimulatedBucket, for list: ListRequest) -> Answer {
    let page =
      bucket.isDirectory
      ? ListPage(ofDirectory: bucket, night: night, for: list)
      : ListPage(of: bucket, night: night, for: list)
    return answer(with: page, of: bucket, for: list)
  }

  private func answer(
    with page: consuming ListPage, of bucket: SimulatedBucket, for list: ListRequest
  ) -> Answer {
    let objects = page.objectCount
    state.withLock { $0.statistics.objects += objects }
    return Answer(
      status: 200, headers: [("x-amz-bucket-region", bucket.region)],
      body: page.document(bucket: bucket.name, for: list))
  }

  /// What the page that is due meets, if anything.
  private func nextFault() -> Fault? {
    guard !faults.isEmpty else { return nil }
    let number = state.withLock { state in
      state.pageNumber += 1
      return state.isHealed ? nil : state.pageNumber
    }
    return number.flatMap { faults.fault(ofRequest: $0) }
  }

  private func faultyListing(
    _ fault: Fault, of bucket: SimulatedBucket, for list: ListRequest, _ request: S3Request
  ) throws(S3Error) -> Answer {
    func note() { state.withLock { $0.statistics.faults[fault.kind, default: 0] += 1 } }
    switch fault.kind {
    case .answer(let kind):
      note()
      return try kind.answer(
        to: request, for: bucket, foreignHost: configuration.foreignHost, random: fault.random)
    case .page(let kind):
      guard !bucket.isDirectory,
        let page = kind.page(of: bucket, night: night, for: list, random: fault.random)
      else { return listing(of: bucket, for: list) }
      note()
      return answer(with: page, of: bucket, for: list)
    case .wire(let kind):
      note()
      var answer = listing(of: bucket, for: list)
      answer.wireFault = (kind, fault.random)
      return answer
    }
  }

  /// The bucket and key a request names: in its Host when that begins with a known bucket, else in
  /// its path.
  private func address(_ request: S3Request, _ target: Target) -> (bucket: String, key: [UInt8]) {
    let pathStyle = target.bucketAndKey
    guard let bucket = virtualHost(request) else { return pathStyle }
    return (bucket, Array(target.path.dropFirst()))
  }

  private func virtualHost(_ request: S3Request) -> String? {
    guard let host = request.header("host"), host.contains(where: \.isLetter) else { return nil }
    // A bucket's name may hold dots, so the longest that fits is meant.
    var end = host.lastIndex(of: ".")
    while let dot = end {
      if buckets[String(host[..<dot])] != nil { return String(host[..<dot]) }
      end = host[..<dot].lastIndex(of: ".")
    }
    return nil
  }

  /// Parameters that make a GET of a bucket something other than a listing.
  private static let subresources: Set<String> = [
    "accelerate", "acl", "analytics", "cors", "encryption", "intelligent-tiering", "inventory",
    "lifecycle", "logging", "metadataTable", "metrics", "notification", "object-lock",
    "ownershipControls", "policy", "policyStatus", "publicAccessBlock", "replication",
    "requestPayment", "tagging", "uploads", "versioning", "versions", "website",
  ]

  private static func operation(
    _ method: String, bucket: String, key: [UInt8], _ query: Query
  ) -> SimulatorStatistics.Operation {
    switch (method, bucket.isEmpty, key.isEmpty) {
    case ("GET", true, _): .listBuckets
    case ("HEAD", false, true): .headBucket
    case ("GET", false, true):
      if query["location"] != nil {
        .getBucketLocation
      } else if query["session"] != nil {
        .createSession
      } else if query.contains(anyOf: subresources) {
        .other
      } else {
        query["list-type"] == Array("2".utf8) ? .listObjectsV2 : .listObjects
      }
    default: .other
    }
  }

  /// Redirects a request that was signed for another region than the bucket's.
  ///
  /// As S3 does: an endpoint asked in its own region's name for a bucket elsewhere answers 301; a
  /// signature for any other region, or one that came by the bucket's own host name, answers 400.
  private func checkRegion(of bucket: SimulatedBucket, _ request: S3Request) throws(S3Error) {
    let signed = request.header("authorization").flatMap { Authorization($0)?.region }
    guard (signed ?? configuration.region) != bucket.region else { return }
    guard let signed, signed != configuration.region || virtualHost(request) != nil else {
      throw .permanentRedirect(of: bucket.name, to: bucket.region)
    }
    throw .wrongRegion(signed, expecting: bucket.region)
  }

  private func throttle(_ bucket: String) throws(S3Error) {
    guard let perSecond = configuration.throttleRequestsPerSecond else { return }
    let now = now()
    let isAllowed = state.withLock { state in
      var limit = state.limits[bucket] ?? RateLimit(perSecond: perSecond, now: now)
      let isAllowed = limit.allows(at: now)
      state.limits[bucket] = limit
      if !isAllowed { state.statistics.throttled += 1 }
      return isAllowed
    }
    if !isAllowed { throw .slowDown }
  }
}
