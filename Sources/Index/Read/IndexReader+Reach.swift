internal import SQLite
package import Vocabulary

extension IndexReader {
  /// What a filter reaches, with how far each part of that can be believed.
  package struct Reach {
    /// The buckets, each with the freshness of those of its keys that are asked about.
    package var buckets: [BucketSummary]
    /// Accounts that could have buckets which the filter means and the index does not know.
    package var gaps: [AccountGap]
    /// Where no bucket is asked about: since when it is known that there is none; nil where it is not
    /// known, or there are some.
    package var emptySince: Timestamp?
    /// What is asked about of them.
    package var entries = Entries.current
    /// The keys that are asked about; they do not overlap.
    var runs: [BucketRun]

    /// That of everything that was asked about.
    package var freshness: Freshness {
      emptySince.map { Freshness(state: .complete, syncedAt: $0) }
        ?? Freshness(of: buckets, lacking: gaps)
    }
  }

  /// Finds what buckets, keys and accounts a filter is about.
  ///
  /// - Throws: as `buckets(matching:ofAccounts:)`.
  package func reach(of filter: ObjectFilter) throws -> Reach {
    var buckets = try buckets(matching: filter)
    if filter.entries != .current {
      buckets = try withOtherEntries(buckets).map { $0.about(filter.entries) }
    }
    let scopes = filter.scopes.isEmpty ? [.init(bucketPattern: "*")] : filter.scopes
    var reach = Reach(
      buckets: [], gaps: try gaps(of: filter), entries: filter.entries, runs: [])
    if buckets.isEmpty { reach.emptySince = try emptySince(filter) }
    for bucket in buckets {
      let runs = Self.union(
        scopes.filter { $0.names(bucket) }
          .compactMap { Self.narrower($0.prefix, filter.prefix) }
          .map { KeyInterval(prefix: $0) }
      ).map { keys in
        BucketRun(bucket: bucket.part(below: keys.lower), keys: keys)
      }
      reach.runs += runs
      reach.buckets.append(
        runs.isEmpty ? bucket : bucket.parts(runs.map(\.bucket)))
    }
    return reach
  }

  /// The prefix that both prefixes allow; nil when no key has both.
  private static func narrower(_ left: Key, _ right: Key) -> Key? {
    if left.bytes.starts(with: right.bytes) { return left }
    return right.bytes.starts(with: left.bytes) ? right : nil
  }

  /// The same keys without overlaps, in order, so that nothing is counted twice.
  ///
  /// Prefixes nest or are apart.
  private static func union(_ intervals: [KeyInterval]) -> [KeyInterval] {
    let ordered = intervals.sorted { left, right in
      left.lower == right.lower
        ? left.upper == nil || (right.upper.map { left.upper ?? $0 > $0 } ?? false)
        : left.lower < right.lower
    }
    var kept: [KeyInterval] = []
    for interval in ordered where !(kept.last.map { $0.contains(interval.lower) } ?? false) {
      kept.append(interval)
    }
    return kept
  }
}
