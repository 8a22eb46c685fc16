import AWS
import Index
import IndexFixtures
import S3
import Simulator
import TestSupport
import Testing
import Vocabulary

@testable import Crawl
@testable import Sync

/// One sync with several accounts, each on a simulator of its own or on the same one.
@Suite struct SeveralAccountsTests {
  private static let logs = BucketSpecification(name: "logs", shape: .dates, count: 1_500)
  private static let media = BucketSpecification(name: "media", shape: .uuid, count: 300)
  private static let flat = BucketSpecification(name: "flat", shape: .flat, count: 150)

  private struct Server {
    var origin: String
    var endpoint: String
    var profile: String
    var number: String?
    var connecting = Connecting()
  }

  private func sync(
    _ index: ScratchIndex, _ servers: [Server], _ targets: [SyncTarget] = [],
    unreachable: [RefusedAccount] = [], progress: CrawlProgress = CrawlProgress(),
    prices: RequestPrices = RequestPrices(),
    change: (inout SyncOptions) -> Void = { _ in }
  ) async throws -> SyncSummary {
    var options = SyncOptions()
    options.targets = targets
    options.concurrency = 1
    options.prices = prices
    change(&options)
    let accounts = try servers.map { server in
      let number = server.number
      return SyncAccount(
        client: try index.client(server.origin, server.connecting), endpoint: server.endpoint,
        profile: server.profile, number: { number })
    }
    return try await Sync(
      accounts: accounts, unreachable: unreachable,
      writer: try IndexWriter(path: index.path, now: index.now), options: options,
      progress: progress, now: index.now
    ).run()
  }

  /// `endpoint bucket profile state` of everything in the index.
  private func contents(_ index: ScratchIndex) throws -> [String] {
    try index.texts(
      """
      SELECT bucket.endpoint || ' ' || name || ' ' || coalesce(profile, '-') || ' ' || bucket.state
      FROM bucket LEFT JOIN account ON account.id = account_id ORDER BY 1
      """)
  }

  /// One sync of two accounts on servers of their own, both of which have a bucket `logs`.
  private func syncOfTwo(
    _ index: ScratchIndex, _ first: SimulatedS3, _ second: SimulatedS3,
    progress: CrawlProgress = CrawlProgress()
  ) async throws -> SyncSummary {
    try await sync(
      index,
      [
        Server(origin: first.endpoint, endpoint: "http://a", profile: "one"),
        Server(origin: second.endpoint, endpoint: "http://b", profile: "two"),
      ], progress: progress)
  }

  @Test func bucketsOfAllAccountsAreListedInOneSync() async throws {
    let index = try ScratchIndex.ticking()
    let summary = try await syncOfTwo(
      index, try simulator(Self.logs, Self.media), try simulator(Self.logs, Self.flat))
    #expect(summary.state == .complete)
    #expect(summary.buckets.map(\.name) == ["flat", "logs", "logs", "media"])
    #expect(summary.buckets.map(\.account) == [1, 0, 1, 0])
    #expect(
      try contents(index) == [
        "http://a logs one complete", "http://a media one complete", "http://b flat two complete",
        "http://b logs two complete",
      ])
  }

  @Test func requestsOfAllAccountsAreAddedUpWithoutAPrice() async throws {
    let (first, second) = (
      try simulator(Self.logs, Self.media), try simulator(Self.logs, Self.flat)
    )
    let summary = try await syncOfTwo(try ScratchIndex.ticking(), first, second)
    #expect(
      summary.requests
        == Int64(first.statistics.requestsTotal + second.statistics.requestsTotal))
    #expect(summary.listCost == nil)
  }

  @Test func progressNamesTheAccountOfEachBucket() async throws {
    let progress = CrawlProgress()
    _ = try await syncOfTwo(
      try ScratchIndex.ticking(), try simulator(Self.logs, Self.media),
      try simulator(Self.logs, Self.flat), progress: progress)
    #expect(progress.snapshot.bucketsTotal == 4)
    #expect(
      Set(progress.snapshot.crawls.map { "\($0.bucket) \($0.account ?? "-")" })
        == ["logs one", "media one", "flat two", "logs two"])
  }

  @Test func sameBucketThroughTwoProfilesIsListedOnce() async throws {
    let server = try simulator(Self.logs, Self.media)
    let index = try ScratchIndex.ticking()
    let summary = try await sync(
      index,
      ["one", "two"].map {
        Server(origin: server.endpoint, endpoint: "http://a", profile: $0)
      }, [.pattern("*"), .bucket("logs", prefix: .start)])
    #expect(summary.buckets.map(\.name) == ["logs", "media"])
    #expect(summary.buckets.map(\.account) == [0, 0])
    #expect(server.requests(.listObjectsV2) == 3)
    // It is one account, which was last reached with the other profile.
    #expect(try contents(index).map { $0.hasSuffix("two complete") } == [true, true])
  }

  // MARK: - Refusals

  private func closedServer(_ index: ScratchIndex) throws -> SimulatedS3 {
    var configuration = SimulatorConfiguration(buckets: [Self.flat])
    configuration.requiredCredentials = SimulatorCredentials(accessKey: "other", secretKey: "x")
    return try SimulatedS3(configuration, now: index.now)
  }

  @Test func accountThatRefusesItsListDoesNotStopTheOthers() async throws {
    let index = try ScratchIndex.ticking()
    let open = try simulator(Self.media)
    let closed = try closedServer(index)
    let servers = [
      Server(origin: closed.endpoint, endpoint: "http://b", profile: "bad"),
      Server(origin: open.endpoint, endpoint: "http://a", profile: "good"),
    ]
    // A pattern that fits nothing may fit what the other account has.
    for targets in [[], [SyncTarget.pattern("media"), .pattern("x*")]] {
      let summary = try await sync(index, servers, targets)
      #expect(summary.state == .partial)
      #expect(summary.buckets.map(\.name) == ["media"])
      #expect(summary.refusedAccounts.map(\.profile) == ["bad"])
      let reason = try #require(summary.refusedAccounts.first?.description)
      #expect(reason.hasPrefix("profile 'bad': cannot list the buckets: "), "\(reason)")
      #expect(!summary.isWhole)
    }
    #expect(try index.syncStates() == ["partial", "partial"])
    #expect(try contents(index) == ["http://a media good complete"])
  }

  @Test func unreachableAccountIsReportedWithTheOthers() async throws {
    let index = try ScratchIndex.ticking()
    let open = try simulator(Self.media)
    let missing = RefusedAccount(
      profile: "gone", error: ConfigurationError(.credentialsMissing, "no credentials"))
    let summary = try await sync(
      index, [Server(origin: open.endpoint, endpoint: "http://a", profile: "good")],
      [.bucket("media", prefix: .start)], unreachable: [missing])
    #expect(summary.refusedAccounts.map(\.description) == ["profile 'gone': no credentials"])
    #expect(summary.buckets.map(\.outcome) == [.complete])
    #expect(summary.state == .partial)
  }

  @Test func syncFailsWhenEveryAccountRefuses() async throws {
    let index = try ScratchIndex.ticking()
    let closed = try closedServer(index)
    let servers = ["one", "two"].map {
      Server(origin: closed.endpoint, endpoint: "http://b", profile: $0)
    }
    let error = await #expect(throws: AllAccountsRefused.self) {
      try await sync(index, servers)
    }
    let lines = (error?.description ?? "").split(separator: "\n")
    #expect(lines.count == 3)
    #expect(lines[1].hasPrefix("  profile 'one': cannot list the buckets"))
    #expect(lines[2].hasPrefix("  profile 'two': "))
    #expect(try index.syncStates() == ["failed"])
  }

  @Test func patternThatFitsNoAccountsBucketIsASlip() async throws {
    let index = try ScratchIndex.ticking()
    let first = try simulator(Self.logs)
    let second = try simulator(Self.flat)
    let servers = [
      Server(origin: first.endpoint, endpoint: "http://a", profile: "one"),
      Server(origin: second.endpoint, endpoint: "http://b", profile: "two"),
    ]
    let summary = try await sync(index, servers, [.pattern("f*")])
    #expect(summary.buckets.map(\.name) == ["flat"])
    let expected = BucketSelection.NoMatch(
      pattern: "x*", bucketNames: ["flat", "logs"], accounts: 2)
    await #expect(throws: expected) { try await sync(index, servers, [.pattern("x*")]) }
    #expect(expected.description == "no bucket of the 2 accounts matches 'x*'")
  }

  // MARK: - Buckets by name

  @Test func namedBucketIsListedWithTheAccountThatHasIt() async throws {
    let index = try ScratchIndex.ticking()
    let first = try simulator(Self.logs)
    let second = try simulator(Self.flat)
    let summary = try await sync(
      index,
      [
        Server(origin: first.endpoint, endpoint: "http://a", profile: "one"),
        Server(origin: second.endpoint, endpoint: "http://b", profile: "two"),
      ], [.bucket("flat", prefix: .start)])
    #expect(summary.buckets.map(\.account) == [1])
    #expect(first.statistics.requests == [.listBuckets: 1])
    #expect(try contents(index) == ["http://b flat two complete"])
  }

  @Test func namedBucketThatNobodyListsIsReadWithTheFirstThatMay() async throws {
    let index = try ScratchIndex.ticking()
    let servers = try [
      ("denied", "403 Forbidden"), ("open", "200 OK"), ("late", "200 OK"),
    ].map { profile, status in
      (profile, try LoopbackServer(answering: Self.answerHiding(status)))
    }
    defer { for (_, server) in servers { server.stop() } }
    let accounts = servers.map { profile, server in
      Server(
        origin: server.origin, endpoint: "http://a", profile: profile,
        number: "number of \(profile)")
    }
    let summary = try await sync(index, accounts, [.bucket("hidden", prefix: .start)])
    #expect(summary.buckets.map(\.account) == [1])
    #expect(summary.state == .complete)
    #expect(try contents(index) == ["http://a hidden open complete"])
    #expect(servers[2].1.requests.allSatisfy { $0.target.hasPrefix("/?") })
  }

  @Test func namedBucketThatNobodyMayReadIsDeniedOnce() async throws {
    let index = try ScratchIndex.ticking()
    let server = try LoopbackServer(answering: Self.answerHiding("403 Forbidden"))
    defer { server.stop() }
    let summary = try await sync(
      index,
      ["one", "two"].map { Server(origin: server.origin, endpoint: "http://a", profile: $0) },
      [.bucket("hidden", prefix: .start)])
    #expect(summary.refused.map(\.name) == ["hidden"])
    #expect(try contents(index) == ["http://a hidden - denied"])
  }

  /// A server whose list is empty and names no owner, with a bucket that it serves or denies.
  private static func answerHiding(_ status: String) -> @Sendable (ReceivedRequest) -> String {
    { request in
      guard request.target.hasPrefix("/?") else {
        let body =
          status == "200 OK"
          ? "<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>"
          : "<Error><Code>AccessDenied</Code></Error>"
        return answer(body, status: status, headers: ["x-amz-bucket-region: us-east-1"])
      }
      return answer("<ListAllMyBucketsResult><Buckets/></ListAllMyBucketsResult>")
    }
  }

  // MARK: - What is gone

  @Test func onlyTheListOfItsOwnAccountTellsThatABucketIsGone() async throws {
    let index = try ScratchIndex.ticking()
    let first = try simulator(Self.logs, Self.media)
    let second = try simulator(Self.flat)
    let servers = [
      Server(
        origin: first.endpoint, endpoint: "http://a", profile: "one", number: "111111111111"),
      Server(
        origin: second.endpoint, endpoint: "http://a", profile: "two", number: "222222222222"),
    ]
    _ = try await sync(index, servers)
    // The other account's list, on the same server, says nothing of the first one's buckets.
    let alone = try await sync(index, [servers[1]]) { $0.prunes = true }
    #expect(alone.missing.isEmpty && alone.pruned.isEmpty)
    #expect(alone.state == .complete)
    let less = try simulator(Self.logs)
    var own = servers[0]
    own.origin = less.endpoint
    let summary = try await sync(index, [own, servers[1]])
    #expect(summary.missing == ["media"])
    let pruned = try await sync(index, [own]) { $0.prunes = true }
    #expect(pruned.pruned == ["media"])
    #expect(
      try contents(index) == ["http://a flat two complete", "http://a logs one complete"])
  }

  @Test func bucketIsOfTheAccountThatTheNumberSays() async throws {
    let index = try ScratchIndex.ticking()
    let server = try simulator(Self.flat)
    let account = Server(
      origin: server.endpoint, endpoint: "", profile: "one", number: "111111111111")
    let summary = try await sync(
      index, [account], prices: RequestPrices(lists: ["us-east-1": 5_000]))
    #expect(try index.buckets()["flat"]?.account?.name == "111111111111")
    #expect(summary.accounts.map(\.identity.number) == ["111111111111"])
    #expect(summary.accounts.first?.identity.owner?.count == 64)
    #expect(summary.listCost?.nanodollars == summary.billedLists * 5_000)
    #expect(summary.listCost?.isWhole == true)
  }
}
