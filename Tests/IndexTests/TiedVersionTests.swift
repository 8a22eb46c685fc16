import Index
import IndexFixtures
import SQLite
import Testing
import Vocabulary

/// Versions of one second, of which an inventory does not say which came later.
@Suite struct TiedVersionTests {
  private let identity = BucketIdentity(endpoint: "", name: "logs")
  private let created = Timestamp(year: 2026, month: 11, day: 19)

  private struct Entry {
    var id: String
    var second: Int64 = 5
    var isLatest = false
    var isMarker = false
  }

  private func page(_ entries: [Entry], key: String = "k") -> ObjectPage {
    var page = ObjectPage()
    for entry in entries {
      page.append(
        key: Key(key), versionID: entry.id, kind: entry.isMarker ? .deleteMarker : .version,
        isLatest: entry.isLatest, etag: "e", size: 1,
        lastModified: Timestamp(millisecondsSinceEpoch: entry.second * 1_000))
    }
    return page
  }

  private func merge(
    _ page: ObjectPage, of plan: CrawlPlan, _ writer: IndexWriter
  ) async throws -> ChangeCounts {
    let counts = try await writer.apply(
      [
        .merge(
          PageCoverage(page: page, after: .start, through: nil),
          into: CrawlRange(lo: .start, hi: nil, cursor: .start))
      ], of: plan, syncID: try await writer.beginSync())
    #expect(try await writer.finishCrawl(plan, outcome: .complete) == .complete)
    return counts
  }

  private func importing(_ entries: [Entry], _ writer: IndexWriter) async throws -> ChangeCounts {
    let plan = try await writer.beginImport(
      of: identity, prefix: .start, listsVersions: true, created: created)
    return try await merge(page(entries), of: plan, writer)
  }

  private func listing(_ entries: [Entry], _ writer: IndexWriter) async throws {
    let plan = try await writer.beginCrawl(
      of: identity, owner: nil, prefix: .start, listsVersions: true, resumeAfter: nil)
    _ = try await merge(page(entries), of: plan, writer)
  }

  private func order(_ index: ScratchIndex) throws -> [String] {
    try index.texts(
      """
      SELECT version_id FROM (
        SELECT version_id, NULL AS rank FROM object
        UNION ALL SELECT version_id, rank FROM object_version)
      ORDER BY rank
      """)
  }

  @Test func theOrderOfAListingStays() async throws {
    let index = try ScratchIndex()
    let writer = try index.writer()
    let listed = ["z", "c", "a", "b"].map { Entry(id: $0, isLatest: $0 == "z") }
    try await listing(listed, writer)
    let counts = try await importing(
      ["z", "a", "b", "c"].map { Entry(id: $0, isLatest: $0 == "z") }, writer)
    #expect(counts.versionsInGuessedOrder == 0)
    #expect(try order(index) == ["z", "c", "a", "b"])
  }

  @Test func whatWasTheLatestComesBeforeTheOthers() async throws {
    let index = try ScratchIndex()
    let writer = try index.writer()
    try await listing(["m", "c", "a"].map { Entry(id: $0, isLatest: $0 == "m") }, writer)
    let counts = try await importing(
      [
        Entry(id: "z", second: 9, isLatest: true), Entry(id: "a"), Entry(id: "c"),
        Entry(id: "m"),
      ], writer)
    #expect(counts.versionsInGuessedOrder == 0)
    #expect(try order(index) == ["z", "m", "c", "a"])
  }

  @Test func newOnesAreNewerAndCountAsGuessed() async throws {
    let index = try ScratchIndex()
    let writer = try index.writer()
    try await listing(["z", "c", "a"].map { Entry(id: $0, isLatest: $0 == "z") }, writer)
    let counts = try await importing(
      [
        Entry(id: "z", isLatest: true), Entry(id: "a"), Entry(id: "b", isMarker: true),
        Entry(id: "c"), Entry(id: "o", second: 4), Entry(id: "p", second: 3),
      ], writer)
    #expect(counts.versionsInGuessedOrder == 1)
    #expect(try order(index) == ["z", "b", "c", "a", "o", "p"])
    let marker = try index.texts("SELECT version_id FROM object_version WHERE kind <> 0")
    #expect(marker == ["b"])
  }

  @Test func aListingIsNotReordered() async throws {
    let index = try ScratchIndex()
    let writer = try index.writer()
    try await listing(["z", "a", "b"].map { Entry(id: $0, isLatest: $0 == "z") }, writer)
    try await listing(["z", "b", "a"].map { Entry(id: $0, isLatest: $0 == "z") }, writer)
    #expect(try order(index) == ["z", "b", "a"])
  }
}
