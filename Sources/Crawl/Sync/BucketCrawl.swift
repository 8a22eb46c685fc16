internal import AWS
internal import Index
internal import S3
internal import Vocabulary

/// Lists one bucket, or one prefix of it, into the index.
struct BucketCrawl: Sendable {
  let client: S3Client
  let writer: IndexWriter
  let progress: SyncProgress
  let syncID: Int64
  /// What progress calls the account; nil when there is but one.
  let accountLabel: String?
  let capacity: CrawlCapacity
  /// Requests in flight for one bucket: on a first crawl, and on one that has little to write.
  let requestsMax: (first: Int, again: Int)
  /// Reads the buckets' properties; nil when they are not wanted.
  let inspection: BucketInspection?

  /// What there was to do and what came of it.
  struct Result: Sendable {
    var counts = ChangeCounts()
    var isResumed = false
    var outcome: CrawlOutcome
    /// The error behind an outcome that is not complete; nil where there was none.
    var refusal: (any Error)?
  }

  /// How old may be what an earlier sync did; nil for what is not to be used at all.
  struct Resumption: Sendable {
    /// Unfinished crawls that began later are taken up.
    var begunAfter: Timestamp
    /// Crawls of interrupted syncs that ended later are not repeated.
    var finishedAfter: Timestamp
  }

  /// - Throws: errors of the index and cancellation; what the server refuses is the outcome.
  func run(_ bucket: SelectedBucket, resumption: Resumption?) async throws -> Result {
    var identity = bucket.identity
    let number = progress.begin(identity.name, account: accountLabel)
    if let resumption,
      try await writer.hasFinished(
        identity, prefix: bucket.prefix, before: syncID, since: resumption.finishedAfter)
    {
      progress.end(crawl: number, as: .complete)
      return Result(isResumed: true, outcome: .complete)
    }
    let known = try await writer.knownBucket(name: identity.name, endpoint: identity.endpoint)
    do {
      try await findRegion(of: &identity, known: known.map(\.region))
      let result = try await crawl(
        identity, bucket, resumeAfter: resumption?.begunAfter, number: number)
      progress.end(crawl: number, as: result.outcome.crawlState)
      return result
    } catch {
      guard let outcome = CrawlOutcome(refusal: error) else { throw error }
      // A name that no server knows and the index never held is a slip of the pen, not a bucket.
      let isUnknown = error is ConfigurationError || (error as? S3Error)?.code == "NoSuchBucket"
      if known != nil || bucket.owner != nil || !isUnknown {
        try await writer.recordRefusal(of: identity, owner: bucket.owner, outcome: outcome)
      }
      progress.end(crawl: number, as: outcome.crawlState)
      return Result(outcome: outcome, refusal: error)
    }
  }

  /// `known` is what the index holds; nil when it does not hold the bucket.
  private func findRegion(of identity: inout BucketIdentity, known: String??) async throws {
    let recorded = known ?? nil
    if let region = identity.region ?? (client.signsForLocations ? recorded : nil) {
      identity.region = region
      client.remember(region: region, of: identity.name)
    } else if known == nil || recorded ?? client.regionName != client.regionName {
      // Asked once: a server that names no region will not name one tomorrow, and one that moved
      // the bucket says so when it is listed. Again where what was recorded may be a mere name.
      identity.region = try await client.discoverRegion(of: identity.name) ?? recorded
    } else {
      identity.region = recorded
    }
  }

  private func crawl(
    _ identity: BucketIdentity, _ bucket: SelectedBucket, resumeAfter: Timestamp?, number: Int
  ) async throws -> Result {
    let plan = try await writer.beginCrawl(
      of: identity, owner: bucket.owner, prefix: bucket.prefix, resumeAfter: resumeAfter)
    let listed = plan.ranges.reduce(0) { $0 + $1.objects }
    progress.expect(plan.objectsInIndex, listed: listed, inCrawl: number)
    var result = Result(isResumed: plan.isResumed, outcome: .complete)
    async let inspected: Void? = inspection?.run(of: plan, identity.name, with: client)
    do {
      try await list(plan, in: identity.name, number: number, counts: &result.counts)
    } catch {
      guard let outcome = CrawlOutcome(refusal: error) else { throw error }
      result.outcome = outcome
      result.refusal = error
    }
    // An answer may have sent the calls to another region than the list or the index named.
    if let region = client.knownRegion(of: identity.name), region != identity.region {
      try await writer.setRegion(region, of: plan)
    }
    // What is finished is not looked at again when the sync is: so this comes first.
    try await inspected
    result.outcome = try await writer.finishCrawl(plan, outcome: result.outcome)
    return result
  }

  private func list(
    _ plan: CrawlPlan, in bucket: String, number: Int, counts: inout ChangeCounts
  ) async throws {
    let isFirst = plan.objectsInIndex == 0
    let crawler = Crawler(
      client: client, bucket: bucket, prefix: plan.prefix, capacity: capacity,
      requestsMax: isFirst ? requestsMax.first : requestsMax.again,
      requestsAtStart: isFirst ? ConcurrencyLimit.start : ConcurrencyLimit.startOfResync)
    let observer = Crawler.Observer(
      requested: { progress.addRequest(toCrawl: number) },
      retried: { progress.addRetry(toCrawl: number) },
      stored: { progress.add(objects: $0.objects, toCrawl: number) })
    try await crawler.run(
      plan.ranges, marks: plan.marks, isOrdered: plan.isOrdered,
      into: IndexSink(writer: writer, plan: plan, syncID: syncID), counts: &counts,
      observer: observer)
  }
}

extension CrawlOutcome {
  /// How an error ends one crawl and lets the others go on; nil for one that ends the sync.
  init?(refusal error: any Error) {
    switch error {
    case let error as S3Error where error.isDenial: self = .denied(reason: error.description)
    case let error as S3Error: self = .failed(reason: error.description)
    case let fault as ListingFault: self = .failed(reason: fault.description)
    case let error as BucketTooLarge: self = .failed(reason: error.description)
    case let error as SortingError: self = .failed(reason: error.description)
    // Servers list names that cannot be part of a request, and settings leave one bucket without an
    // address: what they rule out for all of them has been said before the first.
    case let error as ConfigurationError
    where [.bucketName, .endpoint, .region].contains(error.kind):
      self = .failed(reason: error.description)
    default: return nil
    }
  }

  var crawlState: SyncProgress.CrawlState {
    switch self {
    case .complete: .complete
    case .denied(let reason), .failed(let reason): .refused(reason)
    }
  }
}
