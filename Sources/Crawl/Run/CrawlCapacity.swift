internal import Synchronization

/// What all crawls of a sync share: requests at work, and the memory of pages that wait to be
/// stored.
///
/// Each crawl may always have one request at work; more come from what the others leave. They are
/// given back after every answer, so a crawl that ends frees its share for the others at once.
package final class CrawlCapacity: Sendable {
  private struct State {
    var crawls = 0
    var extraRequests = 0
    var queuedBytes = 0
  }

  /// Requests at work at most.
  package let requests: Int
  private let state = Mutex(State())

  private static let queuedBytesMax = 16 << 20
  private static let queuedBytesHigh = queuedBytesMax * 3 / 4

  package init(requests: Int) {
    precondition(requests > 0)
    self.requests = requests
  }

  /// Whether no page should be asked for until others are stored.
  var isQueueFull: Bool { state.withLock { $0.queuedBytes >= Self.queuedBytesMax } }

  /// Whether the sink is slower than the server.
  var isQueueHigh: Bool { state.withLock { $0.queuedBytes >= Self.queuedBytesHigh } }

  package func beginCrawl() { state.withLock { $0.crawls += 1 } }

  package func endCrawl() { state.withLock { $0.crawls -= 1 } }

  /// Takes requests beyond the one that every crawl has; returns how many of `count` there were.
  package func takeExtra(upTo count: Int) -> Int {
    state.withLock { state in
      let taken = max(0, min(count, requests - state.crawls - state.extraRequests))
      state.extraRequests += taken
      return taken
    }
  }

  package func giveBackExtra(_ count: Int) { state.withLock { $0.extraRequests -= count } }

  func addQueued(bytes: Int) { state.withLock { $0.queuedBytes += bytes } }
}
