import Crawl
import Index
import IndexFixtures
import Simulator
import Sync
import Synchronization
import TestSupport
import Testing
import Vocabulary

/// Syncs with many requests in flight for one bucket.
@Suite struct ParallelSyncTests {
  private func server(
    _ shape: KeyShape, count: Int = 6_000, change: (inout SimulatorConfiguration) -> Void = { _ in }
  ) throws -> SimulatedS3 {
    try simulator(BucketSpecification(name: "logs", shape: shape, count: count)) { configuration in
      configuration.pageKeysMax = 100
      configuration.sharePercent = 20
      change(&configuration)
    }
  }

  @Test(arguments: KeyShape.allCases)
  func indexHoldsExactlyWhatTheBucketHolds(shape: KeyShape) async throws {
    let server = try server(shape)
    let index = try ScratchIndex.ticking()
    for night in 0..<3 {
      let asked = server.requests(.listObjectsV2)
      let summary = try await index.sync(server.endpoint) { $0.concurrency = 24 }
      #expect(summary.state == .complete, "night \(night)")
      #expect(try index.objects(of: "logs") == server.truth("logs"), "night \(night)")
      let pages = (server.truth("logs").count + 99) / 100
      let requests = server.requests(.listObjectsV2) - asked
      #expect(requests >= pages && requests <= pages * 2 + 24, "night \(night)")
      server.nextNight()
    }
  }

  @Test func slotsAreSharedByManyBuckets() async throws {
    var configuration = SimulatorConfiguration()
    configuration.buckets = (10..<30).map { number in
      BucketSpecification(name: "bucket-\(number)", shape: .uuid, count: number * 100)
    }
    configuration.pageKeysMax = 50
    let server = try SimulatedS3(configuration)
    let index = try ScratchIndex.ticking()
    _ = try await index.sync(server.endpoint) { $0.concurrency = 32 }
    for bucket in configuration.buckets {
      #expect(try index.objects(of: bucket.name) == server.truth(bucket.name))
    }
  }

  @Test func prefixIsListedSideBySide() async throws {
    let server = try server(.dates, count: 20_000)
    let index = try ScratchIndex.ticking()
    let prefix = Key("logs/2023/0")
    _ = try await index.sync(server.endpoint, [.bucket("logs", prefix: prefix)]) {
      $0.concurrency = 24
    }
    let expected = server.truth("logs").filter { $0.key.bytes.starts(with: prefix.bytes) }
    #expect(expected.count > 1_000)
    #expect(try index.objects(of: "logs") == expected)
  }

  @Test(arguments: [UInt64(1), 2, 3, 4])
  func interruptionsComeToTheSameIndex(seed: UInt64) async throws {
    var random = SplitMix64(seed: seed)
    let server = try server([KeyShape.dates, .uuid, .flat, .deep][Int(seed) - 1])
    let index = try ScratchIndex.ticking()
    for _ in 0..<4 {
      let hasEnded = Mutex(false)
      let sync = Task {
        defer { hasEnded.withLock { $0 = true } }
        return try await index.sync(server.endpoint) { $0.concurrency = 16 }
      }
      let asked = server.requests(.listObjectsV2)
      let wanted = asked + 1 + random.below(25)
      // A sync that ends before that is asked for no more.
      while server.requests(.listObjectsV2) < wanted, !hasEnded.withLock({ $0 }) {
        await Task.yield()
      }
      sync.cancel()
      _ = try? await sync.value
    }
    let summary = try await index.sync(server.endpoint) { $0.concurrency = 16 }
    #expect(summary.state == .complete)
    #expect(try index.objects(of: "logs") == server.truth("logs"))
  }
}
