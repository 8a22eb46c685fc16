import Index
import IndexFixtures
import S3
import Simulator
import Testing
import Vocabulary

@testable import Crawl
@testable import Sync

/// Probes over the wire: several buckets, and servers that refuse.
@Suite struct BucketProbesTests {
  private func probe(
    _ server: SimulatedS3, _ names: [String], prefix: Key = .start
  ) async throws -> [BucketProbes.Result] {
    let client = try ScratchIndex().client(server.endpoint)
    let account = SyncAccount(client: client, endpoint: ScratchIndex.endpointName)
    return try await BucketProbes([account], budget: RequestBudget(inFlight: 4)).run(
      names.map { name in
        SelectedBucket(
          identity: BucketIdentity(endpoint: ScratchIndex.endpointName, name: name), owner: nil,
          prefix: prefix)
      })
  }

  @Test func saysOfEachBucketWhatItCan() async throws {
    let server = try simulator(
      BucketSpecification(name: "large", shape: .uuid, count: 60_000),
      BucketSpecification(name: "small", shape: .hostile, count: 700))
    let results = try await probe(server, ["large", "missing", "small"])
    guard case .found(.estimate(let estimate)) = results[0].finding else {
      Issue.record("\(results[0])")
      return
    }
    let count = Int64(server.truth("large").count)
    #expect((count * 2 / 3...count * 3 / 2).contains(estimate.objects))
    guard case .refused(let outcome) = results[1].finding else {
      Issue.record("\(results[1])")
      return
    }
    #expect("\(outcome)".contains("NoSuchBucket"))
    guard case .found(.exact(let small)) = results[2].finding else {
      Issue.record("\(results[2])")
      return
    }
    #expect(small == Int64(server.truth("small").count))
    // What is missing is asked for in a simpler form, too.
    let pages = Int64(server.requests(.listObjectsV2))
    #expect((pages - 1...pages).contains(results.map(\.requests).reduce(0, +)))
    #expect(results.allSatisfy { $0.requests <= 96 })
  }

  @Test func estimatesBelowAPrefix() async throws {
    let server = try simulator(BucketSpecification(name: "logs", shape: .dates, count: 60_000))
    let prefix = Key("logs/2024/")
    let count = Int64(server.truth("logs").count { $0.key.bytes.starts(with: prefix.bytes) })
    let result = try await probe(server, ["logs"], prefix: prefix)[0]
    guard case .found(.estimate(let estimate)) = result.finding else {
      Issue.record("\(result)")
      return
    }
    #expect((count / 3...count * 3).contains(estimate.objects))
  }

  /// A directory bucket lists in no order, and from no key on: a page counts, more is not known.
  @Test(arguments: [(900, true), (5_000, false)])
  func asksADirectoryBucketForOnePage(size: (count: Int, isKnown: Bool)) async throws {
    let name = "logs--usw2-az1--x-s3"
    let server = try simulator(
      BucketSpecification(name: name, shape: .flat, count: size.count))
    let result = try await probe(server, [name])[0]
    #expect(result.requests == 1)
    switch result.finding {
    case .found(.exact(let count)):
      #expect(size.isKnown && count == Int64(server.truth(name).count))
    case .found(.unknown(.startAfter)): #expect(!size.isKnown)
    // Several pages of a directory bucket are in no order.
    case .found(.unknown(.disorder)): #expect(!size.isKnown)
    default: Issue.record("\(result)")
    }
  }
}
