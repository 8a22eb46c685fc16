internal import AWS
package import Crawl
package import Index
internal import S3
package import Vocabulary

/// One run over the buckets of one account or several, from their lists to the last checkpoint.
package struct Sync: Sendable {
  let accounts: [SyncAccount]
  let unreachable: [RefusedAccount]
  let writer: IndexWriter
  let options: SyncOptions
  private let budget: RequestBudget
  private let progress: CrawlProgress
  private let now: @Sendable () -> Timestamp

  /// A crawl that was begun longer ago is begun again: what it had listed is too old to build on.
  package static let checkpointAgeMaxHours: Int64 = 24

  private static let crawlsAtOnceMax = 64

  /// What an interrupted sync had listed to the end is listed again after this time: the next night's
  /// sync begins anew.
  package static let finishedAgeMaxHours: Int64 = 6

  /// A sync with one account at least; `unreachable` are others that cannot even be asked, which it
  /// reports.
  package init(
    accounts: [SyncAccount], unreachable: [RefusedAccount] = [], writer: IndexWriter,
    options: SyncOptions, progress: CrawlProgress, now: @escaping @Sendable () -> Timestamp
  ) {
    precondition(!accounts.isEmpty)
    self.accounts = accounts
    self.unreachable = unreachable
    self.writer = writer
    self.options = options
    budget = options.requestBudget
    self.progress = progress
    self.now = now
  }

  /// Lists everything that was asked for into the index.
  ///
  /// An account or a bucket that fails is recorded and the others go on. When the task is
  /// cancelled, what has been merged is committed, the sync is recorded as interrupted and
  /// `CancellationError` is thrown.
  ///
  /// - Throws: errors of the index, and of the lists of buckets when every account refuses its own.
  package func run() async throws -> SyncSummary {
    let end = await runToEnd()
    if let error = end.error { throw error }
    return end.summary
  }

  /// The same for whoever wants to know what was done until an error ended it.
  package func runToEnd() async -> SyncEnd {
    let syncID: Int64
    do { syncID = try await writer.beginSync() } catch { return SyncEnd(error: error) }
    var summary = SyncSummary()
    do {
      try await run(syncID, into: &summary)
      try await finish(syncID, summary.isWhole ? .complete : .partial, &summary)
      return SyncEnd(summary: summary)
    } catch {
      let isInterrupted = error is CancellationError || Task.isCancelled
      // What has been merged is worth keeping; the first error is the one to report.
      try? await writer.commit()
      await countWhatWasCutOff(syncID, in: &summary)
      try? await finish(syncID, isInterrupted ? .interrupted : .failed, &summary)
      if summary.accounts.isEmpty {
        summary.accounts = accounts.map {
          SyncSummary.Account(identity: $0.identity(owner: nil), endpoint: $0.endpoint)
        }
      }
      return SyncEnd(summary: summary, error: isInterrupted ? CancellationError() : error)
    }
  }

  private func run(_ syncID: Int64, into summary: inout SyncSummary) async throws {
    // The numbers are needed at the end only, to record whose buckets these are.
    async let numbers = accountNumbers()
    let listedAt = now()
    let lists = try await BucketSelection.lists(options, accounts: accounts)
    if !lists.refusals.isEmpty || !unreachable.isEmpty {
      try await recordRefusals(lists, numbers: try await numbers)
    }
    try await expectBuckets(lists)
    let selection = try await BucketSelection.select(
      options, accounts: accounts, lists, unreachable: unreachable
    ).inRegions(of: options.regions, accounts)
    summary.refusedAccounts = selection.refused
    summary.ofUnknownRegion = selection.ofUnknownRegion
    progress.setTotal(selection.buckets.count)
    async let _ = commitRegularly()
    try await crawlAll(selection.buckets, syncID: syncID, into: &summary)
    let ids = try await settle(
      selection, numbers: try await numbers, listedAt: listedAt, into: &summary)
    if options.prunes { try await pruneNamed(into: &summary) }
    try await reconcile(selection.lists, ids: ids, into: &summary)
  }

  private func finish(_ id: Int64, _ state: SyncState, _ summary: inout SyncSummary) async throws {
    // A sync that could not be recorded as finished is finished once more, as failed.
    (summary.requests, summary.retries, summary.billedLists) = (0, 0, 0)
    summary.listCost = nil
    summary.state = state
    for account in accounts {
      let counts = account.client.counts
      summary.requests += counts.sent
      summary.retries += counts.retries
      summary.billedLists += counts.billedLists
      guard account.isOfAWS else { continue }
      var cost = summary.listCost ?? ListCost(at: options.prices)
      for (region, lists) in counts.billedListsByRegion { cost.add(lists, in: region) }
      summary.listCost = cost
    }
    try await writer.finishSync(
      id, state: state, requests: summary.requests, retries: summary.retries)
  }

  /// Commits what a stalled crawl has merged, until it is cancelled with the scope that began it.
  private func commitRegularly() async {
    while !Task.isCancelled {
      do {
        try await Task.sleep(for: .milliseconds(250))
        try await writer.commitIfDue()
      } catch {
        // Cancelled; or the index failed, which the next page that is merged will report.
        return
      }
    }
  }

  private func hoursAgo(_ hours: Int64) -> Timestamp {
    Timestamp(millisecondsSinceEpoch: now().millisecondsSinceEpoch - hours * 3_600_000)
  }
}

// MARK: - Crawls

extension Sync {
  /// Some buckets at a time, each with at least one request in flight.
  private func crawlAll(
    _ buckets: [SelectedBucket], syncID: Int64, into summary: inout SyncSummary
  ) async throws {
    let crawls = crawls(syncID: syncID)
    let crawlsMax = min(budget.inFlightMax, Self.crawlsAtOnceMax)
    let resumption =
      options.restarts
      ? nil
      : BucketCrawl.Resumption(
        begunAfter: hoursAgo(Self.checkpointAgeMaxHours),
        finishedAfter: hoursAgo(Self.finishedAgeMaxHours))
    let failure = await withTaskGroup(of: (SyncSummary.Bucket, (any Error)?).self) { group in
      var waiting = buckets.makeIterator()
      func startNext() {
        guard let bucket = waiting.next() else { return }
        group.addTask { await crawl(bucket, with: crawls, resumption) }
      }
      for _ in 0..<crawlsMax { startNext() }
      var failure: (any Error)?
      for await (bucket, error) in group {
        summary.buckets.append(bucket)
        failure = failure ?? error
        if failure != nil { group.cancelAll() } else { startNext() }
      }
      return failure
    }
    summary.buckets.sort { ($0.name, $0.endpoint) < ($1.name, $1.endpoint) }
    if let failure { throw failure }
  }

  /// Crawls one bucket; with the error where that ends the sync.
  private func crawl(
    _ bucket: SelectedBucket, with crawls: [BucketCrawl], _ resumption: BucketCrawl.Resumption?
  ) async -> (SyncSummary.Bucket, (any Error)?) {
    var bucket = bucket
    var index = bucket.accounts.first ?? 0
    func share(_ result: BucketCrawl.Result) -> SyncSummary.Bucket {
      SyncSummary.Bucket(
        name: bucket.identity.name, endpoint: bucket.identity.endpoint,
        prefix: bucket.prefix, account: index, counts: result.counts,
        isResumed: result.isResumed, outcome: result.outcome, gaps: result.gaps,
        hasVersions: result.hasVersions)
    }
    do {
      index = try await reader(of: bucket)
      bucket.identity.endpoint = accounts[index].endpoint
      return (share(try await crawls[index].run(bucket, resumption: resumption)), nil)
    } catch {
      var cutOff = share(BucketCrawl.Result(outcome: .failed(CrawlFailure(error))))
      cutOff.isCutOff = true
      return (cutOff, error)
    }
  }

  /// Adds what was listed of the buckets that were at work when something ended the sync, as the index
  /// has it.
  private func countWhatWasCutOff(_ syncID: Int64, in summary: inout SyncSummary) async {
    for place in summary.buckets.indices where summary.buckets[place].isCutOff {
      let bucket = summary.buckets[place]
      guard
        let share = try? await writer.share(
          of: bucket.name, endpoint: bucket.endpoint, prefix: bucket.prefix, inSync: syncID)
      else { continue }
      summary.buckets[place].counts = share.counts
      summary.buckets[place].isResumed = share.isResumed
      summary.buckets[place].hasVersions = share.listsVersions
    }
  }

  /// One crawl set-up for each account.
  ///
  /// All of them draw on the same `CrawlCapacity`, so the limit holds for the whole sync.
  private func crawls(syncID: Int64) -> [BucketCrawl] {
    let capacity = CrawlCapacity(requests: budget.atWorkMax)
    let inspection =
      options.readsProperties ? BucketInspection(writer: writer, capacity: capacity) : nil
    let uploads =
      options.listsUploads
      ? UploadListing(writer: writer, readsParts: options.listsParts, now: now) : nil
    return accounts.map { account in
      BucketCrawl(
        client: account.client, writer: writer, progress: progress, syncID: syncID,
        accountLabel: accounts.count > 1 ? account.profile ?? account.endpoint : nil,
        capacity: capacity, budget: budget, inspection: inspection,
        uploads: uploads, listsVersions: options.listsVersions)
    }
  }

  /// The account to crawl a bucket with: the first that may list it.
  ///
  /// Where several may, each of them asks for a page until one gets it. When none gets it, the answer
  /// is the first account that was told anything else than that there is no such bucket.
  private func reader(of bucket: SelectedBucket) async throws -> AccountIndex {
    guard bucket.accounts.count > 1 else { return bucket.accounts.first ?? 0 }
    var refused: AccountIndex?
    for index in bucket.accounts {
      do {
        _ = try await accounts[index].client.listObjects(
          bucket: bucket.identity.name, prefix: bucket.prefix, from: .after(.start))
        return index
      } catch {
        try Task.checkCancellation()
        if (error as? S3Error)?.code != "NoSuchBucket" { refused = refused ?? index }
      }
    }
    return refused ?? bucket.accounts.first ?? 0
  }
}
