import Index
import IndexFixtures
import SQLite
import TestSupport
import Testing
import Vocabulary

/// What an index says of its buckets before, between and after crawls.
@Suite struct CrawlStateTests {
  private let two: Contents = [
    Key("a/1"): ModelObject(size: 10, lastModified: Timestamp(millisecondsSinceEpoch: 5_000)),
    Key("b"): ModelObject(size: 1, lastModified: Timestamp(millisecondsSinceEpoch: 2_000)),
  ]

  // MARK: - Whole buckets

  @Test func isPartialUntilTheFirstCrawlIsComplete() async throws {
    let index = try ScratchIndex()
    let writer = try index.writer()
    let began = index.now()
    let syncID = try await writer.beginSync()
    let plan = try await writer.begin("bucket")
    #expect(
      try index.bucket("bucket")
        == BucketRecord(
          state: "partial", error: "the crawl that began at \(began.iso8601) has not finished"))
    index.time.advance(milliseconds: 60_000)
    var random = SplitMix64(seed: 1)
    _ = try await writer.list(two, plan, syncID: syncID, &random)
    #expect(try await writer.finishCrawl(plan, outcome: .complete) == .complete)
    #expect(
      try index.bucket("bucket")
        == BucketRecord(
          state: "complete", error: nil, syncedMs: began.millisecondsSinceEpoch, newestMs: 5_000))
    #expect(try index.integers("SELECT count(*) FROM crawl_range") == [0])
    #expect(try index.texts("SELECT state FROM crawl") == ["complete"])
  }

  @Test func keepsTheLastDataOfADeniedBucket() async throws {
    let index = try ScratchIndex()
    let writer = try index.writer()
    let began = index.now()
    try await writer.sync("bucket", two)
    index.time.advance(days: 1)
    let plan = try await writer.begin("bucket")
    let outcome = CrawlOutcome.denied(reason: "access denied")
    #expect(try await writer.finishCrawl(plan, outcome: outcome) == outcome)
    #expect(
      try index.bucket("bucket")
        == BucketRecord(
          state: "denied", error: "access denied", syncedMs: began.millisecondsSinceEpoch,
          newestMs: 5_000))
    #expect(try index.contents(of: "bucket") == two)
    try await writer.sync("bucket", two)
    #expect(try index.bucket("bucket")?.state == "complete")
    #expect(try index.bucket("bucket")?.error == nil)
  }

  @Test func recordsBucketsThatCouldNotBeLookedAt() async throws {
    let index = try ScratchIndex()
    let writer = try index.writer()
    let identity = BucketIdentity(endpoint: "", name: "closed", region: "eu-west-1")
    try await writer.recordRefusal(
      of: identity, owner: AccountIdentity(owner: "me"), outcome: .denied(reason: "access denied"))
    #expect(try index.bucket("closed") == BucketRecord(state: "denied", error: "access denied"))
    try await writer.recordRefusal(of: identity, owner: nil, outcome: .failed(reason: "no route"))
    #expect(try index.bucket("closed") == BucketRecord(state: "partial", error: "no route"))
    #expect(try index.texts("SELECT region FROM bucket") == ["eu-west-1"])
    #expect(
      try index.texts("SELECT owner FROM account JOIN bucket ON account_id = account.id") == ["me"])
  }

  @Test func learnsOfABucketButForgetsNothing() async throws {
    let index = try ScratchIndex()
    let writer = try index.writer()
    let created = Timestamp(millisecondsSinceEpoch: 1_000)
    for identity in [
      BucketIdentity(endpoint: "", name: "bucket"),
      BucketIdentity(endpoint: "", name: "bucket", region: "eu-west-1", created: created),
      BucketIdentity(endpoint: "", name: "bucket"),
      BucketIdentity(endpoint: "http://other", name: "bucket", region: "us-east-1"),
    ] {
      _ = try await writer.beginCrawl(
        of: identity, owner: nil, prefix: .start, resumeAfter: index.now())
    }
    #expect(
      try index.texts(
        "SELECT endpoint || ' ' || region || ' ' || ifnull(created_ms, '') FROM bucket ORDER BY id")
        == [" eu-west-1 1000", "http://other us-east-1 "])
    let known = try await writer.knownBucket(name: "bucket", endpoint: "")
    #expect(known?.region == "eu-west-1")
    let unknown = try await writer.knownBucket(name: "other", endpoint: "")
    #expect(unknown?.id == nil)
  }

  @Test func countsTheNewestObjectAgainWhenItIsGone() async throws {
    let index = try ScratchIndex()
    let writer = try index.writer()
    try await writer.sync("bucket", two)
    try await writer.sync("bucket", two.filter { $0.key == Key("b") })
    #expect(try index.bucket("bucket")?.newestMs == 2_000)
    try await writer.sync("bucket", [:])
    #expect(try index.bucket("bucket")?.newestMs == nil)
  }

  // MARK: - Prefixes

  @Test func isPartialWhenOnlyAPrefixWasListed() async throws {
    let index = try ScratchIndex()
    try await index.writer().sync("bucket", two, prefix: Key("a/"))
    let bucket = try index.bucket("bucket")
    #expect(bucket?.state == "partial")
    #expect(bucket?.error == "only these prefixes were listed: 'a/'")
    #expect(bucket?.syncedMs == nil)
    #expect(try index.contents(of: "bucket") == two.below(Key("a/")))
  }

  @Test func isCompleteAgainAfterAPrefixOfACompleteBucket() async throws {
    let index = try ScratchIndex()
    let writer = try index.writer()
    let began = index.now().millisecondsSinceEpoch
    try await writer.sync("bucket", two)
    index.time.advance(days: 1)
    try await writer.sync("bucket", [:], prefix: Key("a/"))
    let bucket = try index.bucket("bucket")
    #expect(bucket == BucketRecord(state: "complete", syncedMs: began, newestMs: 2_000))
  }

  @Test func staysPartialWhileAnotherCrawlIsUnfinished() async throws {
    let index = try ScratchIndex()
    let writer = try index.writer()
    try await writer.sync("bucket", two)
    let failed = try await writer.begin("bucket", prefix: Key("b"))
    _ = try await writer.finishCrawl(failed, outcome: .failed(reason: "cut off"))
    #expect(try index.bucket("bucket")?.error == "cut off")
    try await writer.sync("bucket", two, prefix: Key("a/"))
    #expect(try index.bucket("bucket")?.state == "partial")
    #expect(try index.bucket("bucket")?.error == "cut off")
    try await writer.sync("bucket", two, prefix: Key("b"))
    #expect(try index.bucket("bucket")?.state == "complete")
  }

  @Test func settlesUnfinishedPrefixesWithOneThatCoversThem() async throws {
    let index = try ScratchIndex()
    let writer = try index.writer()
    try await writer.sync("bucket", two)
    for prefix in ["a/1", "a/", "b"] {
      let failed = try await writer.begin("bucket", prefix: Key(prefix))
      _ = try await writer.finishCrawl(failed, outcome: .denied(reason: "no \(prefix)"))
    }
    try await writer.sync("bucket", two, prefix: Key("b"))
    #expect(try index.bucket("bucket")?.error == "no a/")
    try await writer.sync("bucket", two, prefix: Key("a"))
    #expect(try index.bucket("bucket")?.state == "complete")
    #expect(try index.bucket("bucket")?.error == nil)
    #expect(try index.integers("SELECT count(*) FROM crawl_range") == [0])
  }

  @Test func settlesUnfinishedPrefixesWithAWholeCrawl() async throws {
    let index = try ScratchIndex()
    let writer = try index.writer()
    let failed = try await writer.begin("bucket", prefix: Key("b"))
    _ = try await writer.finishCrawl(failed, outcome: .failed(reason: "cut off"))
    try await writer.sync("bucket", two)
    #expect(try index.bucket("bucket")?.state == "complete")
    #expect(try index.texts("SELECT state FROM crawl ORDER BY id") == ["abandoned", "complete"])
    #expect(try index.integers("SELECT count(*) FROM crawl_range") == [0])
    #expect(try await writer.begin("bucket", prefix: Key("b")).crawlID != failed.crawlID)
  }

  // MARK: - Checkpoints

  @Test func goesOnWithAnUnfinishedCrawlOfTheSameKeys() async throws {
    let index = try ScratchIndex()
    let writer = try index.writer()
    let first = try await writer.begin("bucket")
    #expect(!first.isResumed)
    index.time.advance(milliseconds: 1_000)
    let prefix = try await writer.begin("bucket", prefix: Key("a/"))
    #expect(prefix.crawlID != first.crawlID)
    let second = try await writer.begin("bucket", resumeAfter: first.startedAt)
    #expect(second.crawlID == first.crawlID)
    #expect(second.startedAt == first.startedAt)
  }

  @Test func beginsAgainWhenTheCheckpointIsTooOld() async throws {
    let index = try ScratchIndex()
    let writer = try index.writer()
    let first = try await writer.begin("bucket")
    index.time.advance(days: 1)
    let second = try await writer.begin("bucket", resumeAfter: index.now())
    #expect(second.crawlID != first.crawlID)
    #expect(second.startedAt == index.now())
    #expect(!second.isResumed)
    #expect(try index.texts("SELECT state FROM crawl ORDER BY id") == ["abandoned", "running"])
    #expect(try index.integers("SELECT crawl_id FROM crawl_range") == [second.crawlID])
  }

  @Test func keepsWhetherItJournalsAfterAFailure() async throws {
    let index = try ScratchIndex()
    let writer = try index.writer()
    #expect(try await writer.begin("bucket").isJournaled == false)
    try await writer.sync("bucket", two)
    let failed = try await writer.begin("bucket")
    #expect(failed.isJournaled)
    _ = try await writer.finishCrawl(failed, outcome: .failed(reason: "cut off"))
    #expect(try await writer.begin("bucket").isJournaled)
  }

  @Test func goesOnAfterAFailure() async throws {
    let index = try ScratchIndex()
    let writer = try index.writer()
    _ = try await writer.begin("bucket")
    try await writer.sync("bucket", two)
    let failed = try await writer.begin("bucket")
    _ = try await writer.finishCrawl(failed, outcome: .failed(reason: "cut off"))
    #expect(
      try index.texts("SELECT state || ' ' || error FROM crawl WHERE error IS NOT NULL")
        == ["failed cut off"])
    let resumed = try await writer.begin("bucket")
    #expect(resumed.crawlID == failed.crawlID)
    #expect(try index.texts("SELECT state FROM crawl WHERE error IS NOT NULL") == [])
  }

  // MARK: - The self-check

  @Test(arguments: [
    "UPDATE bucket_usage SET bytes = bytes + 1", "UPDATE bucket_usage SET objects = objects - 1",
    "DELETE FROM bucket_usage",
  ])
  func findsSumsThatDoNotMatch(damage: String) async throws {
    let index = try ScratchIndex()
    let writer = try index.writer()
    try await writer.sync("bucket", two)
    try index.execute(damage)
    let reason = "the self-check failed: the sums of the bucket differ from its 2 stored objects"
    let failed = try await writer.sync("bucket", two)
    #expect(failed.outcome == .failed(reason: reason))
    #expect(try index.bucket("bucket")?.state == "partial")
    #expect(try index.bucket("bucket")?.error == reason)
    let next = try await writer.begin("bucket")
    #expect(!next.isResumed)
    #expect(next.ranges == [CrawlRange(lo: .start, hi: nil, cursor: .start)])
  }

  @Test func findsObjectsThatWereListedButNotStored() async throws {
    let index = try ScratchIndex()
    let writer = try index.writer()
    let syncID = try await writer.beginSync()
    let plan = try await writer.begin("bucket")
    var random = SplitMix64(seed: 1)
    _ = try await writer.list(two, plan, syncID: syncID, &random)
    try await writer.commit()
    try index.execute("UPDATE crawl_range SET objects = objects + 1")
    #expect(
      try await writer.finishCrawl(plan, outcome: .complete)
        == .failed(reason: "the self-check failed: 3 objects were listed, 2 are stored"))
  }

  @Test func findsARangeThatWasNotListedToItsEnd() async throws {
    let index = try ScratchIndex()
    let writer = try index.writer()
    let plan = try await writer.begin("bucket")
    #expect(
      try await writer.finishCrawl(plan, outcome: .complete)
        == .failed(reason: "the self-check failed: a range of keys was not listed to its end"))
  }

  @Test func mendsItsSumsWithTheNextCrawl() async throws {
    let index = try ScratchIndex()
    let writer = try index.writer()
    try await writer.sync("bucket", two)
    try index.execute(
      "UPDATE bucket_usage SET bytes = bytes + 1; UPDATE prefix_usage SET objects = 77")
    #expect(try await writer.sync("bucket", two).outcome != .complete)
    #expect(try await writer.sync("bucket", two).outcome == .complete)
    #expect(try index.classSums(of: "bucket") == two.classSums)
    #expect(try index.prefixSums(of: "bucket") == two.prefixSums())
    #expect(try index.bucket("bucket")?.state == "complete")
  }
}
