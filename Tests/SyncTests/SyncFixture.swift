import AWS
import Crawl
import Foundation
import HTTP
import Index
import IndexFixtures
import S3
import SQLite
import Signing
import Simulator
import Sync
import Synchronization
import TestSupport
import Vocabulary

/// How a sync in a test reaches its server, where that is not as usual.
struct Connecting: Sendable {
  var region = Region.usEast1
  var accessKey = "s3sim"
  var secretKey = "s3sim-secret"
  var attemptsMax = 3
  var quota = RetryQuota()
  var spending: SpendingLimit?
  /// Runs before each request; the number counts from one.
  var beforeRequest: @Sendable (_ number: Int) async throws -> Void = { _ in }
}

extension ScratchIndex {
  /// The name all servers go by in the index, whatever their ports.
  static let endpointName = "http://sim"

  /// Syncs from a server into this index; one page after another and without properties, so that
  /// requests can be counted.
  func sync(
    _ origin: String, _ targets: [SyncTarget] = [], _ connecting: Connecting = Connecting(),
    progress: CrawlProgress = CrawlProgress(), change: (inout SyncOptions) -> Void = { _ in }
  ) async throws -> SyncSummary {
    var options = SyncOptions()
    options.targets = targets
    options.concurrency = 1
    options.readsProperties = false
    change(&options)
    let account = SyncAccount(
      client: try client(origin, connecting), endpoint: Self.endpointName)
    let sync = Sync(
      accounts: [account], writer: try writer(),
      options: options, progress: progress, now: now)
    return try await sync.run()
  }

  /// A client that goes by this index's clock.
  func client(_ origin: String, _ connecting: Connecting = Connecting()) throws -> S3Client {
    let time = time
    let number = Mutex(0)
    let credentials = Credentials(
      accessKeyID: connecting.accessKey, secretAccessKey: Secret(connecting.secretKey),
      providerName: "test")
    let caller = RetryingCaller(
      http: try HTTPClient(),
      credentials: CredentialSource { _ in
        try await connecting.beforeRequest(
          number.withLock { number in
            number += 1
            return number
          })
        return credentials
      },
      policy: RetryPolicy(attemptsMax: connecting.attemptsMax), quota: connecting.quota,
      spending: connecting.spending,
      environment: CallerEnvironment(
        now: { SigningTime(secondsSinceEpoch: time.now() / 1_000) },
        sleep: { time.sleep($0) }, random: { 1 }))
    return S3Client(
      caller: caller,
      endpoint: S3Endpoint(
        region: connecting.region, custom: try Endpoint(parsing: origin, from: "the test")))
  }
}

extension SimulatedS3 {
  /// What a correct sync has in the index.
  func truth(_ bucket: String, night: Int? = nil) -> [StoredObject] {
    guard let simulated = self.bucket(named: bucket) else { return [] }
    return simulated.objects(night: night ?? self.night).map { object in
      StoredObject(
        key: object.key, size: object.size, etag: object.etag, lastModified: object.lastModified,
        storageClass: object.storageClass)
    }
  }

  /// What differs between two nights of a bucket.
  func differences(_ bucket: String, from before: Int, to after: Int) -> ChangeCounts {
    let old = Dictionary(uniqueKeysWithValues: truth(bucket, night: before).map { ($0.key, $0) })
    let new = Dictionary(uniqueKeysWithValues: truth(bucket, night: after).map { ($0.key, $0) })
    return ChangeCounts(
      objects: Int64(new.count), added: Int64(new.keys.count { old[$0] == nil }),
      changed: Int64(new.count { key, object in old[key].map { $0 != object } ?? false }),
      removed: Int64(old.keys.count { new[$0] == nil }))
  }

  /// Requests of one kind so far.
  func requests(_ operation: SimulatorStatistics.Operation) -> Int {
    statistics.requests[operation] ?? 0
  }
}

func simulator(
  _ buckets: BucketSpecification..., change: (inout SimulatorConfiguration) -> Void = { _ in }
) throws -> SimulatedS3 {
  var configuration = SimulatorConfiguration(buckets: buckets)
  change(&configuration)
  return try SimulatedS3(configuration)
}
