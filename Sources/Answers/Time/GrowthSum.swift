internal import Index
internal import Vocabulary

/// What one row of growth is made of: a bucket, or several.
struct GrowthSum {
  /// What a bucket, or a part of it, was and is.
  struct Part {
    var listed: Listed
    /// Nil where that is not known.
    var before: Usage?
    /// The point that `before` is of; nil where there was no such bucket yet.
    var since: Timestamp?
    var after: Usage?
    var at: Timestamp

    /// Whether there are two moments to compare.
    var isComparable: Bool { before != nil && after != nil && since.map { $0 < at } ?? true }
  }

  private(set) var parts: [Part] = []
  /// Buckets of which nothing was ever listed to its end.
  private(set) var unlisted: [BucketSummary] = []
  /// Complete moments of all parts together, for the date of a budget; nil where none is asked for.
  private var trend: HistoryGroup?

  init(trendBy rhythm: Rhythm?) { trend = rhythm.map { HistoryGroup($0) } }

  mutating func add(_ part: Part, trendOf usage: [Usage?]) {
    parts.append(part)
    if !part.listed.points.isEmpty { trend?.add(part.listed, usage) }
  }

  mutating func addUnlisted(_ bucket: BucketSummary) { unlisted.append(bucket) }

  var buckets: [BucketSummary] { parts.map(\.listed.bucket) + unlisted }

  /// Whether all of it is in one bucket.
  var isOfOne: Bool {
    let first = parts.first?.listed.bucket.id ?? unlisted.first?.id
    return parts.allSatisfy { $0.listed.bucket.id == first }
      && unlisted.allSatisfy { $0.id == first }
  }

  var before: Usage? { sum(\.before) }
  var after: Usage? { sum(\.after) }
  var since: Timestamp? { parts.compactMap(\.since).min() }
  /// The oldest of the listings that the sum is of.
  var syncedAt: Timestamp? { parts.map(\.at).min() }

  /// Nil where one of the parts has nothing to be compared with.
  var change: Usage? {
    guard let before, let after, parts.allSatisfy(\.isComparable) else { return nil }
    return Usage(
      objects: after.objects.minus(before.objects), bytes: after.bytes.minus(before.bytes))
  }

  var bytesPerDay: Int64? {
    guard let change, let since, let end = parts.map(\.at).max(), since < end else { return nil }
    let days = Double(end.millisecondsSinceEpoch - since.millisecondsSinceEpoch) / 86_400_000
    return Int64(exactly: (Double(change.bytes) / days).rounded())
  }

  /// The share of what was before, in percent; nil of nothing.
  var percent: Double? {
    guard let change, let before, before.bytes > 0 else { return nil }
    return 100 * Double(change.bytes) / Double(before.bytes)
  }

  func moment(ofReaching budget: Int64, now: Timestamp) -> Timestamp? {
    let rows = trend?.rows(since: nil, before: nil, now: now) ?? []
    return Trend(
      rows.compactMap { row in
        row.usage.flatMap { usage in row.syncedAt.map { ($0, usage.bytes) } }
      }
    ).moment(ofReaching: budget)
  }

  private func sum(_ value: (Part) -> Usage?) -> Usage? {
    guard !parts.isEmpty else { return nil }
    var sum = Usage()
    for part in parts {
      guard let usage = value(part) else { return nil }
      sum += usage
    }
    return sum
  }
}
