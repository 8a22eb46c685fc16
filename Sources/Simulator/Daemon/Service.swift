import Synchronization
import Vocabulary

/// The simulated S3 without its network: requests in, answers out.
///
/// What an answer holds is a pure function of the configuration, the night and the request; the
/// rest of the state is counters, clocks, and what requests have written. Safe to use from any thread.
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
    /// The number of the last page of versions behind which something could happen, from 1.
    var churnNumber = 0
    /// By name.
    var contents: [String: BucketContents] = [:]
  }

  let buckets: [String: SimulatedBucket]
  private let sortedBuckets: [SimulatedBucket]
  private let configuration: SimulatorConfiguration
  private let signature: SignatureCheck?
  private let addressing: Addressing
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
    addressing = Addressing(bucketNames: Set(buckets.keys), region: configuration.region)
    signature = configuration.requiredCredentials.map { SignatureCheck($0) }
    faults = FaultPlan(configuration.faults, seed: configuration.faultSeed)
    let start = ContinuousClock.now
    let night = configuration.night
    state = Mutex(
      State(
        night: night,
        link: configuration.bandwidthBytesPerSecond.map { Link(bytesPerSecond: $0, now: start) },
        contents: buckets.mapValues { BucketContents(of: $0, night: night) }))
  }

  var night: Int { state.withLock { $0.night } }
  var statistics: SimulatorStatistics { state.withLock { $0.statistics } }

  func nextNight() -> Int {
    state.withLock { state in
      state.night += 1
      for name in buckets.keys { state.contents[name]?.night = state.night }
      return state.night
    }
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
    let operation = SimulatorStatistics.Operation(
      request.method, bucket: name, key: key, target.query)
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
      dialect: configuration.versions.dialect, now: now())
    return try answer(operation, on: bucket, object)
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
    case .createSession:
      guard bucket.isDirectory else { throw .notImplemented }
      return Answer(
        status: 200, body: try sessions.answer(to: object.request, for: bucket.name, now()))
    case .listObjects, .listObjectsV2, .listBuckets, .other:
      let list = try ListRequest(
        query, pageKeysMax: configuration.pageKeysMax, support: configuration.listSupport)
      if bucket.isDirectory { try list.checkRulesOfDirectories() }
      return try objects(of: bucket, for: list, object.request)
    case .listObjectVersions: return try versions(of: bucket, object)
    case .listMultipartUploads: return try uploads(of: bucket, object)
    case .listParts: return try parts(of: bucket, object)
    case .headObject: return try object.head(in: contents(of: bucket))
    case .putBucketVersioning, .putObject, .deleteObject, .deleteObjects, .createMultipartUpload,
      .uploadPart, .completeMultipartUpload, .abortMultipartUpload:
      return try state.withLock { state throws(S3Error) in
        let night = state.night
        return try object.write(
          operation,
          to: &state.contents[bucket.name, default: BucketContents(of: bucket, night: night)])
      }
    }
  }

  private static let ofDirectories: Set<SimulatorStatistics.Operation> = [
    .headBucket, .createSession, .listObjects, .listObjectsV2,
  ]
}

// Listings, which meet faults.
extension Service {
  private func objects(
    of bucket: SimulatedBucket, for list: ListRequest, _ request: S3Request
  ) throws(S3Error) -> Answer {
    let contents = contents(of: bucket)
    func answer(_ page: consuming ListPage) -> Answer {
      let count = page.objectCount
      state.withLock { $0.statistics.objects += count }
      return Answer(
        status: 200, headers: [("x-amz-bucket-region", bucket.region)],
        body: page.document(bucket: bucket.name, for: list))
    }
    return try meetingFaults(of: bucket, request) {
      answer(
        bucket.isDirectory
          ? ListPage(ofDirectory: contents, for: list) : ListPage(of: contents, for: list))
    } wrong: { kind, random in
      guard !bucket.isDirectory, let page = kind.page(of: contents, for: list, random: random)
      else { return nil }
      return answer(page)
    }
  }

  private func versions(
    of bucket: SimulatedBucket, _ object: ObjectOperations
  ) throws(S3Error) -> Answer {
    guard object.dialect != .rclone else { throw .notImplemented }
    let list = try VersionsRequest(
      object.query, entriesMax: configuration.pageKeysMax, dialect: object.dialect)
    let contents = contents(of: bucket)
    let start = try list.start(in: contents)
    func answer(_ page: consuming VersionsPage) -> Answer {
      let count = page.entryCount
      let churned = page.next == nil ? nil : page.last.entry
      state.withLock { $0.statistics.versions += count }
      if let (entry, index) = churned {
        churn(bucket, contents.keys.key(at: index), after: entry.number)
      }
      return Answer(
        status: 200, headers: [("x-amz-bucket-region", bucket.region)],
        body: page.document(bucket: bucket.name, for: list))
    }
    return try meetingFaults(of: bucket, object.request) {
      answer(VersionsPage(of: contents, for: list, from: start))
    } wrong: { kind, random in
      guard let page = kind.page(of: contents, for: list, from: start, random: random) else {
        return nil
      }
      return answer(page)
    }
  }

  /// Lets something happen to a key that goes on in the next page, as often as configured.
  private func churn(_ bucket: SimulatedBucket, _ key: Key, after number: WriteNumber) {
    let percent = configuration.versions.churnPercent
    guard percent > 0 else { return }
    let now = now()
    state.withLock { state in
      state.churnNumber += 1
      let random = mixed(seed: configuration.faultSeed, slot: state.churnNumber, lane: 13)
      guard !state.isHealed, random >> 32 < share(percent) else { return }
      state.statistics.churned += 1
      state.contents[bucket.name]?.churn(key, after: number, at: now, random: mixed(random))
    }
  }

  private func uploads(
    of bucket: SimulatedBucket, _ object: ObjectOperations
  ) throws(S3Error) -> Answer {
    guard object.dialect != .rclone else { throw .noSuchUpload }
    let list = try UploadsRequest(
      object.query, uploadsMax: configuration.pageKeysMax, dialect: object.dialect)
    let page = try UploadsPage(of: contents(of: bucket), for: list)
    return try meetingFaults(of: bucket, object.request) {
      state.withLock { $0.statistics.uploads += page.uploads.count }
      return Answer(status: 200, body: page.document(bucket: bucket.name, for: list))
    }
  }

  private func parts(
    of bucket: SimulatedBucket, _ object: ObjectOperations
  ) throws(S3Error) -> Answer {
    let page = try object.parts(in: contents(of: bucket), partsMax: configuration.pageKeysMax)
    return try meetingFaults(of: bucket, object.request) {
      state.withLock { $0.statistics.parts += page.parts.count }
      return Answer(
        status: 200, body: page.document(bucket: bucket.name, key: object.key.bytes))
    }
  }

  /// The right answer to a listing, or what comes of it when a fault is due.
  ///
  /// `wrong` is nil where a fault of pages cannot be.
  private func meetingFaults(
    of bucket: SimulatedBucket, _ request: S3Request, right: () -> Answer,
    wrong: (PageFault, UInt64) -> Answer? = { _, _ in nil }
  ) throws(S3Error) -> Answer {
    guard let fault = nextFault() else { return right() }
    func note() { state.withLock { $0.statistics.faults[fault.kind, default: 0] += 1 } }
    switch fault.kind {
    case .answer(let kind):
      note()
      return try kind.answer(
        to: request, for: bucket, foreignHost: configuration.foreignHost, random: fault.random)
    case .page(let kind):
      guard let answer = wrong(kind, fault.random) else { return right() }
      note()
      return answer
    case .wire(let kind):
      note()
      var answer = right()
      answer.wireFault = (kind, fault.random)
      return answer
    }
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
