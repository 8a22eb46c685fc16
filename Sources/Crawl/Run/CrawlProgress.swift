internal import Synchronization
package import Vocabulary

/// What a running sync has done so far, for a display that looks at it from time to time.
package final class CrawlProgress: Sendable {
  private let state = Mutex(Snapshot())

  package init() {}

  /// The state of one crawl.
  package enum CrawlState: Equatable, Sendable {
    case running, complete
    case refused(CrawlFailure)
  }

  /// One bucket under way or done.
  package struct Crawl: Equatable, Sendable {
    package var bucket: String
    /// The account by its profile; nil when there is but one.
    package var account: String?
    /// Objects listed, and with them noncurrent versions and delete markers where those are.
    package var objects: Int64
    /// The objects among them that an earlier sync listed, where this one took the crawl up.
    package var objectsBefore: Int64 = 0
    /// Objects expected on a re-sync: what the index held at the start; 0 when nothing is known.
    package var objectsExpected: Int64
    /// LIST requests, repeated ones included.
    package var requests: Int64 = 0
    package var retries: Int64 = 0
    package var state: CrawlState

    package var objectsOfThisSync: Int64 { objects.minus(objectsBefore) }
  }

  package struct Snapshot: Equatable, Sendable {
    /// Buckets to crawl in this sync; 0 until they are known.
    package var bucketsTotal = 0
    /// In the order they began.
    package var crawls: [Crawl] = []
    package var objects: Int64 { crawls.lazy.map(\.objects).saturatedSum() }
    package var objectsOfThisSync: Int64 { crawls.lazy.map(\.objectsOfThisSync).saturatedSum() }
    package var bucketsDone: Int { crawls.count { $0.state != .running } }
  }

  package var snapshot: Snapshot { state.withLock { $0 } }

  package func setTotal(_ buckets: Int) {
    state.withLock { $0.bucketsTotal = buckets }
  }

  /// Adds a crawl and returns its number.
  package func begin(_ bucket: String, account: String? = nil) -> Int {
    state.withLock { state in
      state.crawls.append(
        Crawl(bucket: bucket, account: account, objects: 0, objectsExpected: 0, state: .running))
      return state.crawls.count - 1
    }
  }

  /// How much a crawl is expected to list in all, and what of it an earlier sync listed.
  package func expect(_ objects: Int64, listed: Int64, inCrawl number: Int) {
    state.withLock { state in
      state.crawls[number].objectsExpected = objects
      state.crawls[number].objects = listed
      state.crawls[number].objectsBefore = listed
    }
  }

  package func add(objects: Int64, toCrawl number: Int) {
    state.withLock { $0.crawls[number].objects = $0.crawls[number].objects.plus(objects) }
  }

  package func addRequest(toCrawl number: Int) {
    state.withLock { $0.crawls[number].requests += 1 }
  }

  package func addRetry(toCrawl number: Int) {
    state.withLock { state in
      state.crawls[number].requests += 1
      state.crawls[number].retries += 1
    }
  }

  /// Counts what a crawler does for a crawl.
  package func observer(ofCrawl number: Int) -> Crawler.Observer {
    Crawler.Observer(
      requested: { self.addRequest(toCrawl: number) },
      retried: { self.addRetry(toCrawl: number) },
      stored: { self.add(objects: $0.objects.plus($0.versions), toCrawl: number) })
  }

  package func end(crawl number: Int, as end: CrawlState) {
    state.withLock { $0.crawls[number].state = end }
  }
}
