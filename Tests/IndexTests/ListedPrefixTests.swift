import Index
import IndexFixtures
import TestSupport
import Testing
import Vocabulary

/// A prefix that was listed to its end is known, whatever is not known of its bucket.
@Suite struct ListedPrefixTests {
  private static let contents: Contents = [
    Key("a/1"): ModelObject(size: 10), Key("a/b/2"): ModelObject(size: 20),
    Key("c/3"): ModelObject(size: 30),
  ]

  private let index: ScratchIndex
  private let writer: IndexWriter

  init() throws {
    index = try ScratchIndex()
    writer = try index.writer()
  }

  private func list(_ prefix: String) async throws {
    index.time.advance(milliseconds: 60_000)
    try await writer.sync("bucket", Self.contents, prefix: Key(prefix))
  }

  /// Begins to list a prefix, stores a page, and ends with an outcome; nil for a process that is
  /// killed.
  private func fail(_ prefix: String, as outcome: CrawlOutcome?) async throws {
    index.time.advance(milliseconds: 60_000)
    let syncID = try await writer.beginSync()
    let plan = try await writer.begin("bucket", prefix: Key(prefix))
    let page = PageCoverage(
      page: ObjectPage([(Key(prefix + "0"), ModelObject())]), after: .start,
      through: Key(prefix + "0"))
    _ = try await writer.merge(page, into: plan.ranges[0], of: plan, syncID: syncID)
    try await writer.commit()
    if let outcome { _ = try await writer.finishCrawl(plan, outcome: outcome) }
  }

  private func reach(_ prefix: String) throws -> IndexReader.Reach {
    var filter = ObjectFilter()
    filter.scopes = [.init(bucketPattern: "bucket", prefix: Key(prefix))]
    return try index.reader().reach(of: filter)
  }

  /// The state of a prefix, and how many minutes after the start it was listed.
  private func state(_ prefix: String) throws -> String {
    let freshness = try #require(try reach(prefix).buckets.first).freshness
    let minutes = freshness.syncedAt.map {
      ($0.millisecondsSinceEpoch - ScratchIndex.start.millisecondsSinceEpoch) / 60_000
    }
    return "\(freshness.state) \(minutes.map { "\($0)" } ?? "-")"
  }

  @Test func knowsWhatWasListedAndNoMore() async throws {
    try await list("a/")
    #expect(try state("a/") == "complete 1")
    #expect(try state("a/b/") == "complete 1")
    #expect(try state("a/x") == "complete 1")
    #expect(try state("a") == "partial -")
    #expect(try state("c/") == "partial -")
    #expect(try state("") == "partial -")
    #expect(try reach("a/").buckets.first?.error == nil)
    #expect(try reach("").buckets.first?.error != nil)
  }

  @Test func tellsEachRowOfAnAnswerApart() async throws {
    try await list("c/")
    try await fail("a/", as: .failed(reason: "lost"))
    let rows = try index.reader().prefixUsage(ObjectFilter(), depth: 1)
    #expect(rows.map(\.prefix.text) == ["", "a/", "c/"])
    #expect(rows.map(\.freshness.state) == [.partial, .partial, .complete])
    let totals = try index.reader().totals(by: .prefix, ObjectFilter(), now: index.now())
    #expect(totals.map(\.freshness.state) == [.partial, .complete])
  }

  @Test func hasATimeOfItsOwnInACompleteBucket() async throws {
    try await list("")
    try await list("a/")
    #expect(try state("a/") == "complete 2")
    #expect(try state("c/") == "complete 1")
    #expect(try state("") == "complete 1")
    try await list("")
    #expect(try state("a/") == "complete 3")
    #expect(try index.integers("SELECT count(*) FROM listed_prefix") == [0])
  }

  @Test(
    arguments: [
      ("a/b/", .failed(reason: "lost"), "partial 1"), ("a/", .denied(reason: "no"), "denied 1"),
      ("", .failed(reason: "lost"), "partial 1"), ("", .denied(reason: "no"), "denied 1"),
      ("", nil, "partial 1"), ("c/", .failed(reason: "lost"), "complete 1"),
      ("c/", nil, "complete 1"), ("ab", .denied(reason: "no"), "complete 1"),
    ] as [(String, CrawlOutcome?, String)])
  func isDoubtedByALaterCrawlOfItsKeys(
    prefix: String, outcome: CrawlOutcome?, state: String
  ) async throws {
    try await list("a/")
    try await fail(prefix, as: outcome)
    #expect(try self.state("a/") == state)
  }

  @Test func isCompleteAgainWhenAPartOfItWasListedAgain() async throws {
    try await list("a/")
    try await list("a/b/")
    #expect(try state("a/") == "complete 1")
    #expect(try state("a/b/") == "complete 2")
  }

  @Test func staysDoubtedWhenOnlyAPartIsListedAgain() async throws {
    try await list("a/")
    try await fail("a/b/", as: .failed(reason: "lost"))
    try await list("a/c/")
    #expect(try state("a/") == "partial 1")
    #expect(try state("a/c/") == "complete 3")
    try await list("a/b/")
    #expect(try state("a/") == "complete 1")
  }

  /// A crawl that was refused before it stored anything.
  private func refuse(_ prefix: String, as outcome: CrawlOutcome) async throws {
    index.time.advance(milliseconds: 60_000)
    _ = try await writer.beginSync()
    let plan = try await writer.begin("bucket", prefix: Key(prefix))
    _ = try await writer.finishCrawl(plan, outcome: outcome)
  }

  @Test(
    arguments: [
      ("a/", .denied(reason: "no")), ("a/", .failed(reason: "lost")), ("", .denied(reason: "no")),
      ("a/c/", .denied(reason: "no")),
    ] as [(String, CrawlOutcome)])
  func staysWithItsRefusalWhenAPartIsListed(prefix: String, outcome: CrawlOutcome) async throws {
    try await list("a/")
    try await refuse(prefix, as: outcome)
    try await list("a/b/")
    #expect(try state("a/") == "partial 1")
    #expect(try reach("a/").buckets.first?.error == outcome.failure?.description)
    #expect(try state("a/b/") == "complete 3")
    try await list("")
    #expect(try state("a/").hasPrefix("complete"))
  }

  @Test func staysDoubtedWhenItsBucketCouldNotBeLookedAt() async throws {
    try await list("")
    try await list("a/")
    let identity = BucketIdentity(endpoint: "", name: "bucket")
    for _ in 0..<2 {
      try await writer.recordRefusal(of: identity, owner: nil, outcome: .denied(reason: "no"))
    }
    try await list("a/b/")
    #expect(try state("a/") == "partial 2")
    #expect(try state("") == "partial 1")
    #expect(try index.integers("SELECT count(*) FROM crawl WHERE state = 'failed'") == [1])
    try await list("")
    #expect(try state("a/") == "complete 4")
  }

  @Test func isForgottenWithItsBucket() async throws {
    try await list("a/")
    try await writer.markMissing(bucket: "bucket", endpoint: "")
    #expect(try state("a/") == "partial 1")
    try await writer.forget(bucket: "bucket", endpoint: "")
    #expect(try index.integers("SELECT count(*) FROM listed_prefix") == [0])
    #expect(try index.integers("SELECT count(*) FROM object") == [0])
  }

  @Test func isNoPrefixOfABucketMadeAnew() async throws {
    func begin(_ created: Int64, _ prefix: String) async throws -> CrawlPlan {
      let identity = BucketIdentity(
        endpoint: "", name: "bucket", created: Timestamp(millisecondsSinceEpoch: created))
      return try await writer.beginCrawl(
        of: identity, owner: nil, prefix: Key(prefix), resumeAfter: nil)
    }
    for (created, prefix) in [(1, ""), (1, "a/"), (2, "c/")] as [(Int64, String)] {
      let syncID = try await writer.beginSync()
      let plan = try await begin(created, prefix)
      var random = SplitMix64(seed: 1)
      _ = try await writer.list(Self.contents, plan, syncID: syncID, &random)
      #expect(try await writer.finishCrawl(plan, outcome: .complete) == .complete)
    }
    #expect(try state("c/").hasPrefix("complete"))
    #expect(try state("a/").hasPrefix("partial"))
    #expect(try state("").hasPrefix("partial"))
  }

  // MARK: - What is known after one thing and another

  /// `+a/` lists a prefix to its end, `-a/` fails in the middle, `!a/` is refused and `~a/` is killed.
  ///
  /// A minute passes before each. What is taken up again is of the minute in which it began first.
  private static let histories: [(steps: String, known: [String: String])] = [
    ("+", ["": "complete 1", "a/": "complete 1"]),
    // All of it, then a part.
    ("+ !a/", ["": "denied 1", "a/": "denied 1", "a/b/": "denied 1", "c/": "complete 1"]),
    ("+ -a/", ["": "partial 1", "a/": "partial 1", "a/b/": "partial 1", "c/": "complete 1"]),
    ("+ ~a/", ["": "partial 1", "a/": "partial 1", "c/": "complete 1", "b": "complete 1"]),
    ("+ +a/", ["": "complete 1", "a/": "complete 2", "a/b/": "complete 2", "c/": "complete 1"]),
    ("+ !a/b/", ["a/": "denied 1", "a/b/": "denied 1", "a/c/": "complete 1", "a": "denied 1"]),
    ("+ !a/ +", ["": "complete 3", "a/": "complete 3", "c/": "complete 3"]),
    ("+ !a/ +a/", ["": "complete 1", "a/": "complete 2", "c/": "complete 1"]),
    ("+ !a/b/ +a/", ["": "complete 1", "a/": "complete 3", "a/b/": "complete 3"]),
    (
      "+ !a/ +a/b/",
      [
        "": "partial 1", "a/": "partial 1", "a/b/": "complete 3", "a/c/": "partial 1",
        "c/": "complete 1",
      ]
    ),
    ("+ +a/ !a/", ["": "denied 1", "a/": "denied 2", "c/": "complete 1"]),
    ("+ !a/ !c/", ["": "denied 1", "a/": "partial 1", "c/": "partial 1", "d/": "complete 1"]),
    (
      "+ !a/ -c/ +c/", ["": "partial 1", "a/": "partial 1", "c/": "complete 3", "d/": "complete 1"]
    ),
    // A part, then all of it.
    ("+a/ !", ["": "denied -", "a/": "denied 1", "a/b/": "denied 1", "c/": "denied -"]),
    ("+a/ -", ["": "partial -", "a/": "partial 1", "c/": "partial -"]),
    ("+a/ - +a/b/", ["a/": "partial 1", "a/b/": "complete 3", "a/c/": "partial 1"]),
    ("+a/ - +a/b/ !a/b/c/", ["a/b/d/": "complete 3", "a/b/c/": "denied 3", "a/x": "partial 1"]),
    ("+ !", ["": "denied 1", "a/": "denied 1"]),
    ("+ ! +a/", ["": "partial 1", "a/": "complete 3", "c/": "partial 1"]),
    ("+ ! +a/ +", ["": "complete 2", "a/": "complete 2"]),
    ("+ - -a/", ["": "partial 1", "a/": "partial 1", "c/": "partial 1"]),
    ("+ -a/ -", ["": "partial 1", "a/": "partial 1", "c/": "partial 1"]),
    ("- +a/ -", ["": "partial -", "a/": "partial 2", "c/": "partial -"]),
    // One part and another.
    ("!a/", ["": "denied -", "a/": "denied -", "c/": "partial -"]),
    ("+a/ !c/", ["": "denied -", "a/": "complete 1", "c/": "denied -", "d/": "partial -"]),
    ("+a/ !a/b/", ["a/": "denied 1", "a/b/": "denied 1", "a/c/": "complete 1", "c/": "partial -"]),
    ("+a/ ~a/b/ +a/b/", ["a/": "complete 1", "a/b/": "complete 2", "a/c/": "complete 1"]),
    (
      "+a/ +a/b/ -a/b/c/",
      [
        "a/": "partial 1", "a/b/": "partial 2", "a/b/c/": "partial 2", "a/b/d/": "complete 2",
        "a/x": "complete 1",
      ]
    ),
    ("+a/b/ !a/", ["a/": "denied -", "a/b/": "denied 1", "a/c/": "denied -", "c/": "partial -"]),
    ("+a/b/ !a/ +a/", ["a/": "complete 2", "a/b/": "complete 2", "c/": "partial -"]),
    ("!a/b/ +a/", ["a/": "complete 2", "a/b/": "complete 2"]),
    ("!a/ +a/b/", ["a/": "partial -", "a/b/": "complete 2", "a/c/": "partial -"]),
  ]

  @Test(arguments: histories)
  func isWhatTheListingsThatCoverItSay(steps: String, known: [String: String]) async throws {
    for step in steps.split(separator: " ") {
      let prefix = String(step.dropFirst())
      switch step.first {
      case "+": try await list(prefix)
      case "-": try await fail(prefix, as: .failed(reason: "lost"))
      case "!": try await refuse(prefix, as: .denied(reason: "no \(prefix)"))
      default: try await fail(prefix, as: nil)
      }
    }
    for (prefix, state) in known { #expect(try self.state(prefix) == state, "'\(prefix)'") }
  }

  @Test func saysWhyInItsOwnWords() async throws {
    try await list("")
    try await refuse("a/", as: .denied(reason: "no a"))
    try await refuse("c/", as: .failed(reason: "lost c"))
    #expect(try reach("a/").buckets.first?.error == "no a")
    #expect(try reach("c/").buckets.first?.error == "lost c")
    #expect(try reach("d/").buckets.first?.error == nil)
    #expect(try reach("").buckets.first?.error == "lost c")
    var filter = ObjectFilter()
    filter.scopes = ["a/", "d/"].map { .init(bucketPattern: "bucket", prefix: Key($0)) }
    let both = try #require(try index.reader().reach(of: filter).buckets.first)
    #expect(both.freshness.state == .partial)
    #expect(both.error == "no a")
  }

  @Test func isInDoubtAfterItsBucketWasGone() async throws {
    try await list("")
    for _ in 0..<2 { try await writer.markMissing(bucket: "bucket", endpoint: "") }
    #expect(try state("c/") == "partial 1")
    try await list("a/")
    #expect(try state("a/") == "complete 2")
    #expect(try state("c/") == "partial 1")
    #expect(try state("") == "partial 1")
    try await list("")
    #expect(try state("c/") == "complete 3")
  }
}
