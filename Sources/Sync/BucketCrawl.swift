internal import AWS
internal import Crawl
internal import Index
internal import S3
internal import Vocabulary

/// Lists one bucket, or one prefix of it, into the index.
struct BucketCrawl: Sendable {
  let client: S3Client
  let writer: IndexWriter
  let progress: CrawlProgress
  let syncID: Int64
  /// What progress calls the account; nil when there is but one.
  let accountLabel: String?
  let capacity: CrawlCapacity
  let budget: RequestBudget
  /// Reads the buckets' properties; nil when they are not wanted.
  let inspection: BucketInspection?

  /// What there was to do and what came of it.
  struct Result: Sendable {
    var counts = ChangeCounts()
    var isResumed = false
    var outcome: CrawlOutcome
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
      return Result(outcome: outcome)
    }
  }

  /// `known` is what the index holds; nil when it does not hold the bucket.
  private func findRegion(of identity: inout BucketIdentity, known: String??) async throws {
    let recorded = known ?? nil
    if let region = identity.region ?? (client.signsForLocations ? recorded : nil) {
      identity.region = region
      client.remember(region: region, of: identity.name)
    } else if known == nil || recorded ?? client.regionName != client.regionName {
      // The server is asked once: one that names no region will not name one tomorrow, and one that
      // moved the bucket says so when the bucket is listed. It is asked again where the recorded
      // region may be a name that only this server uses.
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
    let listed = plan.ranges.lazy.map(\.objects).saturatedSum()
    // What the index holds of a first crawl that was interrupted is a part of it, and no measure.
    let expected = plan.isResumed && !plan.isJournaled ? 0 : plan.objectsInIndex
    progress.expect(expected, listed: listed, inCrawl: number)
    var result = Result(isResumed: plan.isResumed, outcome: .complete)
    async let inspected: Void? = inspection?.run(of: plan, identity.name, with: client)
    do {
      try await list(plan, in: identity.name, number: number, counts: &result.counts)
    } catch {
      guard let outcome = CrawlOutcome(refusalOfCrawl: error) else { throw error }
      result.outcome = outcome
    }
    // An answer may have sent the calls to another region than the list or the index named.
    if let region = client.knownRegion(of: identity.name), region != identity.region {
      try await writer.setRegion(region, of: plan)
    }
    // A bucket whose crawl is finished is left out when the sync is taken up: so its properties have
    // to be recorded first.
    try await inspected
    result.outcome = try await writer.finishCrawl(plan, outcome: result.outcome)
    return result
  }

  private func list(
    _ plan: CrawlPlan, in bucket: String, number: Int, counts: inout ChangeCounts
  ) async throws {
    let crawler = Crawler(
      client: client, bucket: bucket, prefix: plan.prefix, capacity: capacity, budget: budget,
      isFirst: plan.objectsInIndex == 0)
    try await crawler.run(
      plan.ranges, marks: plan.marks, isOrdered: plan.isOrdered,
      into: IndexSink(writer: writer, plan: plan, syncID: syncID), counts: &counts,
      observer: progress.observer(ofCrawl: number))
  }
}

extension CrawlOutcome {
  /// As of any refusal, or of a bucket whose sums the index cannot hold.
  fileprivate init?(refusalOfCrawl error: any Error) {
    if error is BucketTooLarge {
      self = .failed(CrawlFailure(error))
    } else {
      self.init(refusal: error)
    }
  }
}
