import Index
import IndexFixtures
import SQLite
import Testing
import Vocabulary

/// What an import of an inventory leaves in the index beside its rows.
@Suite struct ImportTests {
  private let identity = BucketIdentity(endpoint: "", name: "logs")
  private let created = Timestamp(year: 2026, month: 11, day: 19)

  private func page(_ keys: [String], etag: String = "e", size: Int64 = 1) -> ObjectPage {
    var page = ObjectPage()
    for key in keys {
      page.append(
        key: Key(key), etag: etag, size: size, lastModified: Timestamp(millisecondsSinceEpoch: 1),
        storageClass: "STANDARD")
    }
    return page
  }

  private func merge(
    _ page: ObjectPage, into plan: CrawlPlan, _ writer: IndexWriter, isLast: Bool = true
  ) async throws -> ChangeCounts {
    let coverage = PageCoverage(
      page: page, after: .start, through: isLast ? nil : page.lastKey)
    let range = CrawlRange(lo: .start, hi: nil, cursor: .start)
    return try await writer.apply(
      [.merge(coverage, into: range)], of: plan, syncID: try await writer.beginSync())
  }

  private func importing(
    _ page: ObjectPage, into index: ScratchIndex, _ writer: IndexWriter
  ) async throws -> ChangeCounts {
    let plan = try await writer.beginImport(
      of: identity, prefix: .start, listsVersions: false, created: created)
    let counts = try await merge(page, into: plan, writer)
    #expect(try await writer.finishCrawl(plan, outcome: .complete) == .complete)
    return counts
  }

  @Test func isOneCompleteCrawlOfItsMoment() async throws {
    let index = try ScratchIndex()
    let writer = try index.writer()
    let counts = try await importing(page(["a", "b"]), into: index, writer)
    #expect(counts == ChangeCounts(objects: 2, added: 2))
    #expect(
      try index.texts("SELECT state || ' ' || synced_ms FROM bucket")
        == ["complete \(created.millisecondsSinceEpoch)"])
    #expect(try index.texts("SELECT ordered || '' FROM crawl") == ["1"])
    #expect(try index.texts("SELECT key FROM bucket_mark") == ["b"])
  }

  @Test func noSyncGoesOnFromHalfAnInventory() async throws {
    let index = try ScratchIndex()
    let writer = try index.writer()
    let plan = try await writer.beginImport(
      of: identity, prefix: .start, listsVersions: false, created: created)
    _ = try await merge(page(["a"]), into: plan, writer, isLast: false)
    try await writer.commit()
    let crawl = try await writer.beginCrawl(
      of: identity, owner: nil, prefix: .start,
      resumeAfter: Timestamp(millisecondsSinceEpoch: 0))
    #expect(!crawl.isResumed)
    #expect(crawl.crawlID != plan.crawlID)
    #expect(crawl.startedAt == index.now())
  }

  @Test func anETagThatNobodyToldIsNoChange() async throws {
    let index = try ScratchIndex()
    let writer = try index.writer()
    _ = try await importing(page(["a", "b"], etag: "?"), into: index, writer)
    #expect(
      try index.texts("SELECT key FROM objects WHERE etag IS NULL ORDER BY key") == ["a", "b"])
    let told = try await importing(page(["a", "b"], etag: "e"), into: index, writer)
    #expect(told == ChangeCounts(objects: 2))
    #expect(try index.texts("SELECT etag FROM object") == ["e", "e"])
    let untold = try await importing(page(["a", "b"], etag: "?"), into: index, writer)
    #expect(untold == ChangeCounts(objects: 2))
    #expect(try index.texts("SELECT etag FROM object") == ["e", "e"])
    // Another size is another object, whose ETag nobody knows.
    let changed = try await importing(page(["a", "b"], etag: "?", size: 2), into: index, writer)
    #expect(changed == ChangeCounts(objects: 2, changed: 2))
    #expect(try index.texts("SELECT etag FROM object") == ["?", "?"])
    #expect(try index.texts("SELECT change FROM object_change") == ["modified", "modified"])
  }

  @Test func theNewestListingIsTheOneThatListedSomething() async throws {
    let index = try ScratchIndex()
    let writer = try index.writer()
    _ = try await importing(page(["a"]), into: index, writer)
    try await writer.recordRefusal(
      of: identity, owner: nil, outcome: .denied(CrawlFailure(CancellationError())))
    let reader = try index.reader()
    func newest(_ prefix: String) throws -> Timestamp? {
      try reader.newestListing(of: "logs", endpoint: "", prefix: Key(prefix))
    }
    #expect(try newest("") == created)
    #expect(try newest("a/") == created)
    #expect(try reader.newestListing(of: "logs", endpoint: "other", prefix: .start) == nil)
    #expect(try reader.key(of: "logs", endpoint: "", outside: Key("a")) == nil)
    #expect(try reader.key(of: "logs", endpoint: "", outside: Key("b")) == Key("a"))
    #expect(try reader.buckets(named: "logs").map(\.endpoint) == [""])
  }
}
