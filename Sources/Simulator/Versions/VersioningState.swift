/// Whether a bucket keeps what is written over, by the words of GetBucketVersioning.
package enum VersioningState: String, CaseIterable, Sendable {
  /// Never turned on: everything is version `null`, and what is written over is gone.
  case none
  case enabled
  /// Once turned on: new objects are `null` again, and only `null` is written over.
  case suspended
}

/// Whose habits `?versions` and `?uploads` have: servers differ in markers, order and escapes.
package enum VersionDialect: String, CaseIterable, Sendable {
  case aws
  /// Ceph RGW: a key marker alone is inclusive, and `/` is `%2F`.
  case rgw
  /// moto: a key marker alone drops an entry, and markers stand after all versions.
  case moto
  /// `rclone serve s3`: knows no versions.
  case rclone
}

/// What the versions of all versioned buckets are like: options of the simulator.
package struct VersionsSpecification: Equatable, Sendable {
  /// Of buckets that name no state of their own.
  package var versioning = VersioningState.none
  package var dialect = VersionDialect.aws
  /// Versions and delete markers of a key in night 0; which number it is follows from the seed.
  package var perKey = 1...1
  /// Entries that are delete markers in night 0: 0 to 100.
  package var markerPercent = 0.0
  /// Keys with nothing but delete markers in night 0: 0 to 100.
  package var onlyMarkersPercent = 0.0
  /// Noncurrent entries that every night removes: 0 to 100.
  package var expirePercent = 1.0
  /// Pages of versions behind which something happens to the key that they end in: 0 to 100.
  package var churnPercent = 0.0
  /// Whether times have milliseconds; RGW's always have.
  package var hasMilliseconds = false
  package var deepKeys: [DeepKey] = []
  /// Incomplete uploads in each bucket.
  package var uploads = 0
  /// Parts of an upload; which number it is follows from the seed.
  package var partsPerUpload = 1...3

  package init() {}

  /// A key with a number of versions of its own.
  package struct DeepKey: Equatable, Sendable {
    package var bucket: String
    package var key: [UInt8]
    /// Versions and delete markers in night 0.
    package var count: Int

    package init(bucket: String, key: [UInt8], count: Int) {
      self.bucket = bucket
      self.key = key
      self.count = count
    }
  }
}

/// The states a bucket was in, so that a night knows in which of them its changes happen.
struct VersioningLog: Sendable {
  private(set) var current: VersioningState
  private let first: VersioningState
  /// Ascending; a change made in a night rules the changes of the nights after it.
  private var changes: [(night: Int, versioning: VersioningState)] = []

  init(_ first: VersioningState) {
    self.first = first
    current = first
  }

  mutating func change(to versioning: VersioningState, inNight night: Int) {
    guard versioning != current else { return }
    current = versioning
    changes.append((night, versioning))
  }

  /// The state in which the changes happened that became visible with `night`.
  func versioning(before night: Int) -> VersioningState {
    changes.last { $0.night < night }?.versioning ?? first
  }
}
