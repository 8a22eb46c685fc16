package import Index
package import Vocabulary

/// What metrics are made of an index.
package struct MetricsSettings: Equatable, Sendable {
  /// So many buckets at most, the largest; how many are left out is a metric of its own.
  package var bucketsMax = MetricsSettings.bucketsMaxByDefault
  /// Prefixes that have metrics of their own.
  package var prefixes: [NamedPrefix] = []

  package static let bucketsMaxByDefault = 2_000
  /// Each prefix is a series for ever: people name a few.
  package static let prefixesMax = 100

  package init() {}

  /// The prefixes of buckets that an index does not have, in their order: they have no metrics, until a sync finds the bucket.
  package func strangers(to reader: IndexReader) throws -> [NamedPrefix] {
    guard !prefixes.isEmpty else { return [] }
    let known = Set(try reader.buckets(matching: []).map(\.name))
    return prefixes.filter { !known.contains($0.bucket) }
  }
}

/// A prefix that somebody wants to be told of: `s3://logs/2026/`.
package struct NamedPrefix: Hashable, Sendable {
  package var bucket: String
  package var prefix: Key

  package init(bucket: String, prefix: Key) {
    self.bucket = bucket
    self.prefix = prefix
  }
}
