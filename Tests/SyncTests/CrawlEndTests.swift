import AWS
import Index
import IndexFixtures
import S3
import Simulator
import Synchronization
import TestSupport
import Testing
import Vocabulary

@testable import Crawl

/// What is said to be listed when an error, or Ctrl-C, ends a crawl while its sink is at work.
@Suite struct CrawlEndTests {
  private struct NoCredentials: Error {}

  /// Stores its first page only when the crawl has ended, or fails to.
  private final class LateSink: CrawlSink {
    struct Full: Error {}

    private let isFull: Bool
    private let calls = Mutex(0)
    let isAtWork = Mutex(false)

    init(isFull: Bool = false) {
      self.isFull = isFull
    }

    var callCount: Int { calls.withLock { $0 } }

    func apply(_ steps: [CrawlStep]) async throws -> ChangeCounts {
      let isFirst = calls.withLock { calls in
        calls += 1
        return calls == 1
      }
      if isFirst {
        isAtWork.withLock { $0 = true }
        while !Task.isCancelled { await Task.yield() }
        if isFull { throw Full() }
      }
      var counts = ChangeCounts()
      for case .merge(let coverage, _) in steps {
        counts.objects += Int64(coverage.page.records.count)
      }
      return counts
    }
  }

  /// What a crawl of 3,000 keys counts, and what its observer is told.
  private struct Ending {
    var counts = ChangeCounts()
    var told: Int64 = 0
    var error: (any Error)?
  }

  private static func crawl(
    into sink: LateSink, beforeRequest: @escaping @Sendable (Int) async throws -> Void
  ) async throws -> Ending {
    let server = try simulator(BucketSpecification(name: "bucket", shape: .flat, count: 3_000))
    defer { withExtendedLifetime(server) {} }
    let client = try ScratchIndex().client(
      server.endpoint, Connecting(attemptsMax: 1, beforeRequest: beforeRequest))
    let crawler = Crawler(
      client: client, bucket: "bucket", prefix: .start, capacity: CrawlCapacity(requests: 1),
      budget: RequestBudget(inFlight: 1), isFirst: true)
    let whole = CrawlRange(lo: .start, hi: nil, cursor: .start)
    let told = Mutex<Int64>(0)
    var ending = Ending()
    do {
      try await crawler.run(
        Frontier([whole], prefix: .start, isSerial: true), into: sink,
        counts: &ending.counts,
        observer: Crawler.Observer(stored: { found in told.withLock { $0 += found.objects } }))
    } catch {
      ending.error = error
    }
    ending.told = told.withLock { $0 }
    return ending
  }

  @Test func anAnswerThatEndsTheCrawlLeavesNothingUncounted() async throws {
    let sink = LateSink()
    let ending = try await Self.crawl(into: sink) { number in
      if number == 2 { throw NoCredentials() }
    }
    #expect(ending.error is NoCredentials)
    #expect(ending.counts.objects == 1_000)
    #expect(ending.told == 1_000)
  }

  @Test func aCancelledCrawlCountsWhatItsSinkWasStoring() async throws {
    let sink = LateSink()
    let crawl = Task { try await Self.crawl(into: sink) { _ in } }
    while !sink.isAtWork.withLock({ $0 }) { await Task.yield() }
    crawl.cancel()
    let ending = try await crawl.value
    #expect(ending.error is CancellationError)
    #expect(ending.counts.objects >= 1_000)
    #expect(ending.told == ending.counts.objects)
  }

  @Test func aSinkThatFailedMeanwhileIsGivenNothingMore() async throws {
    let sink = LateSink(isFull: true)
    let ending = try await Self.crawl(into: sink) { number in
      if number == 2 { throw NoCredentials() }
    }
    #expect(ending.error is LateSink.Full)
    #expect(ending.counts == ChangeCounts())
    #expect(sink.callCount == 1)
  }
}
