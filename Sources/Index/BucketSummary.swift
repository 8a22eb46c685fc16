package import Vocabulary

/// How much a bucket's data can be believed.
package enum BucketState: String, Comparable, Sendable {
  // In order of worth: an answer over several buckets has the state of its worst.
  case complete, partial, denied, never

  package static func < (left: BucketState, right: BucketState) -> Bool {
    left.rank < right.rank
  }

  private var rank: Int {
    switch self {
    case .complete: 0
    case .partial: 1
    case .denied: 2
    case .never: 3
    }
  }
}

/// The state and age of the data behind an answer.
package struct Freshness: Equatable, Sendable {
  package var state: BucketState
  /// Every object written before this moment is in; nil when that holds for no moment.
  package var syncedAt: Timestamp?

  package init(state: BucketState, syncedAt: Timestamp?) {
    self.state = state
    self.syncedAt = syncedAt
  }

  /// The worst state and the oldest moment of several buckets; of none, complete and ageless.
  package init(of buckets: some Sequence<BucketSummary>) {
    state = .complete
    var oldest: Timestamp?
    var isAgeless = false
    for bucket in buckets {
      state = max(state, bucket.freshness.state)
      guard let syncedAt = bucket.freshness.syncedAt else {
        isAgeless = true
        continue
      }
      oldest = oldest.map { min($0, syncedAt) } ?? syncedAt
    }
    syncedAt = isAgeless ? nil : oldest
  }
}

/// One bucket with its totals, all from rollups.
package struct BucketSummary: Equatable, Sendable {
  package var id: Int64
  package var name: String
  package var endpoint: String
  package var region: String?
  package var created: Timestamp?
  package var newestObject: Timestamp?
  package var freshness: Freshness
  package var error: String?
  /// In order of storage class name.
  package var classes: [ClassUsage]

  package var objects: Int64 { classes.reduce(0) { $0 + $1.objects } }
  package var bytes: Int64 { classes.reduce(0) { $0 + $1.bytes } }
}

/// Objects and bytes of one storage class.
package struct ClassUsage: Equatable, Sendable {
  package var storageClass: String
  package var objects: Int64
  package var bytes: Int64
}

/// A sum over objects.
package struct Usage: Equatable, Sendable {
  package var objects: Int64 = 0
  package var bytes: Int64 = 0

  package init(objects: Int64 = 0, bytes: Int64 = 0) {
    self.objects = objects
    self.bytes = bytes
  }

  package static func += (left: inout Usage, right: Usage) {
    left.objects += right.objects
    left.bytes += right.bytes
  }
}

/// One object of an answer.
package struct ObjectRow: Equatable, Sendable {
  package var bucket: String
  package var key: Key
  package var size: Int64
  package var lastModified: Timestamp
  package var etag: String
  package var storageClass: String
  package var freshness: Freshness
}
