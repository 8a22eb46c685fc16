import AWS
import Index
import IndexFixtures
import Simulator
import Sync
import Testing
import Vocabulary

/// A sync that may cost so much and no more.
@Suite struct MaxCostTests {
  private static let bucket = BucketSpecification(name: "flat", shape: .flat, count: 6_000)
  private static let listNanodollars: Int64 = 5_000

  /// Syncs until `requests` LISTs are paid for, as the command line does: the limit cancels the sync.
  private func sync(
    _ index: ScratchIndex, _ server: SimulatedS3, requests: Int64,
    listNanodollars: Int64? = listNanodollars
  ) async throws -> (error: (any Error)?, limit: SpendingLimit) {
    let limit = SpendingLimit(nanodollarsMax: requests * Self.listNanodollars)
    var connecting = Connecting()
    connecting.spending = limit
    let task = Task { [connecting] in
      try await index.sync(server.endpoint, [.bucket("flat", prefix: .start)], connecting)
    }
    limit.begin(
      price: { _, isList in isList ? listNanodollars : 0 }, stopped: { task.cancel() })
    do {
      _ = try await task.value
      return (nil, limit)
    } catch { return (error, limit) }
  }

  @Test func stopsBeforeTheRequestThatWouldPassIt() async throws {
    let server = try simulator(Self.bucket)
    let index = try ScratchIndex.ticking()
    let (error, limit) = try await sync(index, server, requests: 3)
    #expect(error is CancellationError)
    #expect(limit.stop == .reached && limit.nanodollarsSpent <= 3 * Self.listNanodollars)
    #expect(server.requests(.listObjectsV2) <= 3)
    #expect(try index.texts("SELECT state FROM sync") == ["interrupted"])
    #expect(try index.bucket("flat")?.state != "complete")
  }

  @Test func theNextSyncGoesOnFromThere() async throws {
    let server = try simulator(Self.bucket)
    let index = try ScratchIndex.ticking()
    var rounds = 0
    while try await sync(index, server, requests: 2).error != nil, rounds < 20 { rounds += 1 }
    #expect(rounds > 1 && rounds < 20)
    #expect(try index.bucket("flat")?.state == "complete")
    #expect(try index.integers("SELECT count(*) FROM object") == [6_000])
  }

  @Test func aRegionWithoutAPriceStopsIt() async throws {
    let server = try simulator(Self.bucket)
    let index = try ScratchIndex.ticking()
    let (error, limit) = try await sync(index, server, requests: 100, listNanodollars: nil)
    #expect(error is CancellationError)
    #expect(limit.stop == .unpriced(region: "us-east-1"))
    #expect(server.requests(.listObjectsV2) == 0)
  }
}
