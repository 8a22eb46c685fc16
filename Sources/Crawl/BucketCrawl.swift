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

  /// What there was to do and what came of it.
  struct Result: Sendable {
    var counts = ChangeCounts()
    var isResumed = false
    var outcome: CrawlOutcome
    /// What the user can do about an outcome that is not complete.
    var hint: String?
  }

  /// - Throws: errors of the index and cancellation; what the server refuses is the outcome.
  func run(
    _ bucket: SelectedBucket, resumeAfter: Timestamp?
  ) async throws -> Result {
    var identity = bucket.identity
    let number = progress.begin(identity.name)
    let known = try await writer.knownBucket(name: identity.name, endpoint: identity.endpoint)
    do {
      identity.region = identity.region ?? known?.region
      if let region = identity.region {
        client.remember(region: region, of: identity.name)
      } else if known == nil {
        // Asked once: a server that names no region will not name one tomorrow, and one that moved
        // the bucket says so when it is listed.
        identity.region = try await client.discoverRegion(of: identity.name)
      }
      let result = try await crawl(identity, bucket, resumeAfter: resumeAfter, number: number)
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
      return Result(outcome: outcome, hint: (error as? S3Error)?.hint)
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
    do {
      for range in plan.ranges where !range.isDone {
        try await walk(range, of: plan, in: identity.name, number: number, into: &result.counts)
      }
    } catch {
      guard let outcome = CrawlOutcome(refusal: error) else { throw error }
      result.outcome = outcome
      result.hint = (error as? S3Error)?.hint
    }
    // An answer may have sent the calls to another region than the list or the index named.
    if let region = client.knownRegion(of: identity.name), region != identity.region {
      try await writer.setRegion(region, of: plan)
    }
    result.outcome = try await writer.finishCrawl(plan, outcome: result.outcome)
    return result
  }

  /// Lists one range to its end; the next page is on its way while one is merged.
  private func walk(
    _ range: CrawlRange, of plan: CrawlPlan, in bucket: String, number: Int,
    into counts: inout ChangeCounts
  ) async throws {
    var walk = RangeWalk(range, prefix: plan.prefix)
    var page = try await self.page(at: walk.position, of: plan, in: bucket, number: number)
    while true {
      let coverage = try walk.accept(page)
      guard !walk.isDone else {
        counts += try await merge(coverage, into: range, of: plan, number: number)
        return
      }
      let position = walk.position
      async let next = self.page(at: position, of: plan, in: bucket, number: number)
      counts += try await merge(coverage, into: range, of: plan, number: number)
      page = try await next
    }
  }

  private func page(
    at position: PagePosition, of plan: CrawlPlan, in bucket: String, number: Int
  ) async throws -> ListPage {
    progress.addRequest(toCrawl: number)
    return try await client.listObjects(bucket: bucket, prefix: plan.prefix, from: position) {
      if $0.isRetried { progress.addRetry(toCrawl: number) }
    }
  }

  private func merge(
    _ coverage: PageCoverage?, into range: CrawlRange, of plan: CrawlPlan, number: Int
  ) async throws -> ChangeCounts {
    guard let coverage else { return ChangeCounts() }
    let counts = try await writer.merge(coverage, into: range, of: plan, syncID: syncID)
    progress.add(objects: counts.objects, toCrawl: number)
    return counts
  }
}

extension CrawlOutcome {
  /// How an error ends one crawl and lets the others go on; nil for one that ends the sync.
  init?(refusal error: any Error) {
    switch error {
    case let error as S3Error where error.isDenial: self = .denied(reason: error.description)
    case let error as S3Error: self = .failed(reason: error.description)
    case let fault as ListingFault: self = .failed(reason: fault.description)
    // Servers list names that cannot be part of a request.
    case let error as ConfigurationError where error.kind == .bucketName:
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

extension S3Error {
  /// Whether the server said no to a request that it understood: not when it doubts who asks, or
  /// when.
  fileprivate var isDenial: Bool {
    guard statusCode == 401 || statusCode == 403 else { return false }
    return !["InvalidAccessKeyId", "SignatureDoesNotMatch", "RequestTimeTooSkewed"].contains(code)
  }
}
