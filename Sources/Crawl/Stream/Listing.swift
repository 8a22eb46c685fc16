internal import AWS
package import S3
package import Vocabulary

/// A bucket, or a prefix of it, on its way into a stream: no index knows of it.
package struct Listing: Sendable {
  private let client: S3Client
  private let bucket: String
  private let prefix: Key
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
  package init(
    client: S3Client, bucket: String, prefix: Key, of kind: ListingKind = .objects,
    budget: RequestBudget, begunAt: Timestamp? = nil
  ) {
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
    progress.setTotal(1)
    let number = progress.begin(bucket)
    let crawler = Crawler(
      client: client, bucket: bucket, prefix: prefix, of: kind,
      capacity: CrawlCapacity(requests: budget.atWorkMax), budget: budget, isFirst: true)
    var counts = ChangeCounts()
    var outcome = CrawlOutcome.complete
    do {
      try await crawler.run(
        [CrawlRange(lo: .start, hi: nil, cursor: .start)], marks: [], into: sink, begunAt: begunAt,
        counts: &counts,
        observer: progress.observer(ofCrawl: number))
      try await sink.finish()
    } catch {
      guard let refusal = CrawlOutcome(refusal: error) else { throw error }
      outcome = refusal
    }
    progress.end(crawl: number, as: outcome.crawlState)
    return Result(objects: counts.objects, outcome: outcome)
  }
}
