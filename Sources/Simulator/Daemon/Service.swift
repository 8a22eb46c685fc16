import Synchronization
import Vocabulary

/// The simulated S3 without its network: requests in, answers out.
///
/// What an answer holds is a pure function of the configuration, the night and the request; the
/// rest of the state is counters, clocks, and what requests have written. Safe to use from any thread.
final class Service: Sendable {
  struct State {
    var night: Int
    var statistics = SimulatorStatistics()
    var limits: [String: RateLimit] = [:]
    var link: Link?
    var requestNumber: UInt64 = 0
    /// The number of the last request that was due in each group, from 1.
    var faultNumbers: [FaultKind.Group: Int] = [:]
    /// The same of each key, where faults count by it.
    var faultNumbersOfKeys: [RequestsOfKey: Int] = [:]
    var isHealed = false
    /// The number of the last page of versions behind which something could happen, from 1.
    var churnNumber = 0
    var log = RequestLog()
    /// The minute since 1970 of the last inventory that was delivered.
    var lastDelivery: Int64?
    /// By name.
    var contents: [String: BucketContents] = [:]
  }

  let buckets: [String: SimulatedBucket]
  private let sortedBuckets: [SimulatedBucket]
  let configuration: SimulatorConfiguration
  private let signature: SignatureCheck?
  private let addressing: Addressing
  private let sessions: BucketSessions
  let faults: [FaultKind.Group: FaultPlan]
  let now: @Sendable () -> Timestamp
  let state: Mutex<State>

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
    addressing = Addressing(bucketNames: Set(buckets.keys), region: configuration.region)
    signature = configuration.requiredCredentials.map { SignatureCheck($0) }
    faults = Dictionary(grouping: configuration.faults) { $0.kind.group }.mapValues {
      FaultPlan($0, seed: configuration.faultSeed)
    }
    let start = ContinuousClock.now
    let night = configuration.night
    state = Mutex(
      State(
        night: night,
        link: configuration.bandwidthBytesPerSecond.map { Link(bytesPerSecond: $0, now: start) },
        contents: buckets.mapValues { BucketContents(of: $0, night: night) }))
    deliverInventories()
  }

  var night: Int { state.withLock { $0.night } }
  var statistics: SimulatorStatistics { state.withLock { $0.statistics } }

  func nextNight() -> Int {
    let night = state.withLock { state in
      state.night += 1
      for name in buckets.keys { state.contents[name]?.night = state.night }
      return state.night
    }
    deliverInventories()
    return night
  }

  /// What a bucket holds now.
  func contents(of bucket: SimulatedBucket) -> BucketContents {
    state.withLock { $0.contents[bucket.name] ?? BucketContents(of: bucket, night: $0.night) }
  }

  /// From now on no fault happens, and no churn.
  func heal() { state.withLock { $0.isHealed = true } }

  /// Whether deliveries can block: ask for a delay, or to be sent past the HTTP library.
  var blocks: Bool {
    configuration.latencyMilliseconds > 0 || configuration.bandwidthBytesPerSecond != nil
      || configuration.faults.contains { $0.kind.needsThreads }
  }

  /// The answer to a request and when to send it.
  func deliver(_ request: S3Request) -> Delivery {
    let target = Target(request.target)
    if configuration.hasControl, target.path.starts(with: "/_sim/".utf8) {
      return Delivery(control(request, target), after: .zero)
    }
    let answer = self.answer(request, target)
    let transfer = reserve(answer.body.count)
    var delivery = Delivery(
      answer, after: .milliseconds(configuration.latencyMilliseconds) + transfer)
    if configuration.bandwidthBytesPerSecond != nil {
      delivery.pace = { [self] in reserve($0) }
    }
    return delivery
  }

  /// How long some bytes wait for the link that all share.
  private func reserve(_ bytes: Int) -> Duration {
    state.withLock { $0.link?.reserve(bytes: bytes, at: .now) } ?? .zero
  }

  private func answer(_ request: S3Request, _ target: Target) -> Answer {
    let requestID = nextRequestID()
    var answer: Answer
    do throws(S3Error) {
      answer = try served(request, target)
    } catch {
      answer = Answer(
        status: error.code.status, headers: error.headers,
        // An answer of 304 ends with its headers.
        body: error.code == .notModified
          ? ByteBuffer() : error.document(resource: target.path, requestID: requestID))
    }
    answer.headers += [
      ("x-amz-request-id", requestID), ("x-amz-id-2", "s3sim/\(requestID)"),
      ("Server", "AmazonS3"), ("Date", now().httpDate),
    ]
    if configuration.hasControl { log(request, target, status: answer.status) }
    // What was put may have a type of its own.
    if !answer.headers.contains(where: { $0.name == "Content-Type" }) {
      answer.headers.append(("Content-Type", answer.contentType))
    }
    return answer
  }

  private func log(_ request: S3Request, _ target: Target, status: Int) {
    let (bucket, key) = addressing.bucketAndKey(request, target)
    let line = RequestLog.line(
      operation(of: request, target), bucket: bucket, key: key, request, target.query,
      status: status)
    state.withLock { $0.log.append(line) }
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
    case ("POST", "/_sim/inventory"):
      deliverInventories()
      return Answer(status: 200, headers: json, body: ByteBuffer("{}\n"))
    case ("POST", "/_sim/heal"):
      heal()
      return Answer(status: 200, headers: json, body: ByteBuffer("{}\n"))
    case ("GET", "/_sim/stats"):
      let text = state.withLock { $0.statistics.json(night: $0.night) }
      return Answer(status: 200, headers: json, body: ByteBuffer(text))
    case ("GET", "/_sim/log"):
      let lines = state.withLock { $0.log.lines }
      return Answer(status: 200, headers: json, body: ByteBuffer(lines.joined()))
    case ("GET", let path) where path.hasPrefix("/_sim/counts/"):
      guard let bucket = buckets[String(path.dropFirst("/_sim/counts/".count))] else { break }
      return Answer(status: 200, headers: json, body: ByteBuffer(contents(of: bucket).counts()))
    case ("GET", let path) where path.hasPrefix("/_sim/holdings/"):
      guard let bucket = buckets[String(path.dropFirst("/_sim/holdings/".count))] else { break }
      return Answer(status: 200, headers: json, body: contents(of: bucket).holdings())
    default: break
    }
    return Answer(status: 404, headers: json, body: ByteBuffer("{}\n"))
  }
}

extension Service {
  /// Authentication, then throttling, then the operation: S3's own order.
  private func served(_ request: S3Request, _ target: Target) throws(S3Error) -> Answer {
    let (name, key) = addressing.bucketAndKey(request, target)
    let operation = operation(of: request, target)
    state.withLock { $0.statistics.requests[operation, default: 0] += 1 }
    try authenticate(request, target, to: operation, on: buckets[name])
    guard
      ["GET", "HEAD"].contains(request.method) || (configuration.isWritable && operation.writes)
    else { throw .methodNotAllowed }
    if name.isEmpty {
      guard operation == .listBuckets else { throw .notImplemented }
      // Directory buckets have a list of their own (API Reference, "ListDirectoryBuckets").
      let listed = sortedBuckets.filter { !$0.isDirectory }
      return Answer(status: 200, body: try BucketList(listed, target.query).document)
    }
    try throttle(name)
    guard let bucket = buckets[name] else { throw .noSuchBucket(name) }
    guard operation != .other else { throw .notImplemented }
    if operation != .getBucketLocation { try addressing.checkRegion(of: bucket, request) }
    guard !bucket.isDenied else {
      var error = S3Error.accessDenied
      error.bucketRegion = bucket.region
      throw error
    }
    let object = ObjectOperations(
      request: request, key: Key(key), query: target.query,
      options: configuration.objects, dialect: configuration.versions.dialect, now: now())
    return try answer(operation, on: bucket, object)
  }

  private func operation(
    of request: S3Request, _ target: Target
  ) -> SimulatorStatistics.Operation {
    let (name, key) = addressing.bucketAndKey(request, target)
    return SimulatorStatistics.Operation(
      request.method, bucket: name, key: key, target.query,
      copies: request.header("x-amz-copy-source") != nil)
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
    _ operation: SimulatorStatistics.Operation, on bucket: SimulatedBucket,
    _ object: ObjectOperations
  ) throws(S3Error) -> Answer {
    guard !bucket.isDirectory || Self.ofDirectories.contains(operation) else {
      throw .notImplemented
    }
    let query = object.query
    switch operation {
    case .headBucket:
      let region = [("x-amz-bucket-region", bucket.region)]
      return Answer(status: 200, headers: region, body: ByteBuffer())
    case .getBucketLocation: return Answer(status: 200, body: S3XML.location(bucket.region))
    case .getBucketVersioning:
      return Answer(status: 200, body: S3XML.versioning(contents(of: bucket).versioning.current))
    case .getBucketInventoryConfiguration: return try inventoryConfiguration(of: bucket, query)
    case .createSession:
      guard bucket.isDirectory else { throw .notImplemented }
      return Answer(
        status: 200, body: try sessions.answer(to: object.request, for: bucket.name, now()))
    case .listObjects, .listObjectsV2, .listBuckets, .other:
      var list = try ListRequest(
        query, pageKeysMax: configuration.pageKeysMax, support: configuration.listSupport)
      list.restoreStatusAt = object.request.wantsRestoreStatus ? object.now : nil
      if bucket.isDirectory { try list.checkRulesOfDirectories() }
      return try objects(of: bucket, for: list, object.request)
    case .listObjectVersions: return try versions(of: bucket, object)
    case .listMultipartUploads: return try uploads(of: bucket, object)
    case .listParts: return try parts(of: bucket, object)
    case .headObject, .getObject: return try read(bucket, object)
    case .getObjectTagging: return try object.tagging(in: contents(of: bucket))
    case .putBucketVersioning, .putObject, .copyObject, .uploadPartCopy, .putObjectTagging,
      .deleteObjectTagging, .deleteObject, .deleteObjects, .restoreObject,
      .createMultipartUpload, .uploadPart, .completeMultipartUpload, .abortMultipartUpload:
      return try write(operation, to: bucket, object)
    }
  }

  private static let ofDirectories: Set<SimulatorStatistics.Operation> = [
    .headBucket, .createSession, .listObjects, .listObjectsV2,
  ]
}

extension Service {
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
