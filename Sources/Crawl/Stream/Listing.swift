internal import AWS
package import Index
package import S3
package import Vocabulary

/// A bucket, or a prefix of it, on its way into a stream: no index knows of it.
package struct Listing: Sendable {
  private let client: S3Client
  private let bucket: String
  private let prefix: Key
  private let requestsAtWork: Int

  /// LIST requests in flight, if nothing else is said.
  package static let requestsMaxDefault = ConcurrencyLimit.capOfFirstCrawl

  /// What came of it.
  package struct Result: Sendable {
    package var objects: Int64
    /// Anything but `complete` says that objects are missing from the stream.
    package var outcome: CrawlOutcome
    /// The error behind an outcome that is not complete.
    package var refusal: (any Error)?
  }

  /// `requestsMax` are in flight at most, if the client has so many connections.
  package init(client: S3Client, bucket: String, prefix: Key, requestsMax: Int) {
    self.client = client
    self.bucket = bucket
    self.prefix = prefix
    requestsAtWork = SyncOptions.atWork(requestsMax)
  }

  /// Lists everything into the sink.
  ///
  /// - Throws: errors of the sink and cancellation; what the server refuses is the outcome.
  package func run(into sink: some ListingSink, progress: SyncProgress) async throws -> Result {
    progress.setTotal(1)
    let number = progress.begin(bucket)
    let crawler = Crawler(
      client: client, bucket: bucket, prefix: prefix,
      capacity: CrawlCapacity(requests: requestsAtWork), requestsMax: requestsAtWork)
    let observer = Crawler.Observer(
      requested: { progress.addRequest(toCrawl: number) },
      retried: { progress.addRetry(toCrawl: number) },
      stored: { progress.add(objects: $0.objects, toCrawl: number) })
    var counts = ChangeCounts()
    var outcome = CrawlOutcome.complete
    var refusal: (any Error)?
    do {
      try await crawler.run(
        [CrawlRange(lo: .start, hi: nil, cursor: .start)], marks: [], into: sink, counts: &counts,
        observer: observer)
      try await sink.finish()
    } catch {
      guard let refused = CrawlOutcome(refusal: error) else { throw error }
      outcome = refused
      refusal = error
    }
    progress.end(crawl: number, as: outcome.crawlState)
    return Result(objects: counts.objects, outcome: outcome, refusal: refusal)
  }
}
