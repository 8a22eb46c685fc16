import Crawl
import Index
import IndexFixtures
import Simulator
import Sync
import TestSupport
import Testing
import Vocabulary

/// Syncs from servers that ask for more than a signature.
@Suite struct WireRulesTests {
  private static let directory = "logs--usw2-az1--x-s3"

  @Test(arguments: KeyShape.allCases, [ListSupport.refuses, .ignores])
  func listsServersWithoutListObjectsV2(shape: KeyShape, support: ListSupport) async throws {
    let server = try simulator(BucketSpecification(name: "logs", shape: shape, count: 6_000)) {
      $0.pageKeysMax = 100
      $0.sharePercent = 20
      $0.listSupport = support
    }
    let index = try ScratchIndex.ticking()
    for night in 0..<2 {
      let asked = server.requests(.listObjects)
      let summary = try await index.sync(server.endpoint) { $0.concurrency = 24 }
      #expect(summary.state == .complete, "night \(night)")
      #expect(try index.objects(of: "logs") == server.truth("logs"), "night \(night)")
      // Side by side, and no page twice: markers serve as well as start-after.
      let pages = (server.truth("logs").count + 99) / 100
      #expect(server.requests(.listObjects) - asked <= pages * 2 + 24, "night \(night)")
      server.nextNight()
    }
    // Learned once by each client.
    #expect(server.requests(.listObjectsV2) <= 2 * 24)
  }

  @Test(arguments: [ListSupport.refuses, .ignores])
  func listsServersWithoutListObjectsV2PageAfterPage(support: ListSupport) async throws {
    let server = try simulator(BucketSpecification(name: "logs", shape: .hostile, count: 2_500)) {
      $0.pageKeysMax = 100
      $0.listSupport = support
    }
    let index = try ScratchIndex.ticking()
    _ = try await index.sync(server.endpoint)
    #expect(try index.objects(of: "logs") == server.truth("logs"))
    #expect(server.requests(.listObjectsV2) == 1)
  }

  /// On the clock of the index: sessions end in time.
  private func directoryServer(
    _ index: ScratchIndex, _ shape: KeyShape = .dates, sessionSeconds: Int = 300
  ) throws -> SimulatedS3 {
    var configuration = SimulatorConfiguration(
      buckets: [BucketSpecification(name: Self.directory, shape: shape, count: 5_000)])
    configuration.pageKeysMax = 100
    configuration.sessionSeconds = sessionSeconds
    configuration.requiredCredentials = SimulatorCredentials(
      accessKey: "s3sim", secretKey: "s3sim-secret")
    return try SimulatedS3(configuration, now: index.now)
  }

  @Test(arguments: KeyShape.allCases)
  func listsDirectoryBuckets(shape: KeyShape) async throws {
    let index = try ScratchIndex.ticking()
    let server = try directoryServer(index, shape)
    let summary = try await index.sync(server.endpoint, [.bucket(Self.directory, prefix: .start)]) {
      $0.concurrency = 24
    }
    #expect(summary.state == .complete)
    let truth = server.truth(Self.directory)
    #expect(try index.objects(of: Self.directory) == truth)
    #expect(server.requests(.createSession) == 1)
    #expect(server.requests(.listObjectsV2) == (truth.count + 99) / 100)
  }

  @Test(arguments: ["logs/2023/", "logs/2023/0", "logs/2023/01/1", "l", "nothing"])
  func listsPrefixesOfDirectoryBuckets(prefix: String) async throws {
    let index = try ScratchIndex.ticking()
    let server = try directoryServer(index)
    let summary = try await index.sync(
      server.endpoint, [.bucket(Self.directory, prefix: Key(prefix))])
    #expect(summary.state == .complete)
    let expected = server.truth(Self.directory).filter { $0.key.bytes.starts(with: prefix.utf8) }
    #expect(try index.objects(of: Self.directory) == expected)
  }

  @Test func sessionsEndAndAreRenewedDuringACrawl() async throws {
    // There are some looks at the clock for each of the 50 pages: a crawl takes some seconds.
    let index = try ScratchIndex.ticking(milliseconds: 20)
    let server = try directoryServer(index, sessionSeconds: 1)
    let nights = 4
    for _ in 0..<nights {
      let start = index.time.now()
      let summary = try await index.sync(
        server.endpoint, [.bucket(Self.directory, prefix: .start)])
      #expect(summary.state == .complete)
      #expect(try index.objects(of: Self.directory) == server.truth(Self.directory))
      #expect(index.time.now() - start > 2_000)
      server.nextNight()
    }
    #expect(server.requests(.createSession) > nights)
  }

  @Test func correctsAWrongClock() async throws {
    let index = try ScratchIndex.ticking()
    var configuration = SimulatorConfiguration(
      buckets: [BucketSpecification(name: "logs", shape: .dates, count: 2_000)])
    configuration.pageKeysMax = 100
    configuration.clockOffsetSeconds = -3 * 86_400
    configuration.requiredCredentials = SimulatorCredentials(
      accessKey: "s3sim", secretKey: "s3sim-secret")
    let server = try SimulatedS3(configuration, now: index.now)
    let summary = try await index.sync(server.endpoint) { $0.concurrency = 8 }
    #expect(summary.state == .complete)
    #expect(try index.objects(of: "logs") == server.truth("logs"))
    // The list of buckets met it first; what followed was right from the start.
    #expect(summary.retries == 1)
  }
}
