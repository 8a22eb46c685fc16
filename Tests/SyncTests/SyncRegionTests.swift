import Index
import IndexFixtures
import Simulator
import TestSupport
import Testing
import Vocabulary

@testable import Crawl
@testable import Sync

/// A sync of the buckets in some regions.
@Suite struct SyncRegionTests {
  private func server() throws -> SimulatedS3 {
    try simulator(
      BucketSpecification(name: "dublin", shape: .flat, count: 10, region: "eu-west-1"),
      BucketSpecification(name: "logs", shape: .flat, count: 10),
      BucketSpecification(name: "paris", shape: .flat, count: 10, region: "eu-west-3"))
  }

  @Test(arguments: [
    (["eu-*"], ["dublin", "paris"]), (["us-east-1"], ["logs"]),
    (["eu-west-1", "us-*"], ["dublin", "logs"]), (["*"], ["dublin", "logs", "paris"]),
  ])
  func listsTheBucketsOfTheRegions(patterns: [String], names: [String]) async throws {
    let server = try server()
    let index = try ScratchIndex.ticking()
    let summary = try await index.sync(server.endpoint) { $0.regions = patterns }
    #expect(summary.buckets.map(\.name) == names)
    #expect(summary.state == .complete)
    #expect(try index.buckets().keys.sorted() == names)
  }

  @Test func bucketsByNameAreAskedForTheirRegion() async throws {
    let server = try server()
    let index = try ScratchIndex.ticking()
    let summary = try await index.sync(
      server.endpoint, ["dublin", "logs"].map { .bucket($0, prefix: .start) }
    ) { $0.regions = ["eu-*"] }
    #expect(summary.buckets.map(\.name) == ["dublin"])
    #expect(server.requests(.listObjectsV2) == 1)
  }

  @Test func regionsWithoutABucketNameThoseThereAre() async throws {
    let server = try server()
    let index = try ScratchIndex.ticking()
    let expected = BucketSelection.NoRegionMatch(
      pattern: "ap-*", regions: ["eu-west-1", "eu-west-3", "us-east-1"])
    await #expect(throws: expected) {
      try await index.sync(server.endpoint) { $0.regions = ["eu-*", "ap-*"] }
    }
    #expect(try index.buckets().isEmpty)
  }

  @Test func aBucketThatIsGoneIsOnlyMissedInItsRegion() async throws {
    let index = try ScratchIndex.ticking()
    let full = try server()
    _ = try await index.sync(full.endpoint)
    full.stop()
    let less = try simulator(
      BucketSpecification(name: "logs", shape: .flat, count: 10),
      BucketSpecification(name: "paris", shape: .flat, count: 10, region: "eu-west-3"))
    defer { less.stop() }
    let american = try await index.sync(less.endpoint) { $0.regions = ["us-*"] }
    #expect(american.missing.isEmpty && american.state == .complete)
    let european = try await index.sync(less.endpoint) {
      $0.regions = ["eu-*"]
      $0.prunes = true
    }
    #expect(european.pruned == ["dublin"])
  }
}
