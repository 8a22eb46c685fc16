import Crawl
import Index
import IndexFixtures
import SQLite
import Simulator
import Sync
import TestSupport
import Testing
import Vocabulary

@Suite struct ResumeTests {
  private static let logs = BucketSpecification(name: "logs", shape: .dates, count: 2_000)
  private static let pages = 20
  private static let target = [SyncTarget.bucket("logs", prefix: .start)]

  private func server(
    change: (inout SimulatorConfiguration) -> Void = { _ in }
  ) throws -> SimulatedS3 {
    try simulator(Self.logs) { configuration in
      configuration.pageKeysMax = 100
      change(&configuration)
    }
  }

  /// Syncs, and cancels when request `number` is about to be sent.
  private func interruptedSync(
    _ index: ScratchIndex, _ server: SimulatedS3, _ targets: [SyncTarget] = target,
    atRequest number: Int
  ) async {
    let (reached, signal) = AsyncStream<Void>.makeStream()
    var connecting = Connecting()
    connecting.beforeRequest = { current in
      guard current >= number else { return }
      signal.yield()
      // Ends only by cancellation.
      try await Task.sleep(for: .seconds(3_600))
    }
    let sync = Task { [connecting] in
      try await index.sync(server.endpoint, targets, connecting)
    }
    for await _ in reached { break }
    sync.cancel()
    await #expect(throws: CancellationError.self) { try await sync.value }
  }

  // The first request asks for the region, the second for the first page.
  @Test(arguments: [2, 3, 4, 9, 20, 21])
  func interruptedSyncKeepsWhatItListed(request: Int) async throws {
    let server = try server()
    let index = try ScratchIndex.ticking()
    await interruptedSync(index, server, atRequest: request)
    let listed = request - 2
    #expect(try index.syncStates() == ["interrupted"])
    #expect(try index.states() == ["logs": .partial])
    #expect(
      try index.objects(of: "logs") == Array(server.truth("logs").prefix(listed * 100)))
    #expect(server.requests(.listObjectsV2) == listed)
  }

  @Test(arguments: [2, 3, 4, 9, 20, 21])
  func interruptedSyncGoesOnWhereItWas(request: Int) async throws {
    let server = try server()
    let index = try ScratchIndex.ticking()
    await interruptedSync(index, server, atRequest: request)
    let listed = request - 2
    let progress = CrawlProgress()
    let summary = try await index.sync(server.endpoint, Self.target, progress: progress)
    #expect(summary.state == .complete)
    #expect(summary.buckets.map(\.isResumed) == [listed > 0])
    #expect(server.requests(.listObjectsV2) == Self.pages)
    #expect(summary.counts.objects == Int64(2_000 - listed * 100))
    #expect(progress.snapshot.objects == 2_000)
    #expect(try index.objects(of: "logs") == server.truth("logs"))
    #expect(try index.syncStates() == ["interrupted", "complete"])
  }

  @Test(arguments: [UInt64(1), 2, 3])
  func anyNumberOfInterruptionsComesToTheSameIndex(seed: UInt64) async throws {
    var random = SplitMix64(seed: seed)
    let server = try server { $0.sharePercent = 30 }
    let index = try ScratchIndex.ticking()
    _ = try await index.sync(server.endpoint, Self.target)
    server.nextNight()
    let asked = server.requests(.listObjectsV2)
    for _ in 1...4 {
      // The region is known by now: each interrupted sync lists up to four pages.
      await interruptedSync(index, server, atRequest: 1 + random.below(5))
    }
    let summary = try await index.sync(server.endpoint, Self.target)
    #expect(summary.state == .complete, "seed \(seed)")
    #expect(try index.objects(of: "logs") == server.truth("logs"), "seed \(seed)")
    let pages = (server.truth("logs").count + 99) / 100
    #expect(server.requests(.listObjectsV2) - asked == pages, "seed \(seed)")
    // The journal tells every change once, whichever sync found it.
    let expected = server.differences("logs", from: 0, to: 1)
    #expect(
      try index.texts("SELECT count(*) FROM changes")
        == ["\(expected.added + expected.changed + expected.removed)"], "seed \(seed)")
  }

  @Test func resumedSyncRemovesWhatWasDeletedBehindTheCheckpoint() async throws {
    let server = try server { $0.sharePercent = 50 }
    let index = try ScratchIndex.ticking()
    await interruptedSync(index, server, atRequest: 12)
    server.nextNight()
    _ = try await index.sync(server.endpoint, Self.target)
    // Ten pages are of the night before, the rest of the night after.
    let boundary = server.truth("logs", night: 0)[999].key
    let expected =
      server.truth("logs", night: 0).filter { $0.key <= boundary }
      + server.truth("logs", night: 1).filter { $0.key > boundary }
    #expect(try index.objects(of: "logs") == expected)
    _ = try await index.sync(server.endpoint, Self.target)
    #expect(try index.objects(of: "logs") == server.truth("logs"))
  }

  @Test func checkpointOfYesterdayIsBegunAgain() async throws {
    let server = try server()
    let index = try ScratchIndex.ticking()
    await interruptedSync(index, server, atRequest: 12)
    index.time.advance(milliseconds: 25 * 3_600_000)
    let summary = try await index.sync(server.endpoint, Self.target)
    #expect(summary.buckets.map(\.isResumed) == [false])
    #expect(server.requests(.listObjectsV2) == 10 + Self.pages)
    #expect(try index.objects(of: "logs") == server.truth("logs"))
  }

  @Test func checkpointIsForgottenOnRequest() async throws {
    let server = try server()
    let index = try ScratchIndex.ticking()
    await interruptedSync(index, server, atRequest: 12)
    let summary = try await index.sync(server.endpoint, Self.target) { $0.restarts = true }
    #expect(summary.buckets.map(\.isResumed) == [false])
    #expect(server.requests(.listObjectsV2) == 10 + Self.pages)
    #expect(try index.objects(of: "logs") == server.truth("logs"))
  }

  @Test func interruptedBucketListLeavesNoBucketBehind() async throws {
    let server = try server()
    let index = try ScratchIndex.ticking()
    await interruptedSync(index, server, atRequest: 1)
    #expect(try index.syncStates() == ["interrupted"])
    #expect(try index.buckets().isEmpty)
  }

  // The first request asks for the list of buckets, and the first bucket has 20 pages.
  private func interruptedSyncOfTwoBuckets(
    _ index: ScratchIndex
  ) async throws -> SimulatedS3 {
    let media = BucketSpecification(name: "media", shape: .flat, count: 1_000)
    let server = try simulator(Self.logs, media) { $0.pageKeysMax = 100 }
    await interruptedSync(index, server, [], atRequest: 1 + Self.pages + 4)
    #expect(try index.states() == ["logs": .complete, "media": .partial])
    return server
  }

  @Test func bucketThatWasFinishedIsNotListedAgain() async throws {
    let index = try ScratchIndex.ticking()
    let server = try await interruptedSyncOfTwoBuckets(index)
    let summary = try await index.sync(server.endpoint)
    #expect(summary.state == .complete)
    #expect(summary.buckets.map(\.isResumed) == [true, true])
    #expect(server.requests(.listObjectsV2) == Self.pages + 10)
    #expect(try index.objects(of: "logs") == server.truth("logs"))
    #expect(try index.objects(of: "media") == server.truth("media"))
  }

  @Test func syncAfterOneThatWentOnBeginsAnew() async throws {
    let index = try ScratchIndex.ticking()
    let server = try await interruptedSyncOfTwoBuckets(index)
    _ = try await index.sync(server.endpoint)
    _ = try await index.sync(server.endpoint)
    #expect(server.requests(.listObjectsV2) == 2 * (Self.pages + 10))
  }

  @Test(arguments: [true, false])
  func finishedBucketIsListedAgainOnRequestAndTheNextNight(isRequested: Bool) async throws {
    let index = try ScratchIndex.ticking()
    let server = try await interruptedSyncOfTwoBuckets(index)
    if !isRequested { index.time.advance(milliseconds: 7 * 3_600_000) }
    let asked = server.requests(.listObjectsV2)
    let summary = try await index.sync(server.endpoint) { $0.restarts = isRequested }
    #expect(summary.buckets.first?.isResumed == false)
    #expect(server.requests(.listObjectsV2) - asked >= Self.pages)
  }

  @Test func finishedBucketIsListedAgainWhenTheClockWasAheadThen() async throws {
    let index = try ScratchIndex.ticking()
    let server = try await interruptedSyncOfTwoBuckets(index)
    try Connection(path: index.path, mode: .readWrite).execute(
      script: "UPDATE crawl SET finished_ms = finished_ms + 86400000")
    let summary = try await index.sync(server.endpoint)
    #expect(summary.buckets.first?.isResumed == false)
    #expect(try index.objects(of: "logs") == server.truth("logs"))
  }
}
