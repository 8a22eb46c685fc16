package import Vocabulary

/// A moment at which all of a bucket was listed, with what it held.
package struct UsagePoint: Equatable, Sendable {
  /// The crawl's start.
  package var at: Timestamp
  /// The sync or import that ended the crawl; nil where that is not known.
  package var syncID: Int64?
  package var usage: Usage
  /// Prefixes were recorded down to so many levels; nil where none were.
  package var prefixDepth: Int?
  /// Whether all of them were, and not the largest alone.
  package var hasAllPrefixes: Bool

  /// What a prefix so deep holds whose last row, if there is one, says nothing: nothing, where all were
  /// recorded, as it would have one then; else it is not known.
  func usageWithoutRow(depth: Int) -> Usage? {
    hasAllPrefixes && knows(depth) ? Usage() : nil
  }

  func knows(_ depth: Int) -> Bool { prefixDepth.map { depth <= $0 } ?? false }
}

/// A crawl of all of a bucket that did not come to its end: nothing is known of what it held then.
package struct UsageGap: Equatable, Sendable {
  package var at: Timestamp
  package var syncID: Int64?
  package var state: BucketState
}

/// A bucket, or what is below a prefix of it, as a filter chooses it.
package struct FollowedKeys: Sendable {
  /// With the freshness of these keys.
  package var bucket: BucketSummary
  /// Empty for the whole bucket.
  package var prefix: Key

  /// The number of `/` in the prefix.
  package var depth: Int { prefix.depth }
  /// Whether it is a whole bucket, or a prefix of which sums can be recorded.
  package var isWhole: Bool { prefix.isStart || prefix.bytes.last == UInt8(ascii: "/") }
}

extension Key {
  /// The number of `/` in it.
  var depth: Int { bytes.count { $0 == UInt8(ascii: "/") } }
}

/// What a part of what is followed held, at the points that were asked for.
package struct UsageSeries: Equatable, Sendable {
  /// What keys are counted.
  package var prefix: Key
  /// Nil for all classes.
  package var storageClass: String?
  /// For each point, in order; nil where it is not known.
  package var usage: [Usage?]
  /// The first point at which there was any of it; the last index and one, where there never was.
  package var start: Int
}

/// What is told apart in what is followed.
package enum SeriesKind: Sendable {
  case whole
  case classes
  /// The prefixes one level below.
  case prefixes
}
