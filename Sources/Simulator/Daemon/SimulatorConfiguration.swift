/// The only account of a simulator that checks signatures.
package struct SimulatorCredentials: Equatable, Sendable {
  package var accessKey: String
  package var secretKey: String

  package init(accessKey: String, secretKey: String) {
    self.accessKey = accessKey
    self.secretKey = secretKey
  }
}

/// What a simulator makes of ListObjectsV2.
package enum ListSupport: String, CaseIterable, Sendable {
  /// Knows it, as S3 does.
  case full
  /// Answers 501, as servers do that check parameters.
  case refuses
  /// Takes it for ListObjects, as servers do that pass over what they do not know.
  case ignores
}

/// Everything that decides how a simulator answers.
package struct SimulatorConfiguration: Equatable, Sendable {
  package var buckets: [BucketSpecification] = []
  package var seed: UInt64 = 1
  /// The region of the endpoint, and of buckets that name none.
  package var region = "us-east-1"
  /// Time added to each answer.
  package var latencyMilliseconds = 0
  /// The speed of the link that all connections share; nil for no limit.
  package var bandwidthBytesPerSecond: Int?
  /// The requests that each bucket takes; more are answered 503 SlowDown.
  package var throttleRequestsPerSecond: Double?
  /// When set, each request must carry a correct SigV4 signature of these.
  package var requiredCredentials: SimulatorCredentials?
  /// What goes wrong with answers that would be right.
  ///
  /// The percentages of each group together are 100 at most.
  package var faults: [FaultSpecification] = []
  /// Decides which request meets which fault; the objects do not depend on it.
  package var faultSeed: UInt64 = 1
  /// `HOST:PORT` that `redirect-foreign` leads to; the default never resolves (RFC 2606).
  package var foreignHost = "foreign.invalid"
  /// The night the simulator begins in.
  package var night = 0
  /// The share of the objects that changes every night: 0 to 100.
  package var sharePercent = 1.0
  /// The most keys in a page, whatever `max-keys` asks for.
  package var pageKeysMax = 1_000
  package var listSupport = ListSupport.full
  /// Added to the time of day, in `Date` headers too.
  package var clockOffsetSeconds = 0
  /// How long a session of a directory bucket lasts.
  package var sessionSeconds = 300
  package var versions = VersionsSpecification()
  package var objects = ObjectsSpecification()
  /// Their buckets and destinations are among `buckets`.
  package var inventories: [InventorySpecification] = []
  /// Whether `/_sim/…` is answered.
  package var hasControl = false
  /// Whether objects can be put and deleted; else such requests are refused.
  package var isWritable = false

  package init() {}

  package init(buckets: [BucketSpecification]) {
    self.buckets = buckets
  }
}
