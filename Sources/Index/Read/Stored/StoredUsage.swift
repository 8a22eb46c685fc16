package import Vocabulary

/// The three kinds of things that a bucket holds and that are paid for.
package enum StoredState: String, CaseIterable, Sendable {
  case current, noncurrent
  /// Parts of unfinished uploads.
  case uploads

  package var entries: Entries {
    switch self {
    case .current: .current
    case .noncurrent: .noncurrent
    case .uploads: .uploads
    }
  }
}

/// How finely what is stored is summed, beside by bucket, state and class.
package enum StoredGrain: Sendable {
  /// From rollups, wherever no object is asked about.
  case classes
  /// By the first level of prefixes.
  case prefixes
  /// By whole days since objects were last modified, up to so many.
  case ages(daysMax: Int)
}

/// What is stored in one class: objects, versions or uploads.
package struct StoredUsage: Equatable, Sendable {
  package var storageClass: String
  package var usage: Usage
  /// Those of fewer than 131,072 bytes among them.
  package var small = Usage()
  /// The first level of their keys, by which they were to be summed; empty for keys without one.
  package var prefix: Key?
  /// Nil unless they were to be summed by it.
  package var ageDays: Int?
  /// How many uploads' bytes are not known.
  package var unweighed: Int64 = 0

  package init(_ storageClass: String, _ usage: Usage, small: Usage = Usage()) {
    self.storageClass = storageClass
    self.usage = usage
    self.small = small
  }
}

/// What a bucket holds in one state.
package struct StoredPart: Sendable {
  /// How far it can be believed is about this state.
  package var bucket: BucketSummary
  package var state: StoredState
  /// None where nothing is known.
  package var rows: [StoredUsage]
  /// Delete markers, where they are counted; 0 but for noncurrent ones.
  package var markers: Int64?

  /// Whether nothing of this state was ever listed.
  package var isUnknown: Bool { bucket.freshness.isUnknown }

  /// Whether these are noncurrent versions that were never listed, and that there may be some of.
  ///
  /// A bucket that never had versioning has none.
  package func mayHaveUnlistedVersions(_ versioning: BucketProperty.State?) -> Bool {
    state == .noncurrent && isUnknown && versioning != .absent
  }
}
