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
  /// Lists their unfinished uploads; nil when they are not wanted.
  let uploads: UploadListing?
  /// Whether versions are listed instead of objects; nil for what was said last of each bucket.
  let listsVersions: Bool?

  /// What there was to do and what came of it.
  struct Result: Sendable {
    var counts = ChangeCounts()
    var isResumed = false
    var outcome: CrawlOutcome
    /// What was wanted besides the objects and refused.
    var gaps: [CrawlFailure] = []
    /// Whether versions were listed, or there are none.
    var hasVersions = false
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
    let known = try await writer.knownBucket(name: identity.name, endpoint: identity.endpoint)
    let wantsVersions = try await wantsVersions(of: identity)
    if let resumption, let known,
      try await writer.hasFinished(
        identity, prefix: bucket.prefix, before: syncID, since: resumption.finishedAfter,
        listsVersions: wantsVersions)
    {
      var result = Result(isResumed: true, outcome: .complete, hasVersions: wantsVersions)
      if let listsVersions {
        try await writer.rememberVersions(listsVersions, ofBucket: known.id)
      }
      try await listUploads(of: known.id, bucket, into: &result)
      progress.end(crawl: number, as: .complete)
      return result
    }
    do {
      try await findRegion(of: &identity, known: known.map(\.region))
      let result = try await crawl(
        identity, bucket, wantsVersions: wantsVersions, resumeAfter: resumption?.begunAfter,
        number: number)
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
    _ identity: BucketIdentity, _ bucket: SelectedBucket, wantsVersions: Bool,
    resumeAfter: Timestamp?, number: Int
  ) async throws -> Result {
    var wanted = wantsVersions ? try await content(of: identity) : Wanted(.objects)
    var result = try await crawl(
      identity, bucket, wanted, resumeAfter: resumeAfter, number: number)
    if wanted.content == .objectsAlone, result.outcome == .complete, !result.hasVersions {
      // It has some now, or nobody knows any more.
      wanted = Wanted(.versions)
      result = try await crawl(
        identity, bucket, wanted, resumeAfter: resumeAfter, number: number)
    }
    if let gap = wanted.gap { result.gaps.append(gap) }
    guard wanted.content == .versions, let failure = result.outcome.failure,
      (failure.error as? S3Error)?.keepsNoVersions == true
    else { return result }
    // The objects are there all the same.
    result = try await crawl(
      identity, bucket, Wanted(.objects), resumeAfter: resumeAfter, number: number)
    result.gaps.append(failure)
    return result
  }

  private func crawl(
    _ identity: BucketIdentity, _ bucket: SelectedBucket, _ wanted: Wanted,
    resumeAfter: Timestamp?, number: Int
  ) async throws -> Result {
    let content = wanted.content
    let before = try await writer.listsVersions(of: identity.name, endpoint: identity.endpoint)
    // What a server has not is not wished for every night.
    let wish = listsVersions == true && content == .objects ? nil : listsVersions
    var plan = try await writer.beginCrawl(
      of: identity, owner: bucket.owner, prefix: bucket.prefix,
      listsVersions: content == .versions, hasNoVersions: content == .objectsAlone, wish: wish,
      resumeAfter: resumeAfter)
    let listed = plan.ranges.lazy.map { $0.objects.plus($0.versions) }.saturatedSum()
    // What the index holds of a first crawl that was interrupted is a part of it, and no measure.
    let expected =
      plan.isResumed && !plan.isJournaled
      ? 0 : plan.objectsInIndex.plus(plan.versionsInIndex)
    progress.expect(expected, listed: listed, inCrawl: number)
    var result = Result(
      isResumed: plan.isResumed, outcome: .complete, hasVersions: content != .objects)
    let begun = plan
    async let inspected: Void? = inspection?.run(
      of: begun, identity.name, with: client, versioning: wanted.versioning)
    async let uploadsRefused = uploads?.run(
      of: begun.bucketID, identity.name, prefix: bucket.prefix, with: client)
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
    if let refusal = try await uploadsRefused ?? nil { result.gaps.append(refusal) }
    // Versioning may have been turned on meanwhile.
    if plan.hasNoVersions, result.outcome == .complete {
      plan.hasNoVersions = try await hasNeverHadVersions(identity.name) ?? false
      result.hasVersions = plan.hasNoVersions
    }
    if wish == true, !result.outcome.isNoRefusal {
      try await writer.rememberVersions(before, ofBucket: plan.bucketID)
    }
    result.outcome = try await writer.finishCrawl(plan, outcome: result.outcome)
    return result
  }

  private func list(
    _ plan: CrawlPlan, in bucket: String, number: Int, counts: inout ChangeCounts
  ) async throws {
    let crawler = Crawler(
      client: client, bucket: bucket, prefix: plan.prefix,
      of: plan.listsVersions ? .versions : .objects, capacity: capacity, budget: budget,
      isFirst: plan.objectsInIndex == 0 && plan.versionsInIndex == 0)
    try await crawler.run(
      plan.ranges, marks: plan.marks, isOrdered: plan.isOrdered,
      into: IndexSink(writer: writer, plan: plan, syncID: syncID), begunAt: plan.startedAt,
      counts: &counts,
      observer: progress.observer(ofCrawl: number))
  }

  private func listUploads(
    of bucketID: Int64, _ bucket: SelectedBucket, into result: inout Result
  ) async throws {
    let refusal = try await uploads?.run(
      of: bucketID, bucket.identity.name, prefix: bucket.prefix, with: client)
    if let refusal = refusal ?? nil { result.gaps.append(refusal) }
  }
}

// MARK: - Versions

extension BucketCrawl {
  /// What is listed of a bucket.
  private enum Content {
    case objects, versions
    /// Versions were wanted, and the bucket never had any: its objects are all there is.
    case objectsAlone
  }

  /// What is to be listed of a bucket, and what was found out for that.
  private struct Wanted {
    var content: Content
    /// Why that is not what was wished for.
    var gap: CrawlFailure?
    /// What the server said of its versioning; nil where it was not asked.
    var versioning: BucketInspection.Versioning?

    init(
      _ content: Content, gap: CrawlFailure? = nil,
      versioning: BucketInspection.Versioning? = nil
    ) {
      self.content = content
      self.gap = gap
      self.versioning = versioning
    }
  }

  private func wantsVersions(of identity: BucketIdentity) async throws -> Bool {
    if let listsVersions { return listsVersions }
    return try await writer.listsVersions(of: identity.name, endpoint: identity.endpoint) ?? false
  }

  /// What there is to list of a bucket whose versions are wanted; with the reason where that is not them.
  private func content(of identity: BucketIdentity) async throws -> Wanted {
    let versioning: BucketInspection.Versioning
    do {
      versioning = .success(try await client.property(.versioning, of: identity.name))
    } catch let error as S3Error {
      // The listing says what is wrong.
      versioning = .failure(error)
    }
    guard case .success(let property) = versioning, property.state == .absent,
      try await !writer.holdsVersions(of: identity.name, endpoint: identity.endpoint)
    else { return Wanted(.versions, versioning: versioning) }
    guard !SyncAccount.isOfAWS(endpoint: identity.endpoint) else {
      return Wanted(.objectsAlone, versioning: versioning)
    }
    // A server that knows no versions says that they are off, too.
    do {
      _ = try await client.listVersions(
        bucket: identity.name, prefix: .start, from: .after(.start), keysMax: 1)
    } catch let error as S3Error where error.keepsNoVersions {
      return Wanted(.objects, gap: CrawlFailure(error), versioning: versioning)
    } catch is S3Error {
      return Wanted(.versions, versioning: versioning)
    }
    return Wanted(.objectsAlone, versioning: versioning)
  }

  /// Whether versioning of a bucket was never on; nil where the server does not say.
  private func hasNeverHadVersions(_ bucket: String) async throws -> Bool? {
    do {
      return try await client.property(.versioning, of: bucket).state == .absent
    } catch is S3Error {
      return nil
    }
  }
}

extension CrawlOutcome {
  /// Whether the server did not refuse what was asked for, whatever else went wrong.
  fileprivate var isNoRefusal: Bool {
    !isDenied && (failure?.error as? S3Error)?.keepsNoVersions != true
  }

  /// As of any refusal, or of a bucket whose sums the index cannot hold.
  fileprivate init?(refusalOfCrawl error: any Error) {
    if error is BucketTooLarge {
      self = .failed(CrawlFailure(error))
    } else {
      self.init(refusal: error)
    }
  }
}
