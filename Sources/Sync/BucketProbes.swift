internal import AWS
package import Crawl
internal import Index
internal import S3
package import Vocabulary

/// Finds out about how much buckets hold by a few requests each, without storing anything.
package struct BucketProbes: Sendable {
  /// What was found out of a bucket.
  package struct Result: Sendable {
    package enum Finding: Sendable {
      case found(SizeProbe.Outcome)
      /// The bucket could not be listed at all.
      case refused(CrawlOutcome)
    }

    package var finding: Finding
    /// Requests for pages.
    package var requests: Int64
    /// Keys that were seen: there are no fewer, whatever comes of the probe.
    package var seen: Int64
    /// Keys in a page of several, on the average; nil where one page was all there is.
    package var keysPerPage: Double?
    /// Where the bucket is, as far as the answers tell; nil where they do not.
    package var region: String?

    package init(
      finding: Finding, requests: Int64, seen: Int64 = 0, keysPerPage: Double? = nil,
      region: String?
    ) {
      self.finding = finding
      self.requests = requests
      self.seen = seen
      self.keysPerPage = keysPerPage
      self.region = region
    }
  }

  private let accounts: [SyncAccount]
  private let atOnce: Int
  private let progress: CrawlProgress

  private static let bucketsAtOnceMax = 16
  /// Any number: the same for all, so that a probe of the same bucket says the same.
  private static let seed: UInt64 = 1

  /// Probes that tell `progress` how they go.
  package init(
    _ accounts: [SyncAccount], budget: RequestBudget, progress: CrawlProgress = CrawlProgress()
  ) {
    self.accounts = accounts
    self.progress = progress
    atOnce = min(Self.bucketsAtOnceMax, budget.inFlightMax)
  }

  /// Probes the buckets, some at a time, each with one request in flight; the results are in their order.
  ///
  /// - Throws: cancellation, and what would end a sync, too.
  package func run(_ buckets: [SelectedBucket]) async throws -> [Result] {
    progress.setTotal(buckets.count)
    return try await withThrowingTaskGroup(of: (Int, Result).self) { group in
      var results = [Result?](repeating: nil, count: buckets.count)
      var waiting = buckets.indices.makeIterator()
      func probeNext() {
        guard let index = waiting.next() else { return }
        group.addTask { (index, try await probe(buckets[index])) }
      }
      for _ in 0..<atOnce { probeNext() }
      while let (index, result) = try await group.next() {
        results[index] = result
        probeNext()
      }
      return results.compactMap(\.self)
    }
  }

  /// Probes with the first account that may list the bucket.
  ///
  /// Where none may, what is told is the first answer that says more than that there is no such bucket.
  private func probe(_ bucket: SelectedBucket) async throws -> Result {
    let number = progress.begin(bucket.identity.name)
    var refused: Result?
    var requests: Int64 = 0
    for index in bucket.accounts {
      var result = try await probe(bucket, with: accounts[index], number)
      requests += result.requests
      result.requests = requests
      guard case .refused = result.finding else {
        progress.end(crawl: number, as: .complete)
        return result
      }
      if refused == nil || refused?.isMissing == true { refused = result }
    }
    var result =
      refused ?? Result(finding: .found(.unknown(.tooFewRequests)), requests: 0, region: nil)
    result.requests = requests
    if case .refused(let outcome) = result.finding {
      progress.end(crawl: number, as: outcome.crawlState)
    }
    return result
  }

  private func probe(
    _ bucket: SelectedBucket, with account: SyncAccount, _ number: Int
  ) async throws -> Result {
    let (client, name) = (account.client, bucket.identity.name)
    if let region = bucket.identity.region { client.remember(region: region, of: name) }
    var probe = SizeProbe(prefix: bucket.prefix, seed: Self.seed)
    var refusals: Int64 = 0
    while let position = probe.position {
      if position.startsAfterKey, !takesStartAfter(client, name) {
        probe.endWithoutStartAfter()
        continue
      }
      do {
        progress.addRequest(toCrawl: number)
        let page = try await client.listObjects(bucket: name, prefix: bucket.prefix, from: position)
        probe.accept(page)
        progress.add(objects: Int64(page.objects.records.count), toCrawl: number)
      } catch {
        try Task.checkCancellation()
        refusals += 1
        if position.startsAfterKey, isRefusalOfStartAfter(error, client) {
          probe.endWithoutStartAfter()
          continue
        }
        guard let outcome = CrawlOutcome(refusal: error) else { throw error }
        return Result(
          finding: .refused(outcome), requests: Int64(probe.requestCount) + refusals,
          region: client.knownRegion(of: name))
      }
    }
    return Result(
      finding: .found(probe.outcome ?? .unknown(.tooFewRequests)),
      requests: Int64(probe.requestCount) + refusals, seen: probe.seen,
      keysPerPage: probe.keysPerPage,
      // Who answers without sending on is the region that was asked.
      region: client.knownRegion(of: name)
        ?? (client.signsForLocations ? client.regionName : nil))
  }

  private func takesStartAfter(_ client: S3Client, _ bucket: String) -> Bool {
    !S3Client.isDirectoryBucket(bucket) && client.takesStartAfter(in: bucket)
  }

  /// Whether the server refuses to list from a key on, having listed the beginning.
  private func isRefusalOfStartAfter(_ error: any Error, _ client: S3Client) -> Bool {
    switch (error as? S3Error)?.parameterRefusal {
    case .denied, .refused: true
    case .failed, .otherMatter: client.mayFailForParameters
    case nil: false
    }
  }
}

extension BucketProbes.Result {
  /// Whether the server knows no such bucket.
  fileprivate var isMissing: Bool {
    guard case .refused(let outcome) = finding else { return false }
    return (outcome.failure?.error as? S3Error)?.code == "NoSuchBucket"
  }
}

extension SyncSummary.Bucket {
  /// A bucket of which nothing was listed.
  package init(refused bucket: SelectedBucket, as outcome: CrawlOutcome) {
    self.init(
      name: bucket.identity.name, endpoint: bucket.identity.endpoint, prefix: bucket.prefix,
      account: bucket.accounts.first ?? 0, counts: ChangeCounts(), isResumed: false,
      outcome: outcome)
  }
}
