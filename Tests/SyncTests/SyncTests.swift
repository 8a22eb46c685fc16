import AWS
import Crawl
import Index
import IndexFixtures
import S3
import Simulator
import Sync
import TestSupport
import Testing
import Vocabulary

@Suite struct SyncTests {
  private static let logs = BucketSpecification(name: "logs", shape: .dates, count: 2_500)
  private static let data = BucketSpecification(name: "data", shape: .hostile, count: 1_200)
  private static let media = BucketSpecification(name: "media", shape: .uuid, count: 300)

  // MARK: - A first sync

  /// What came of a sync of a bucket of 3,000 keys, in five pages, into a new index.
  private struct FirstSync: Sendable {
    let truth: [StoredObject]
    let statistics: SimulatorStatistics
    let summary: SyncSummary
    let progress: CrawlProgress
    let objects: [StoredObject]
    let bucket: BucketSummary?
    let syncStates: [String]

    init(_ shape: KeyShape) async throws {
      let server = try simulator(BucketSpecification(name: "logs", shape: shape, count: 3_000)) {
        $0.pageKeysMax = 700
      }
      let index = try ScratchIndex.ticking()
      progress = CrawlProgress()
      summary = try await index.sync(server.endpoint, progress: progress)
      truth = server.truth("logs")
      statistics = server.statistics
      objects = try index.objects(of: "logs")
      bucket = try index.buckets()["logs"]
      syncStates = try index.syncStates()
    }
  }

  private static let firstSyncs = SharedSetups { shape in try await FirstSync(shape) }

  @Test(arguments: KeyShape.allCases)
  func indexHoldsExactlyWhatTheBucketHolds(shape: KeyShape) async throws {
    let first = try await Self.firstSyncs.setup(shape)
    #expect(first.summary.state == .complete)
    #expect(first.objects == first.truth)
  }

  @Test(arguments: KeyShape.allCases)
  func summaryCountsObjectsRequestsAndTheBill(shape: KeyShape) async throws {
    let first = try await Self.firstSyncs.setup(shape)
    #expect(first.summary.counts == ChangeCounts(objects: 3_000, added: 3_000))
    #expect(first.summary.requests == Int64(first.statistics.requestsTotal))
    #expect(first.statistics.requests == [.listBuckets: 1, .listObjectsV2: 5])
    #expect(first.summary.billedLists == 6)
    #expect(first.summary.retries == 0)
  }

  @Test(arguments: KeyShape.allCases)
  func progressFollowsTheCrawlToItsEnd(shape: KeyShape) async throws {
    let progress = try await Self.firstSyncs.setup(shape).progress.snapshot
    #expect(progress.bucketsTotal == 1)
    #expect(progress.crawls.map(\.objects) == [3_000])
    #expect(progress.crawls.map(\.state) == [.complete])
  }

  @Test(arguments: KeyShape.allCases)
  func bucketIsRecordedWithItsSums(shape: KeyShape) async throws {
    let first = try await Self.firstSyncs.setup(shape)
    let bucket = try #require(first.bucket)
    #expect(bucket.freshness.state == .complete)
    #expect(bucket.bytes == first.truth.reduce(0) { $0 + $1.size })
    #expect(bucket.newestObject == first.truth.map(\.lastModified).max())
    #expect(first.syncStates == ["complete"])
  }

  // MARK: - The nights after it

  @Test func everyNightIsFollowedExactly() async throws {
    let server = try simulator(Self.logs, Self.data) {
      $0.sharePercent = 20
      $0.pageKeysMax = 400
    }
    let index = try ScratchIndex.ticking()
    _ = try await index.sync(server.endpoint)
    for _ in 1...3 {
      let night = server.nextNight()
      index.time.advance(milliseconds: 86_400_000)
      let summary = try await index.sync(server.endpoint)
      for bucket in summary.buckets {
        #expect(
          bucket.counts == server.differences(bucket.name, from: night - 1, to: night),
          "\(bucket.name), night \(night)")
        #expect(bucket.counts.added > 0 && bucket.counts.changed > 0 && bucket.counts.removed > 0)
        #expect(try index.objects(of: bucket.name) == server.truth(bucket.name))
      }
    }
  }

  @Test func journalsEachChangeAndNothingOfTheFirstSync() async throws {
    let server = try simulator(Self.logs) { $0.sharePercent = 10 }
    let index = try ScratchIndex.ticking()
    _ = try await index.sync(server.endpoint)
    #expect(try index.texts("SELECT key FROM changes").isEmpty)
    server.nextNight()
    _ = try await index.sync(server.endpoint)
    let before = Set(server.truth("logs", night: 0).map(\.key.text))
    let after = Set(server.truth("logs", night: 1).map(\.key.text))
    func changes(_ kind: String) throws -> [String] {
      try index.texts("SELECT key FROM changes WHERE sync = 2 AND change = '\(kind)' ORDER BY key")
    }
    #expect(try Set(changes("added")) == after.subtracting(before))
    #expect(try Set(changes("removed")) == before.subtracting(after))
    let modified = server.differences("logs", from: 0, to: 1).changed
    #expect(try changes("modified").count == Int(modified))
  }

  @Test func unchangedBucketIsNotWritten() async throws {
    let server = try simulator(Self.logs, Self.data)
    let index = try ScratchIndex.ticking()
    _ = try await index.sync(server.endpoint)
    let summary = try await index.sync(server.endpoint)
    #expect(summary.counts == ChangeCounts(objects: 3_700))
    #expect(summary.buckets.allSatisfy { !$0.isResumed })
  }

  @Test(arguments: [1, 2, 64])
  func listsManyBucketsWhateverTheConcurrency(concurrency: Int) async throws {
    var configuration = SimulatorConfiguration()
    configuration.buckets = (10..<40).map { number in
      BucketSpecification(name: "bucket-\(number)", shape: .flat, count: number * 7)
    }
    configuration.pageKeysMax = 50
    let server = try SimulatedS3(configuration)
    let index = try ScratchIndex.ticking()
    let summary = try await index.sync(server.endpoint) { $0.concurrency = concurrency }
    #expect(summary.buckets.map(\.name) == configuration.buckets.map(\.name))
    for bucket in configuration.buckets {
      #expect(try index.objects(of: bucket.name) == server.truth(bucket.name))
    }
  }

  // MARK: - Refusals

  @Test func deniedBucketIsRecordedAndTheOthersGoOn() async throws {
    var secret = Self.media
    secret.isDenied = true
    let server = try simulator(Self.logs, Self.data, secret)
    let index = try ScratchIndex.ticking()
    let summary = try await index.sync(server.endpoint)
    #expect(summary.state == .partial)
    #expect(summary.refused.map(\.name) == ["media"])
    guard case .denied(let failure) = summary.refused.first?.outcome else {
      Issue.record("the bucket is not denied: \(summary.refused)")
      return
    }
    let reason = failure.description
    #expect(
      reason.hasPrefix("cannot list s3://media: access denied (AccessDenied, region us-east-1"))
    #expect(
      try index.states() == ["logs": .complete, "data": .complete, "media": .denied])
    #expect(try index.buckets()["media"]?.error == reason)
    #expect(try index.objects(of: "logs") == server.truth("logs"))
    #expect(try index.syncStates() == ["partial"])
  }

  @Test func deniedBucketKeepsItsLastData() async throws {
    let open = try simulator(Self.media)
    var secret = Self.media
    secret.isDenied = true
    let closed = try simulator(secret)
    let index = try ScratchIndex.ticking()
    _ = try await index.sync(open.endpoint)
    _ = try await index.sync(closed.endpoint)
    #expect(try index.states() == ["media": .denied])
    #expect(try index.objects(of: "media") == open.truth("media"))
    _ = try await index.sync(open.endpoint)
    #expect(try index.states() == ["media": .complete])
  }

  @Test func wrongSignatureEndsTheSync() async throws {
    let index = try ScratchIndex.ticking()
    let server = try signingSimulator(index)
    let connecting = Connecting(secretKey: "wrong")
    let error = await #expect(throws: S3Error.self) {
      try await index.sync(server.endpoint, [], connecting)
    }
    #expect(error?.code == "SignatureDoesNotMatch")
    #expect(error?.resource == "the buckets")
    #expect(try index.syncStates() == ["failed"])
    #expect(try index.buckets().isEmpty)
  }

  @Test func wrongSignatureFailsABucketThatWasNamed() async throws {
    let index = try ScratchIndex.ticking()
    let server = try signingSimulator(index)
    let connecting = Connecting(secretKey: "wrong")
    let summary = try await index.sync(
      server.endpoint, [.bucket("data", prefix: .start)], connecting)
    guard case .failed(let failure) = summary.buckets.first?.outcome else {
      Issue.record("the bucket has not failed: \(summary.buckets)")
      return
    }
    #expect((failure.error as? S3Error)?.code == "SignatureDoesNotMatch")
  }

  @Test func everyPageIsSignedCorrectly() async throws {
    let index = try ScratchIndex.ticking()
    let server = try signingSimulator(index)
    let summary = try await index.sync(server.endpoint)
    #expect(summary.state == .complete)
    #expect(try index.objects(of: "data") == server.truth("data"))
    // Once more from a key of which much has to be escaped.
    let key = try #require(server.truth("data").dropFirst(5).first?.key)
    _ = try await index.sync(server.endpoint, [.bucket("data", prefix: key)])
  }

  /// Checks signatures by the index's clock.
  private func signingSimulator(_ index: ScratchIndex) throws -> SimulatedS3 {
    var configuration = SimulatorConfiguration(buckets: [Self.data])
    configuration.pageKeysMax = 100
    configuration.requiredCredentials = SimulatorCredentials(
      accessKey: "s3sim", secretKey: "s3sim-secret")
    return try SimulatedS3(configuration, now: index.now)
  }

  @Test func throttledServerIsListedToTheEnd() async throws {
    let index = try ScratchIndex.ticking()
    var configuration = SimulatorConfiguration(buckets: [Self.logs, Self.data])
    configuration.pageKeysMax = 600
    configuration.throttleRequestsPerSecond = 1
    // Both sides go by the index's clock, which the client's waits move on.
    let server = try SimulatedS3(configuration, now: index.now)
    let connecting = Connecting(attemptsMax: 10)
    let progress = CrawlProgress()
    let summary = try await index.sync(
      server.endpoint, [.bucket("data", prefix: .start)], connecting, progress: progress)
    #expect(summary.state == .complete)
    #expect(try index.objects(of: "data") == server.truth("data"))
    #expect(server.statistics.throttled > 0)
    #expect(progress.snapshot.crawls.map(\.retries) == [summary.retries])
    #expect(summary.retries == Int64(server.statistics.throttled))
    // AWS does not bill what it answered with a 5xx.
    #expect(summary.billedLists == 2)
  }

  @Test func bucketWhoseNameCannotBeAskedForDoesNotEndTheSync() async throws {
    let server = try LoopbackServer(answering: Self.answerWithAnImpossibleName)
    defer { server.stop() }
    let index = try ScratchIndex.ticking()
    let summary = try await index.sync(server.origin)
    #expect(summary.buckets.map(\.name) == ["bad/name", "good"])
    #expect(summary.refused.map(\.name) == ["bad/name"])
    #expect(try index.states() == ["bad/name": .partial, "good": .complete])
    #expect(server.requests.allSatisfy { !$0.target.contains("name") })
  }

  private static let answerWithAnImpossibleName: @Sendable (ReceivedRequest) -> String = {
    request in
    guard request.target.hasPrefix("/?") else {
      return answer(
        "<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>",
        headers: ["x-amz-bucket-region: us-east-1"])
    }
    return answer(
      """
      <ListAllMyBucketsResult><Owner><ID>o</ID></Owner><Buckets>\
      <Bucket><Name>bad/name</Name></Bucket><Bucket><Name>good</Name></Bucket>\
      </Buckets></ListAllMyBucketsResult>
      """)
  }

  // MARK: - Regions

  @Test func bucketOfAnotherRegionIsFoundWithOneQuestion() async throws {
    var far = Self.logs
    far.region = "eu-west-1"
    let server = try simulator(far) { $0.pageKeysMax = 500 }
    let index = try ScratchIndex.ticking()
    let summary = try await index.sync(server.endpoint, [.bucket("logs", prefix: .start)])
    #expect(summary.state == .complete)
    #expect(server.statistics.requests == [.headBucket: 1, .listObjectsV2: 5])
    #expect(try index.buckets()["logs"]?.region == "eu-west-1")
    // What the index remembers may be the mere name of a location, on another server than AWS.
    _ = try await index.sync(server.endpoint, [.bucket("logs", prefix: .start)])
    #expect(server.statistics.requests == [.headBucket: 2, .listObjectsV2: 10])
  }

  @Test func redirectIsFollowedOncePerBucket() async throws {
    let near = try simulator(Self.logs)
    var moved = Self.logs
    moved.region = "eu-west-1"
    let far = try simulator(moved) { $0.pageKeysMax = 500 }
    let index = try ScratchIndex.ticking()
    _ = try await index.sync(near.endpoint, [.bucket("logs", prefix: .start)])
    let summary = try await index.sync(far.endpoint, [.bucket("logs", prefix: .start)])
    #expect(summary.state == .complete)
    #expect(far.statistics.requests == [.listObjectsV2: 6])
    #expect(try index.objects(of: "logs") == far.truth("logs"))
  }

  @Test func regionsOfTheBucketListSpareTheQuestions() async throws {
    var far = Self.logs
    far.region = "ap-southeast-2"
    let server = try simulator(far, Self.media)
    let index = try ScratchIndex.ticking()
    _ = try await index.sync(server.endpoint)
    #expect(server.statistics.requests == [.listBuckets: 1, .listObjectsV2: 4])
    #expect(try index.buckets().mapValues(\.region) == ["logs": far.region, "media": "us-east-1"])
  }
}
