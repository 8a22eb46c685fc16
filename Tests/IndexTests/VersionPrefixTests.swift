import Index
import IndexFixtures
import TestSupport
import Testing
import Vocabulary

/// How far the versions below a prefix are known, after listings of more, of less and of something else.
@Suite struct VersionPrefixTests {
  private static let stacks: Stacks = [
    Key("a/1"): [ModelVersion("v2"), ModelVersion("v1", ModelObject(size: 4))],
    Key("c/1"): [.marker("m"), ModelVersion("v1", ModelObject(size: 5))],
  ]

  private let index: ScratchIndex
  private let writer: IndexWriter

  init() throws {
    index = try ScratchIndex.ticking()
    writer = try index.writer()
  }

  /// Begins to list the versions of a prefix, and is refused.
  private func refuse(_ prefix: String) async throws {
    _ = try await writer.beginSync()
    let plan = try await writer.beginVersions("bucket", prefix: Key(prefix))
    _ = try await writer.finishCrawl(plan, outcome: .denied(reason: "no"))
  }

  /// The state of a prefix, of its noncurrent versions, and of both together.
  private func states(_ prefix: String) throws -> [BucketState] {
    try [Entries.current, .noncurrent, .all].map { entries in
      var filter = ObjectFilter()
      filter.entries = entries
      filter.scopes = [.init(bucketPattern: "bucket", prefix: Key(prefix))]
      let bucket = try index.reader().reach(of: filter).buckets.first
      return try #require(bucket).freshness.state
    }
  }

  @Test func areDoubtedOnlyWhereTheyWereRefused() async throws {
    try await writer.syncVersions("bucket", Self.stacks)
    try await refuse("a/")
    #expect(try states("a/") == [.denied, .denied, .denied])
    #expect(try states("c/") == [.complete, .complete, .complete])
    #expect(try states("") == [.denied, .denied, .denied])
    try await writer.syncVersions("bucket", Self.stacks, prefix: Key("a/"))
    #expect(try states("a/") == [.complete, .complete, .complete])
  }

  @Test func areNotKnownBecauseTheObjectsAre() async throws {
    try await writer.sync("bucket", Self.stacks.contents)
    try await refuse("a/")
    #expect(try states("c/").first == .complete)
    #expect(try states("c/").dropFirst().contains(.complete) == false)
  }

  @Test func stayInDoubtWhenTheObjectsAloneAreListed() async throws {
    try await writer.syncVersions("bucket", Self.stacks)
    try await refuse("a/")
    try await writer.sync("bucket", Self.stacks.contents)
    #expect(try states("a/") == [.complete, .partial, .partial])
    #expect(try states("c/") == [.complete, .complete, .complete])
    try await writer.syncVersions("bucket", Self.stacks)
    #expect(try states("a/") == [.complete, .complete, .complete])
  }
}
