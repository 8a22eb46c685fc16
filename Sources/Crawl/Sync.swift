internal import AWS
package import Index
package import S3
package import Vocabulary

/// What of which buckets a sync is asked to list.
package enum SyncTarget: Equatable, Sendable {
  /// Buckets of the account whose names match a pattern of SQLite's GLOB.
  case pattern(String)
  /// One bucket by name, or the keys below one prefix of it; it need not be the account's own.
  case bucket(String, prefix: Key)
}

/// What the user asked of a sync.
package struct SyncOptions: Sendable {
  /// None is every bucket of the account.
  package var targets: [SyncTarget] = []
  package var includes: [String] = []
  package var excludes: [String] = []
  /// LIST requests in flight over all buckets; nil for what suits a first crawl and a re-sync.
  package var concurrency: Int?
  /// Forgets checkpoints: every crawl begins at its beginning.
  package var restarts = false
  /// Removes buckets from the index that the account no longer has.
  package var prunes = false
  /// Reads how each bucket is set up, too.
  package var readsProperties = true
  /// Empty for AWS, else the endpoint's URL.
  package var endpoint = ""

  package init() {}

  /// Requests in flight over all buckets.
  package var requestsMax: Int { concurrency ?? ConcurrencyLimit.capOfResync }

  /// Requests at work over all buckets.
  ///
  /// A few more than are in flight: while one answer is read, another request has the connection.
  var requestsAtWork: Int { Self.atWork(requestsMax) }

  static func atWork(_ inFlight: Int) -> Int { inFlight + inFlight / 8 }
}

/// A bucket that a sync will crawl.
package struct SelectedBucket: Equatable, Sendable {
  package var identity: BucketIdentity
  /// The account whose list named it; nil when only the user did.
  package var owner: String?
  package var prefix: Key
}

/// What a sync did.
package struct SyncSummary: Sendable {
  /// One bucket's share.
  package struct Bucket: Sendable {
    package var name: String
    package var counts: ChangeCounts
    package var isResumed: Bool
    package var outcome: CrawlOutcome
    /// What the user can do about an outcome that is not complete.
    package var hint: String?
  }

  /// In order of name.
  package var buckets: [Bucket] = []
  /// Buckets of the index that the account no longer has.
  package var missing: [String] = []
  package var pruned: [String] = []
  /// Attempts of any kind, and how many of them repeated one that had failed.
  package var requests: Int64 = 0
  package var retries: Int64 = 0
  /// LIST requests that AWS bills: those it did not answer with a 5xx.
  package var billedLists: Int64 = 0
  /// Empty for AWS, else the endpoint's URL.
  package var endpoint = ""
  package var state = SyncState.running

  package var counts: ChangeCounts {
    buckets.reduce(into: ChangeCounts()) { $0 += $1.counts }
  }

  package var refused: [Bucket] { buckets.filter { $0.outcome != .complete } }
}

/// One run over many buckets, from their list to the last checkpoint.
package struct Sync: Sendable {
  private let client: S3Client
  private let writer: IndexWriter
  private let options: SyncOptions
  private let progress: SyncProgress
  private let now: @Sendable () -> Timestamp

  /// A crawl that was begun longer ago is begun again: what it had listed is too old to build on.
  package static let checkpointAgeMaxHours: Int64 = 24

  /// What an interrupted sync had listed to the end is listed again after this time: the next night's
  /// sync begins anew.
  package static let finishedAgeMaxHours: Int64 = 6

  package init(
    client: S3Client, writer: IndexWriter, options: SyncOptions, progress: SyncProgress,
    now: @escaping @Sendable () -> Timestamp
  ) {
    self.client = client
    self.writer = writer
    self.options = options
    self.progress = progress
    self.now = now
  }

  /// Lists everything that was asked for into the index.
  ///
  /// A bucket that fails is recorded and the others go on. When the task is cancelled, what has
  /// been merged is committed, the sync is recorded as interrupted and `CancellationError` is
  /// thrown.
  ///
  /// - Throws: errors of the index, and of the list of buckets.
  package func run() async throws -> SyncSummary {
    let syncID = try await writer.beginSync()
    var summary = SyncSummary()
    summary.endpoint = options.endpoint
    do {
      let selection = try await BucketSelection.resolve(options, client: client)
      progress.setTotal(selection.buckets.count)
      async let _ = commitRegularly()
      try await crawlAll(selection.buckets, syncID: syncID, into: &summary)
      try await reconcile(selection, into: &summary)
    } catch {
      let isInterrupted = error is CancellationError || Task.isCancelled
      // What has been merged is worth keeping; the first error is the one to report.
      try? await writer.commit()
      try? await finish(syncID, isInterrupted ? .interrupted : .failed, &summary)
      throw isInterrupted ? CancellationError() : error
    }
    let isWhole = summary.refused.isEmpty && summary.missing.isEmpty
    try await finish(syncID, isWhole ? .complete : .partial, &summary)
    return summary
  }

  private func finish(_ id: Int64, _ state: SyncState, _ summary: inout SyncSummary) async throws {
    summary.state = state
    let counts = client.counts
    summary.requests = counts.sent
    summary.retries = counts.retries
    summary.billedLists = counts.billedLists
    try await writer.finishSync(
      id, state: state, requests: counts.sent, retries: counts.retries)
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

  /// Some buckets at a time, each with at least one request in flight.
  private func crawlAll(
    _ buckets: [SelectedBucket], syncID: Int64, into summary: inout SyncSummary
  ) async throws {
    let capacity = CrawlCapacity(requests: options.requestsAtWork)
    let crawl = BucketCrawl(
      client: client, writer: writer, progress: progress, syncID: syncID, capacity: capacity,
      requestsMax: (
        first: options.concurrency.map(SyncOptions.atWork) ?? ConcurrencyLimit.capOfFirstCrawl,
        again: options.requestsAtWork
      ),
      inspection: options.readsProperties
        ? BucketInspection(client: client, writer: writer, capacity: capacity) : nil)
    let crawlsMax = min(options.requestsMax, ConcurrencyLimit.capOfFirstCrawl)
    let resumption =
      options.restarts
      ? nil
      : BucketCrawl.Resumption(
        begunAfter: hoursAgo(Self.checkpointAgeMaxHours),
        finishedAfter: hoursAgo(Self.finishedAgeMaxHours))
    try await withThrowingTaskGroup(of: SyncSummary.Bucket.self) { group in
      var waiting = buckets.makeIterator()
      func startNext() {
        guard let bucket = waiting.next() else { return }
        group.addTask {
          let result = try await crawl.run(bucket, resumption: resumption)
          return SyncSummary.Bucket(
            name: bucket.identity.name, counts: result.counts, isResumed: result.isResumed,
            outcome: result.outcome, hint: result.hint)
        }
      }
      for _ in 0..<crawlsMax { startNext() }
      while let bucket = try await group.next() {
        summary.buckets.append(bucket)
        startNext()
      }
    }
    summary.buckets.sort { $0.name < $1.name }
  }

  private func hoursAgo(_ hours: Int64) -> Timestamp {
    Timestamp(millisecondsSinceEpoch: now().millisecondsSinceEpoch - hours * 3_600_000)
  }

  /// Finds the buckets of the index that are gone: not in the account's list, and unknown to the
  /// server.
  ///
  /// The list alone proves nothing: servers leave out of it what the user may not see.
  private func reconcile(
    _ selection: BucketSelection, into summary: inout SyncSummary
  ) async throws {
    guard let listed = selection.accountBuckets else { return }
    for name in try await writer.bucketNames(at: options.endpoint)
    where !listed.contains(name) && options.selects(name) {
      guard try await isGone(name) else { continue }
      if options.prunes {
        try await writer.forget(bucket: name, endpoint: options.endpoint)
        summary.pruned.append(name)
      } else {
        try await writer.markMissing(bucket: name, endpoint: options.endpoint)
        summary.missing.append(name)
      }
    }
  }

  private func isGone(_ bucket: String) async throws -> Bool {
    do {
      _ = try await client.discoverRegion(of: bucket)
      return false
    } catch let error as S3Error {
      return error.code == "NoSuchBucket"
    }
  }
}
