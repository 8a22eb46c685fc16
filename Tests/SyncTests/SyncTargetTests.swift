import Index
import IndexFixtures
import S3
import Simulator
import TestSupport
import Testing
import Vocabulary

@testable import Crawl
@testable import Sync

@Suite struct SyncTargetTests {
  private static let skewed = BucketSpecification(name: "logs-eu", shape: .skewed, count: 2_000)
  private static let flat = BucketSpecification(name: "logs-us", shape: .flat, count: 150)
  private static let media = BucketSpecification(name: "media", shape: .uuid, count: 100)

  private func server(
    change: (inout SimulatorConfiguration) -> Void = { _ in }
  ) throws -> SimulatedS3 {
    try simulator(Self.skewed, Self.flat, Self.media, change: change)
  }

  /// The folder of a bucket that holds the key in the middle.
  private func prefix(in bucket: String, of server: SimulatedS3) throws -> Key {
    let objects = server.truth(bucket)
    let key = objects[objects.count / 2].key
    let slash = try #require(key.bytes.firstIndex(of: UInt8(ascii: "/")))
    return Key(Array(key.bytes[...slash]))
  }

  // MARK: - Prefixes

  /// A sync of everything, then one of a prefix in the night after it, when much has changed.
  private struct PrefixSync {
    let server: SimulatedS3
    let index: ScratchIndex
    let summary: SyncSummary
    /// Pages that the second sync asked for.
    let pages: Int
    /// What is below the prefix that night.
    let inside: [StoredObject]
    /// What was elsewhere in the bucket the night before.
    let outside: [StoredObject]
  }

  private func prefixSync() async throws -> PrefixSync {
    let server = try server {
      $0.sharePercent = 50
      $0.pageKeysMax = 100
    }
    let index = try ScratchIndex.ticking()
    _ = try await index.sync(server.endpoint)
    server.nextNight()
    let prefix = try prefix(in: "logs-eu", of: server)
    let asked = server.requests(.listObjectsV2)
    let summary = try await index.sync(server.endpoint, [.bucket("logs-eu", prefix: prefix)])
    let isInside: (StoredObject) -> Bool = { $0.key.bytes.starts(with: prefix.bytes) }
    return PrefixSync(
      server: server, index: index, summary: summary,
      pages: server.requests(.listObjectsV2) - asked,
      inside: server.truth("logs-eu", night: 1).filter(isInside),
      outside: server.truth("logs-eu", night: 0).filter { !isInside($0) })
  }

  @Test func prefixTargetListsThePrefixOnly() async throws {
    let sync = try await prefixSync()
    #expect(sync.summary.state == .complete)
    #expect(sync.summary.counts.objects == Int64(sync.inside.count))
    #expect(sync.pages == (sync.inside.count + 99) / 100)
  }

  @Test func prefixTargetTouchesNothingElse() async throws {
    let sync = try await prefixSync()
    #expect(!sync.outside.isEmpty && !sync.inside.isEmpty)
    #expect(
      try sync.index.objects(of: "logs-eu")
        == (sync.outside + sync.inside).sorted { $0.key < $1.key })
    #expect(try sync.index.objects(of: "logs-us") == sync.server.truth("logs-us", night: 0))
    #expect(try sync.index.states()["logs-eu"] == .complete)
  }

  @Test func bucketOfWhichOnlyAPrefixIsKnownIsPartial() async throws {
    let server = try server()
    let index = try ScratchIndex.ticking()
    let prefix = try prefix(in: "logs-eu", of: server)
    _ = try await index.sync(server.endpoint, [.bucket("logs-eu", prefix: prefix)])
    #expect(try index.states() == ["logs-eu": .partial])
    #expect(
      try index.objects(of: "logs-eu")
        == server.truth("logs-eu").filter { $0.key.bytes.starts(with: prefix.bytes) })
    _ = try await index.sync(server.endpoint, [.bucket("logs-eu", prefix: .start)])
    #expect(try index.states() == ["logs-eu": .complete])
    #expect(try index.objects(of: "logs-eu") == server.truth("logs-eu"))
  }

  @Test(
    arguments: [
      ([], [], ["logs-eu", "logs-us", "media"]),
      (["logs-*"], [], ["logs-eu", "logs-us"]),
      (["logs-*", "media"], ["*-us"], ["logs-eu", "media"]),
      ([], ["logs-??"], ["media"]),
    ] as [([String], [String], [String])])
  func listsWhatIsIncludedAndNotExcluded(
    includes: [String], excludes: [String], names: [String]
  ) async throws {
    let server = try server()
    let index = try ScratchIndex.ticking()
    let summary = try await index.sync(server.endpoint) { options in
      options.includes = includes
      options.excludes = excludes
    }
    #expect(summary.buckets.map(\.name) == names)
    #expect(try index.buckets().keys.sorted() == names)
    #expect(summary.missing.isEmpty)
  }

  @Test func patternWithoutABucketNamesThoseThereAre() async throws {
    let server = try server()
    let index = try ScratchIndex.ticking()
    let expected = BucketSelection.NoMatch(
      pattern: "log-*", bucketNames: ["logs-eu", "logs-us", "media"])
    await #expect(throws: expected) {
      try await index.sync(server.endpoint, [.pattern("media"), .pattern("log-*")])
    }
    #expect(expected.description == "no bucket of the account matches 'log-*'")
    #expect(server.statistics.requests == [.listBuckets: 1])
    #expect(try index.buckets().isEmpty)
    #expect(try index.syncStates() == ["failed"])
  }

  @Test func namedBucketsThatAreAllLeftOutSayNothingOfTheAccount() async throws {
    let server = try server()
    let index = try ScratchIndex.ticking()
    let expected = BucketSelection.NoMatch(pattern: nil, bucketNames: nil)
    await #expect(throws: expected) {
      try await index.sync(server.endpoint, [.bucket("media", prefix: .start)]) { options in
        options.excludes = ["media"]
      }
    }
    #expect(server.statistics.requests == [:])
  }

  @Test func overlappingTargetsAreListedOnce() async throws {
    let server = try server()
    let index = try ScratchIndex.ticking()
    let prefix = try prefix(in: "logs-eu", of: server)
    let summary = try await index.sync(
      server.endpoint,
      [
        .bucket("logs-eu", prefix: prefix), .pattern("logs-*"),
        .bucket("logs-us", prefix: .start), .pattern("*-us"),
        .bucket("media", prefix: Key("a")), .bucket("media", prefix: Key("ab")),
        .bucket("media", prefix: Key("b")),
      ])
    #expect(summary.buckets.map(\.name) == ["logs-eu", "logs-us", "media", "media"])
    // Two pages and one, and one for each of the two prefixes.
    #expect(server.requests(.listObjectsV2) == 2 + 1 + 2)
    #expect(try index.objects(of: "logs-eu") == server.truth("logs-eu"))
    let initials = Set("ab".utf8)
    #expect(
      try index.objects(of: "media")
        == server.truth("media").filter { $0.key.bytes.first.map(initials.contains) ?? false })
  }

  // MARK: - Buckets that are gone

  /// Syncs everything, and then from a server that has one bucket less, `media`.
  private func syncsWithoutABucket(_ index: ScratchIndex) async throws -> SyncSummary {
    let full = try server()
    _ = try await index.sync(full.endpoint)
    full.stop()
    return try await syncWithoutABucket(index)
  }

  private func syncWithoutABucket(
    _ index: ScratchIndex, change: (inout SyncOptions) -> Void = { _ in }
  ) async throws -> SyncSummary {
    let less = try simulator(Self.skewed, Self.flat)
    defer { less.stop() }
    return try await index.sync(less.endpoint, change: change)
  }

  @Test func bucketThatTheAccountNoLongerHasMakesTheSyncPartial() async throws {
    let summary = try await syncsWithoutABucket(try ScratchIndex.ticking())
    #expect(summary.missing == ["media"])
    #expect(summary.pruned.isEmpty)
    #expect(summary.state == .partial)
  }

  @Test func bucketThatTheAccountNoLongerHasKeepsItsRows() async throws {
    let index = try ScratchIndex.ticking()
    _ = try await syncsWithoutABucket(index)
    #expect(try index.states()["media"] == .partial)
    #expect(
      try index.buckets()["media"]?.error
        == "the bucket no longer exists; this is what it held last")
    #expect(try index.objects(of: "media") == server().truth("media"))
  }

  @Test func bucketThatTheAccountNoLongerHasIsPruned() async throws {
    let index = try ScratchIndex.ticking()
    _ = try await syncsWithoutABucket(index)
    let pruned = try await syncWithoutABucket(index) { $0.prunes = true }
    #expect(pruned.pruned == ["media"])
    #expect(pruned.missing.isEmpty)
    #expect(pruned.state == .complete)
    #expect(try index.buckets().keys.sorted() == ["logs-eu", "logs-us"])
    #expect(try index.texts("SELECT count(*) FROM objects") == ["2150"])
  }

  @Test(arguments: [(["nothing"], []), ([], ["*"])] as [([String], [String])])
  func namesThatLeaveNothingAreASlip(includes: [String], excludes: [String]) async throws {
    let server = try server()
    let index = try ScratchIndex.ticking()
    let expected = BucketSelection.NoMatch(
      pattern: includes.first, bucketNames: ["logs-eu", "logs-us", "media"])
    await #expect(throws: expected) {
      try await index.sync(server.endpoint) { options in
        options.includes = includes
        options.excludes = excludes
      }
    }
    #expect(server.requests(.listObjectsV2) == 0)
  }

  @Test func bucketThatTheListLeavesOutIsNotGoneWhileTheServerKnowsIt() async throws {
    let index = try ScratchIndex.ticking()
    let server = try LoopbackServer(answering: Self.answerWithAHiddenBucket)
    defer { server.stop() }
    let first = try await index.sync(server.origin, [.bucket("hidden", prefix: .start)])
    #expect(first.state == .complete)
    let summary = try await index.sync(server.origin) { $0.prunes = true }
    #expect(summary.missing.isEmpty && summary.pruned.isEmpty)
    #expect(try index.states() == ["hidden": .complete, "seen": .complete])
  }

  /// A server whose list leaves out a bucket that it serves, and names no owner.
  private static let answerWithAHiddenBucket: @Sendable (ReceivedRequest) -> String = { request in
    guard request.target.hasPrefix("/?") else {
      return answer(
        "<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>",
        headers: ["x-amz-bucket-region: us-east-1"])
    }
    return answer(
      """
      <ListAllMyBucketsResult><Buckets><Bucket><Name>seen</Name></Bucket></Buckets>\
      </ListAllMyBucketsResult>
      """)
  }

  @Test func pruningIsLimitedToWhatIsSynced() async throws {
    let full = try server()
    let index = try ScratchIndex.ticking()
    _ = try await index.sync(full.endpoint)
    let less = try simulator(Self.skewed, Self.flat)
    let summary = try await index.sync(less.endpoint, [.pattern("logs-*")]) { $0.prunes = true }
    #expect(summary.missing.isEmpty && summary.pruned.isEmpty)
    #expect(try index.states()["media"] == .complete)
  }

  @Test func slipOfThePenIsNotRecordedAsABucket() async throws {
    let server = try server()
    let index = try ScratchIndex.ticking()
    let summary = try await index.sync(
      server.endpoint, [.bucket("medai", prefix: .start), .bucket("media", prefix: .start)])
    #expect(summary.refused.map(\.name) == ["medai"])
    guard case .failed(let failure) = summary.refused.first?.outcome else {
      Issue.record("it has not failed: \(summary.refused)")
      return
    }
    #expect(failure.description.hasPrefix("cannot list s3://medai: no such bucket (NoSuchBucket"))
    #expect(try index.states() == ["media": .complete])
    #expect(summary.state == .partial)
  }

  @Test func knownBucketThatIsGoneKeepsItsData() async throws {
    let index = try ScratchIndex.ticking()
    let before = try simulator(Self.media)
    _ = try await index.sync(before.endpoint, [.bucket("media", prefix: .start)])
    let after = try simulator(Self.flat)
    let summary = try await index.sync(after.endpoint, [.bucket("media", prefix: .start)])
    #expect(summary.refused.map(\.name) == ["media"])
    #expect(try index.states() == ["media": .partial])
    #expect(try index.objects(of: "media") == before.truth("media"))
  }
}
