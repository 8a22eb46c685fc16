internal import AWS
package import S3
package import Vocabulary

/// A bucket, or a prefix or a range of it, on its way into a stream: no index knows of it.
package struct Listing: Sendable {
  private let client: S3Client
  private let bucket: String
  private let prefix: Key
  private let range: KeyRange
  private let kind: ListingKind
  private let budget: RequestBudget
  private let begunAt: Timestamp?

  /// What came of it.
  package struct Result: Sendable {
    package var objects: Int64
    /// Anything but `complete` says that objects are missing from the stream.
    package var outcome: CrawlOutcome
  }

  /// The client has as many connections as the budget has requests in flight.
  ///
  /// Of what is below the prefix nothing but the range is listed.
  package init(
    client: S3Client, bucket: String, prefix: Key, range: KeyRange = .whole,
    of kind: ListingKind = .objects, budget: RequestBudget, begunAt: Timestamp? = nil
  ) {
    self.range = range
    self.kind = kind
    self.begunAt = begunAt
    self.client = client
    self.bucket = bucket
    self.prefix = prefix
    self.budget = budget
  }

  /// Lists everything into the sink.
  ///
  /// - Throws: errors of the sink and cancellation; what the server refuses is the outcome.
  package func run(into sink: some ListingSink, progress: CrawlProgress) async throws -> Result {
    try await run(into: sink, progress) { _ in }
  }

  /// The same for a listing that is vouched for.
  ///
  /// - Returns: also the first key behind the range, nil where there is none.
  package func run(
    vouchingFor tally: ListingTally, progress: CrawlProgress
  ) async throws -> (result: Result, next: Key?) {
    var next: Key?
    let result = try await run(into: tally, progress) { observer in
      next = try await keyBehind(tally.sums, observer)
    }
    return (result, next)
  }

  private func run(
    into sink: some ListingSink, _ progress: CrawlProgress,
    _ end: (Crawler.Observer) async throws -> Void
  ) async throws -> Result {
    progress.setTotal(1)
    let number = progress.begin(bucket)
    let observer = progress.observer(ofCrawl: number)
    let crawler = Crawler(
      client: client, bucket: bucket, prefix: prefix, of: kind,
      capacity: CrawlCapacity(requests: budget.atWorkMax), budget: budget, isFirst: true)
    var counts = ChangeCounts()
    var outcome = CrawlOutcome.complete
    do {
      try await crawler.run(
        [CrawlRange(lo: range.lower, hi: range.upper, cursor: range.lower)], marks: [],
        isConfined: !range.isWhole, into: sink, begunAt: begunAt, counts: &counts,
        observer: observer)
      try await end(observer)
      try await sink.finish()
    } catch {
      guard let refusal = CrawlOutcome(refusal: error) else { throw error }
      outcome = refusal
    }
    progress.end(crawl: number, as: outcome.crawlState)
    return Result(objects: counts.objects, outcome: outcome)
  }

  /// The first key behind the range: asked for where no page has shown it.
  private func keyBehind(
    _ sums: ListingTally.Sums, _ observer: Crawler.Observer
  ) async throws -> Key? {
    if case .key(let key) = sums.behind { return key }
    guard let end = range.upper else { return nil }
    var walk = RangeWalk(
      CrawlRange(lo: end, hi: nil, cursor: end), prefix: prefix, isStrict: true)
    while !walk.isDone {
      observer.requested()
      let page = try await client.listObjects(
        bucket: bucket, prefix: prefix, from: walk.position, keysMax: 1
      ) { if $0.isRetried { observer.retried() } }
      _ = try walk.accept(page)
      if let key = page.objects.firstKey { return key }
    }
    return nil
  }
}
