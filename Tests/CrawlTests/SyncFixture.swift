import AWS
import Crawl
import Foundation
import HTTP
import Index
import S3
import SQLite
import Signing
import Simulator
import Synchronization
import TestSupport
import Vocabulary

/// An object as the index or the simulator knows it.
struct StoredObject: Equatable {
  var key: Key
  var size: Int64
  var etag: String
  var lastModified: Timestamp
  var storageClass: String
}

/// A folder with an index in it, which goes when the last reference does.
final class TemporaryIndex: Sendable {
  let path: String
  private let folder: URL
  /// The clock of all syncs into this index.
  let time = VirtualTime(
    millisecondsSinceEpoch: Timestamp(year: 2026, month: 11, day: 20).millisecondsSinceEpoch,
    tickMilliseconds: 1)

  init() throws {
    folder = FileManager.default.temporaryDirectory
      .appending(path: "s3audit-sync-\(UInt64.random(in: 0 ... .max))")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    path = folder.appending(path: "index.sqlite3").path
  }

  deinit {
    // A folder that stays behind in the system's temporary folder harms nobody.
    try? FileManager.default.removeItem(at: folder)
  }

  var now: @Sendable () -> Timestamp {
    { [time] in Timestamp(millisecondsSinceEpoch: time.now()) }
  }

  /// The rows of one bucket, in order.
  func objects(of bucket: String) throws -> [StoredObject] {
    var filter = ObjectFilter()
    filter.scopes = [ObjectFilter.Scope(bucketPattern: bucket)]
    var objects: [StoredObject] = []
    try IndexReader(path: path, now: now()).find(filter, limit: nil) { _, object, key, etag in
      objects.append(
        StoredObject(
          key: Key(key.withUnsafeBufferPointer { Array($0) }), size: object.size,
          etag: etag.withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) },
          lastModified: object.lastModified, storageClass: object.storageClass))
      return true
    }
    return objects
  }

  /// Every bucket of the index by its name.
  func buckets() throws -> [String: BucketSummary] {
    let buckets = try IndexReader(path: path, now: now()).buckets(matching: [])
    return Dictionary(uniqueKeysWithValues: buckets.map { ($0.name, $0) })
  }

  func states() throws -> [String: BucketState] {
    try buckets().mapValues(\.freshness.state)
  }

  /// The first column of a query, as text.
  func column(_ sql: String) throws -> [String] {
    let connection = try IndexFile.openForReading(path: path, now: now())
    return try connection.all(sql) { $0.string(at: 0) }
  }

  /// The states of all syncs, in order.
  func syncStates() throws -> [String] {
    try column("SELECT state FROM syncs ORDER BY sync")
  }
}

/// How a sync in a test reaches its server, where that is not as usual.
struct Connecting: Sendable {
  var region = Region.usEast1
  var accessKey = "s3sim"
  var secretKey = "s3sim-secret"
  var attemptsMax = 3
  var quota = RetryQuota()
  /// Runs before each request; the number counts from one.
  var beforeRequest: @Sendable (_ number: Int) async throws -> Void = { _ in }
}

extension TemporaryIndex {
  /// The name all servers go by in the index, whatever their ports.
  static let endpointName = "http://sim"

  /// Syncs from a server into this index; one page after another and without properties, so that
  /// requests can be counted.
  func sync(
    _ origin: String, _ targets: [SyncTarget] = [], _ connecting: Connecting = Connecting(),
    progress: SyncProgress = SyncProgress(), change: (inout SyncOptions) -> Void = { _ in }
  ) async throws -> SyncSummary {
    var options = SyncOptions()
    options.targets = targets
    options.concurrency = 1
    options.readsProperties = false
    change(&options)
    let account = SyncAccount(
      client: try client(origin, connecting), endpoint: Self.endpointName)
    let sync = Sync(
      accounts: [account], writer: try IndexWriter(path: path, now: now),
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
