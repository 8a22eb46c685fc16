import Index
import IndexFixtures
import TestSupport
import Testing
import Vocabulary

/// Listings of versions that came to no end before anything was known: what they did not tell is not none.
@Suite struct UntoldVersionTests {
  private static let stacks: Stacks = [
    Key("a/1"): [ModelVersion("2"), ModelVersion("1", ModelObject(size: 4))],
    Key("b/1"): [ModelVersion("3"), ModelVersion("2", ModelObject(size: 7))],
    Key("c/1"): [ModelVersion("1")],
  ]

  private let index: ScratchIndex
  private let writer: IndexWriter

  init() throws {
    index = try ScratchIndex.ticking()
    writer = try index.writer()
  }

  /// Begins to list versions, and ends after some pages of one key.
  private func listInPart(
    _ bucket: String = "bucket", prefix: String = "", pages: Int = 0, as outcome: CrawlOutcome?
  ) async throws {
    let syncID = try await writer.beginSync()
    let plan = try await writer.beginVersions(bucket, prefix: Key(prefix))
    var random = SplitMix64(seed: 1)
    _ = try await writer.list(
      Self.stacks, plan, syncID: syncID, &random, keysMax: 1, pagesMax: pages)
    if let outcome { _ = try await writer.finishCrawl(plan, outcome: outcome) }
    try await writer.commit()
  }

  /// State and sums of the noncurrent versions below a prefix, by rollups, by versions and by details.
  private func noncurrent(_ prefix: String = "") throws -> Set<String> {
    var question = VersionQuestion(ObjectFilter())
    question.filter.prefix = Key(prefix)
    let reader = try index.reader()
    var rows = try reader.versionSums(question).rows
    question.wantsDetails = true
    rows += try reader.versionSums(question).rows
    question.grouping = .prefix
    rows += try reader.versionSums(question).rows.prefix(1)
    question.filter.modifiedBefore = Timestamp(year: 2100, month: 1, day: 1)
    (question.wantsDetails, question.grouping) = (false, .bucket)
    rows += try reader.versionSums(question).rows
    return Set(
      rows.map { row in
        let sums = row.sums.map { "\($0.usage.objects) \($0.usage.bytes) \($0.markers)" }
        return "\(row.freshness.state) \(sums ?? "null")"
      })
  }

  private func totals(_ entries: Entries, _ prefix: String = "") throws -> TotalsRow {
    var filter = ObjectFilter()
    (filter.entries, filter.prefix) = (entries, Key(prefix))
    return try #require(try index.reader().totals(by: nil, filter, now: index.now()).first)
  }

  @Test(arguments: [.denied(reason: "no"), .failed(reason: "no"), nil] as [CrawlOutcome?])
  func aFirstListingThatToldNothing(outcome: CrawlOutcome?) async throws {
    try await listInPart(as: outcome)
    #expect(try noncurrent() == ["never null"])
    #expect(try totals(.noncurrent).freshness.state == .never)
    #expect(try totals(.all).freshness.state == .never)
    try await writer.sync("bucket", Self.stacks.contents)
    try await listInPart(as: outcome)
    #expect(try noncurrent() == ["never null"])
    #expect(try noncurrent("a/") == ["never null"])
    #expect(try totals(.noncurrent).freshness.state == .never)
    // The objects are known, and no moment before which all of both is in.
    #expect(try totals(.all).freshness == Freshness(state: .partial, syncedAt: nil))
    #expect(try totals(.all).usage.objects == 3)
  }

  @Test(arguments: [.denied(reason: "no"), .failed(reason: "no"), nil] as [CrawlOutcome?])
  func aFirstListingThatToldAPart(outcome: CrawlOutcome?) async throws {
    try await listInPart(pages: 1, as: outcome)
    #expect(try noncurrent() == ["partial 1 4 0"])
    #expect(try totals(.noncurrent).freshness == Freshness(state: .partial, syncedAt: nil))
    // A refusal afterwards takes nothing away.
    try await listInPart(as: .denied(reason: "no"))
    #expect(try noncurrent() == ["partial 1 4 0"])
  }

  @Test func aPrefixThatWasListedInPartSaysNothingOfOthers() async throws {
    try await writer.sync("bucket", Self.stacks.contents)
    try await listInPart(prefix: "a/", as: .denied(reason: "no"))
    #expect(try noncurrent("a/") == ["never null"])
    #expect(try noncurrent() == ["never null"])
    try await listInPart(prefix: "a/", pages: 1, as: .failed(reason: "cut off"))
    #expect(try noncurrent("a/") == ["partial 1 4 0"])
    #expect(try noncurrent("b/") == ["never null"])
    #expect(try noncurrent() == ["partial 1 4 0"])
    try await writer.syncVersions("bucket", Self.stacks, prefix: Key("a/"))
    #expect(try noncurrent("a/") == ["complete 1 4 0"])
    #expect(try noncurrent("b/") == ["never null"])
    #expect(try noncurrent() == ["partial 1 4 0"])
    try await writer.syncVersions("bucket", Self.stacks)
    #expect(try noncurrent("b/") == ["complete 1 7 0"])
  }

  @Test func aRefusalAfterAWholeListingKeepsItsNumbers() async throws {
    try await writer.syncVersions("bucket", Self.stacks)
    try await listInPart(as: .denied(reason: "no"))
    #expect(try noncurrent() == ["denied 2 11 0"])
  }

  @Test func aTotalOverOneThatIsNotKnownIsPartial() async throws {
    try await writer.syncVersions("known", Self.stacks)
    try await listInPart("refused", as: .denied(reason: "no"))
    #expect(try totals(.noncurrent).freshness.state == .partial)
    #expect(try totals(.noncurrent).usage == Usage(objects: 2, bytes: 11))
    var filter = ObjectFilter()
    filter.entries = .noncurrent
    let buckets = try index.reader().reach(of: filter).buckets
    #expect(buckets.map(\.freshness.state) == [.complete, .never])
    #expect(buckets.map(\.error) == [nil, "no"])
  }
}
