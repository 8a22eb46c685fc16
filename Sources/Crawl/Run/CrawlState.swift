internal import AWS
internal import S3
internal import Vocabulary

/// Where one crawl stands: the frontier, the limit, and what is under way.
struct CrawlState {
  private var frontier: Frontier
  private var limit: ConcurrencyLimit
  private let capacity: CrawlCapacity
  private var atWork = 0
  /// How many of the requests at work were taken from what the crawls share.
  private var extra = 0
  private var queue = StepQueue()
  private var bytesBeingStored = 0
  private var isStoring = false
  private(set) var hasSinkFailed = false
  /// Whether a request may fail again and again for what is in it.
  private let mayFailForParameters: Bool

  init(
    _ frontier: Frontier, capacity: CrawlCapacity, limit: ConcurrencyLimit,
    mayFailForParameters: Bool
  ) {
    self.frontier = frontier
    self.mayFailForParameters = mayFailForParameters
    self.capacity = capacity
    self.limit = limit
    capacity.beginCrawl()
  }

  /// How the server refused to start after a key, once it has answered without.
  var overcomeRefusal: S3Error.ParameterRefusal? { frontier.overcomeRefusal }

  var isDone: Bool { frontier.isDone && atWork == 0 && !isStoring && queue.isEmpty }

  /// The requests to send now.
  mutating func nextRequests() -> [Frontier.Request] {
    guard !frontier.isDone else { return [] }
    // With nothing of its own to wait for, a crawl goes on even when others fill the queue.
    let isWaiting = atWork > 0 || isStoring || !queue.isEmpty
    guard !isWaiting || !capacity.isQueueFull else { return [] }
    let wanted = limit.limit - atWork
    guard wanted > 0 else { return [] }
    let own = atWork == 0 ? 1 : 0
    let granted = own + capacity.takeExtra(upTo: wanted - own)
    let (steps, requests) = frontier.next(upTo: granted)
    enqueue(steps)
    atWork += requests.count
    extra += granted - own
    giveBackExtra()
    return requests
  }

  /// The steps to give to the sink now; nil when it is at work, or has nothing to do.
  mutating func nextSteps() -> [CrawlStep]? {
    guard !isStoring, !queue.isEmpty else { return nil }
    isStoring = true
    bytesBeingStored = queue.bytes
    return queue.take()
  }

  /// The steps that the sink was not given before the crawl ended.
  mutating func remainingSteps() -> [CrawlStep] {
    capacity.addQueued(bytes: -queue.bytes)
    return queue.take()
  }

  /// Takes in what a task reports.
  ///
  /// - Returns: what the sink found, when it reports.
  /// - Throws: what ends the crawl.
  mutating func take(_ event: CrawlEvent) throws -> ChangeCounts? {
    switch event {
    case .attempted(let attempt):
      note(attempt)
      return nil
    case .answered(let request, let answer):
      atWork -= 1
      giveBackExtra()
      enqueue(try steps(for: answer, to: request))
      return nil
    case .stored(let result):
      isStoring = false
      capacity.addQueued(bytes: -bytesBeingStored)
      bytesBeingStored = 0
      if case .failure = result { hasSinkFailed = true }
      return try result.get()
    }
  }

  /// Gives back what is held of the shared capacity; the crawl has ended.
  mutating func leave() {
    capacity.addQueued(bytes: -bytesBeingStored)
    capacity.giveBackExtra(extra)
    capacity.endCrawl()
  }

  private mutating func steps(
    for answer: Result<ListPage, any Error>, to request: Frontier.Request
  ) throws -> [CrawlStep] {
    switch answer {
    case .success(let page): return try frontier.accept(page, to: request)
    case .failure(let error):
      guard let refusal = error as? S3Error else { throw error }
      if frontier.isAbandoned(request) { return [] }
      guard let kind = refusal.parameterRefusal, !kind.isNoneOfAWS || mayFailForParameters,
        let steps = try frontier.refused(request, kind)
      else { throw error }
      return steps
    }
  }

  private mutating func note(_ attempt: Attempt) {
    limit.isQueueFull = capacity.isQueueHigh
    switch attempt.outcome {
    case .succeeded:
      limit.succeeded(
        latency: attempt.latency, startedAt: attempt.startedAt, atWork: atWork,
        at: attempt.endedAt)
    case .throttled: limit.throttled(startedAt: attempt.startedAt, at: attempt.endedAt)
    case .failed: break
    }
  }

  private mutating func enqueue(_ steps: [CrawlStep]) {
    let before = queue.bytes
    queue.append(steps)
    capacity.addQueued(bytes: queue.bytes - before)
  }

  /// Gives back shared requests that are no longer at work; the first one at work is the crawl's own.
  private mutating func giveBackExtra() {
    let surplus = extra - max(0, atWork - 1)
    guard surplus > 0 else { return }
    extra -= surplus
    capacity.giveBackExtra(surplus)
  }
}
