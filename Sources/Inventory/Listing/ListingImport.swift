internal import Crawl
package import Index
internal import System
package import Vocabulary

/// Takes over what `list` has printed of ranges of a bucket, as if a sync had listed them.
///
/// All of it is read, compared with its receipts and sorted before the index is opened for writing.
///
/// ```swift
/// let listing = ListingImport(receipts, endpoint: nil, …)
/// let ready = try await listing.read(files)
/// let summary = try await listing.store(ready, with: writer)
/// ```
package struct ListingImport: Sendable {
  let receipts: ListingReceipts
  private let endpoint: String?
  private let isForced: Bool
  private let indexPath: String
  private let temporaryFolder: String
  private let progress: InventoryProgress
  private let now: @Sendable () -> Timestamp

  /// `endpoint` is the server that the bucket is on: empty for AWS, nil where nobody said.
  package init(
    _ receipts: ListingReceipts, endpoint: String?, isForced: Bool, indexPath: String,
    temporaryFolder: String, progress: InventoryProgress, now: @escaping @Sendable () -> Timestamp
  ) {
    (self.receipts, self.endpoint, self.isForced) = (receipts, endpoint, isForced)
    (self.indexPath, self.temporaryFolder) = (indexPath, temporaryFolder)
    (self.progress, self.now) = (progress, now)
  }

  /// Listings with all that has to be known to store them.
  package struct Ready: Sendable {
    fileprivate let listings: SortedListings
    fileprivate let identity: BucketIdentity
  }

  /// - Throws: `ListingError`, `SystemError`, `IndexError`, cancellation.
  package func read(_ files: [ListingFile]) async throws -> Ready {
    let endpoint = try knownEndpoint()
    try refuseOlder(endpoint)
    let listings = try await SortedListings.read(
      files, receipts, folder: temporaryFolder, progress: progress)
    return Ready(
      listings: listings, identity: BucketIdentity(endpoint: endpoint, name: receipts.bucket))
  }

  private func knownEndpoint() throws -> String {
    if let endpoint { return endpoint }
    let known =
      try IndexReader.ifThere(indexPath, now: now())?.buckets(named: receipts.bucket) ?? []
    guard known.count < 2 else {
      throw ListingError(
        .severalServers(name: receipts.bucket, endpoints: known.map(\.endpoint)))
    }
    return known.first?.endpoint ?? ""
  }

  /// Ranges of one listing are begun one after the other, so they are compared with what came to its end alone.
  private func refuseOlder(_ endpoint: String) throws {
    guard !isForced,
      let synced = try IndexReader.ifThere(indexPath, now: now())?.newestListing(
        of: receipts.bucket, endpoint: endpoint, prefix: receipts.prefix, isComplete: true),
      synced > receipts.started
    else { return }
    throw ListingError(
      .older(bucket: receipts.bucket, started: receipts.started, synced: synced))
  }

  /// Merges them as one crawl, which is complete when nothing is missing between the ranges.
  ///
  /// - Throws: errors of the index, `SystemError`, `ListingError.older`, cancellation.
  package func store(_ ready: Ready, with writer: IndexWriter) async throws -> ListingSummary {
    // Somebody may have listed the bucket meanwhile; from here on nobody can.
    try refuseOlder(ready.identity.endpoint)
    progress.begin(.storing)
    return try await writer.recordingSync { syncID in
      var summary = ListingSummary(
        bucket: receipts.bucket, prefix: receipts.prefix, asOf: receipts.started,
        ranges: receipts.entries.count)
      let plan = try await writer.beginParts(
        receipts.ranges, of: ready.identity, prefix: receipts.prefix, listed: receipts.started,
        syncID: syncID)
      summary.asOf = plan.startedAt
      do {
        var ranges = RangeCursor(receipts.ranges)
        try await writer.store(
          ready.listings.pages, of: plan, syncID: syncID, progress, counts: &summary.counts
        ) { ranges.steps(for: $0) }
        summary.outcome = try await writer.finishParts(plan)
      } catch let error as BucketTooLarge {
        summary.outcome = try await writer.finishCrawl(
          plan, outcome: .failed(CrawlFailure(error)))
      }
      let ending = IndexWriter.SyncEnding(
        isWhole: summary.outcome == .complete,
        requests: receipts.entries.lazy.map(\.receipt.requests).saturatedSum(),
        retries: receipts.entries.lazy.map(\.receipt.retries).saturatedSum())
      return (summary, ending)
    }
  }
}

/// What an import of listings did.
package struct ListingSummary: Sendable {
  package var bucket: String
  package var prefix: Key
  /// When the first of the ranges was begun that are known now.
  package var asOf: Timestamp
  /// Those of this import.
  package var ranges: Int
  package var counts = ChangeCounts()
  package var outcome = CrawlOutcome.complete
}
