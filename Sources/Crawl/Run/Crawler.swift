internal import AWS
package import S3
internal import Synchronization
package import Vocabulary

/// Lists one bucket, or a prefix of it, into a sink, with as many requests in flight as the server,
/// the sink and the other crawls bear.
///
/// One task decides: it alone holds the frontier and the limit. Requests and calls of the sink are
/// tasks beside it that report to it, so it never waits for either.
package struct Crawler: Sendable {
  package let client: S3Client
  package let bucket: String
  package let prefix: Key
  /// Whether its objects are listed, or its versions.
  package let kind: ListingKind
  package let capacity: CrawlCapacity
  /// The most requests that this crawl keeps at work at once, even when the server would bear more.
  package let budget: RequestBudget
  /// Whether nothing is known of the bucket yet.
  package let isFirst: Bool

  /// What happens to a crawl, for a display.
  package struct Observer: Sendable {
    package var requested: @Sendable () -> Void
    package var retried: @Sendable () -> Void
    package var stored: @Sendable (ChangeCounts) -> Void

    package init(
      requested: @escaping @Sendable () -> Void = {}, retried: @escaping @Sendable () -> Void = {},
      stored: @escaping @Sendable (ChangeCounts) -> Void = { _ in }
    ) {
      self.requested = requested
      self.retried = retried
      self.stored = stored
    }
  }

  package init(
    client: S3Client, bucket: String, prefix: Key, of kind: ListingKind = .objects,
    capacity: CrawlCapacity, budget: RequestBudget, isFirst: Bool
  ) {
    self.kind = kind
    self.client = client
    self.bucket = bucket
    self.prefix = prefix
    self.capacity = capacity
    self.budget = budget
    self.isFirst = isFirst
  }

  /// Lists what the frontier has left; returns when the sink has all of it.
  ///
  /// When it throws, the sink has what was listed until then, unless it is the sink that failed.
  /// `counts` grows by all that the sink finds, also while an error ends the crawl.
  ///
  /// - Throws: `ListingFault`, `S3Error`, errors of the sink, cancellation.
  package func run(
    _ frontier: Frontier, into sink: some CrawlSink, counts: inout ChangeCounts,
    observer: Observer = Observer()
  ) async throws {
    let (events, feed) = AsyncStream.makeStream(of: CrawlEvent.self)
    var crawl = CrawlState(
      frontier, capacity: capacity, limit: budget.limit(isFirst: isFirst),
      mayFailForParameters: client.mayFailForParameters)
    defer { crawl.leave() }
    // What the sink did last, until it is counted: the crawl may end before the event is taken.
    let uncounted = LastResult()
    func count(_ found: ChangeCounts) {
      counts += found
      observer.stored(found)
    }
    do {
      try await withThrowingDiscardingTaskGroup { group in
        func proceed() {
          let requests = crawl.nextRequests()
          for request in requests {
            observer.requested()
            group.addTask { await answer(request, observer, feed) }
          }
          if let steps = crawl.nextSteps() {
            group.addTask { await store(steps, in: sink, uncounted, feed) }
          }
        }
        proceed()
        var reports = events.makeAsyncIterator()
        while !crawl.isDone {
          // The stream ends when the task is cancelled, and never else.
          guard let event = await reports.next() else { throw CancellationError() }
          if case .stored = event { _ = uncounted.take() }
          if let found = try crawl.take(event) { count(found) }
          proceed()
        }
      }
      if kind == .objects, let refusal = crawl.overcomeRefusal {
        client.noteStartAfterRefused(in: bucket, isDenied: refusal == .denied)
      }
    } catch {
      // The tasks have ended.
      if let result = uncounted.take(), let found = try crawl.take(.stored(result)) {
        count(found)
      }
      // What waited is true, and need not be listed again.
      if !crawl.hasSinkFailed { count(try await sink.apply(crawl.remainingSteps())) }
      throw error
    }
  }

  private func answer(
    _ request: Frontier.Request, _ observer: Observer, _ feed: AsyncStream<CrawlEvent>.Continuation
  ) async {
    do {
      let page = try await page(at: request.position) { attempt in
        if attempt.isRetried { observer.retried() }
        feed.yield(.attempted(attempt))
      }
      feed.yield(.answered(request, .success(page)))
    } catch {
      feed.yield(.answered(request, .failure(error)))
    }
  }

  private func page(
    at position: PagePosition, observe: @escaping @Sendable (Attempt) -> Void
  ) async throws -> ListPage {
    switch kind {
    case .objects:
      try await client.listObjects(
        bucket: bucket, prefix: prefix, from: position, observe: observe)
    case .versions:
      try await client.listVersions(
        bucket: bucket, prefix: prefix, from: position, observe: observe)
    }
  }

  private func store(
    _ steps: [CrawlStep], in sink: some CrawlSink, _ last: LastResult,
    _ feed: AsyncStream<CrawlEvent>.Continuation
  ) async {
    let result: Result<ChangeCounts, any Error>
    do { result = .success(try await sink.apply(steps)) } catch { result = .failure(error) }
    last.note(result)
    feed.yield(.stored(result))
  }
}

/// What a sink did last, for whoever no longer takes events.
private final class LastResult: Sendable {
  private let result = Mutex<Result<ChangeCounts, any Error>?>(nil)

  func note(_ new: Result<ChangeCounts, any Error>) { result.withLock { $0 = new } }

  func take() -> Result<ChangeCounts, any Error>? {
    result.withLock { result in
      defer { result = nil }
      return result
    }
  }
}
