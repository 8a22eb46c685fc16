internal import Index
internal import Report
internal import Vocabulary

/// The rows of growth.
struct GrowthTable {
  let labels: TimeLabels
  let now: Timestamp
  private let budget: Int64?
  /// What is compared with is as old, where anything is.
  private let asked: Timestamp
  private let accountGaps: [AccountGap]
  private var members: [[Value]: [Member]] = [:]
  private var bases: [[Value]: Timestamp] = [:]
  private var sums: [[Value]: Row] = [:]
  /// Rows of prefixes, which come in order and are never sums.
  private var prefixes: [Row] = []
  private var classes: [ClassPart] = []

  private struct Member {
    /// Nil where it was never listed.
    var first: Timestamp?
    var created: Timestamp?

    /// Whether it is known that it was not there, or what it held.
    func isKnown(at moment: Timestamp) -> Bool {
      guard let first else { return true }
      return first <= moment || isYounger(than: moment)
    }

    func isYounger(than moment: Timestamp) -> Bool { created.map { $0 > moment } ?? false }
  }

  private struct Row {
    var sum: GrowthSum
    var bucket: BucketSummary
    var prefix: Key
    var storageClass: String?
  }

  /// A bucket whose classes are counted, some of which others may have alone.
  private struct ClassPart {
    var listed: Listed
    var since: Timestamp?
    var at: Timestamp
    var names: Set<String> = []
  }

  init(
    labels: TimeLabels, budget: Int64?, now: Timestamp, asked: Timestamp, accountGaps: [AccountGap]
  ) {
    self.labels = labels
    self.budget = budget
    self.now = now
    self.asked = asked
    self.accountGaps = accountGaps
  }

  // MARK: - What is compared with what

  /// Says that a bucket is one of those asked about.
  mutating func expect(_ bucket: BucketSummary, first: Timestamp?) {
    members[baseKey(bucket), default: []].append(Member(first: first, created: bucket.created))
  }

  /// The moment that a bucket's row is compared with; nil where the bucket was made after it, and nothing was
  /// there.
  ///
  /// It is the one asked for, or the next at which something is known of all buckets of the row.
  mutating func base(of bucket: BucketSummary) -> Timestamp? {
    let key = baseKey(bucket)
    let members = members[key] ?? []
    let base =
      bases[key]
      ?? ([asked] + members.compactMap(\.first).filter { $0 > asked }.sorted()).first { moment in
        members.contains { $0.first.map { $0 <= moment } ?? false }
          && members.allSatisfy { $0.isKnown(at: moment) }
      } ?? asked
    bases[key] = base
    let isYounger = bucket.created.map { $0 > base } ?? false
    return isYounger && members.count > 1 ? nil : base
  }

  /// Rows that are compared at one moment: classes are those of the same buckets.
  private func baseKey(_ bucket: BucketSummary) -> [Value] {
    switch labels.grouping {
    case nil, .class: []
    case .bucket, .prefix: [.integer(bucket.id)]
    case .account, .region: labels.key(bucket)
    }
  }

  // MARK: - Sums

  mutating func addUnlisted(_ bucket: BucketSummary) {
    guard labels.grouping != .prefix, labels.grouping != .class else { return }
    let key = labels.key(bucket)
    var row = sums[key] ?? newRow(bucket, prefix: .start)
    row.sum.addUnlisted(bucket)
    sums[key] = row
  }

  mutating func beginClasses(of listed: Listed, since: Timestamp?, at last: Timestamp) {
    classes.append(ClassPart(listed: listed, since: since, at: last))
  }

  mutating func add(_ part: GrowthSum.Part, _ series: UsageSeries, trendOf usage: [Usage?]) {
    // What was not there, and is not, is no news.
    guard labels.grouping != .prefix || part.before != Usage() || part.after != Usage() else {
      return
    }
    guard labels.grouping != .prefix else {
      var row = newRow(part.listed.bucket, prefix: series.prefix)
      row.sum.add(part, trendOf: usage)
      return prefixes.append(row)
    }
    let key = labels.key(part.listed.bucket, series)
    var row = sums.removeValue(forKey: key) ?? newRow(part.listed.bucket, prefix: series.prefix)
    row.storageClass = series.storageClass
    row.sum.add(part, trendOf: usage)
    sums[key] = row
    if let name = series.storageClass, !classes.isEmpty {
      classes[classes.count - 1].names.insert(name)
    }
  }

  /// Makes each bucket a part of every class: it may have no objects of one, which is known as well.
  mutating func addClasses() {
    for (key, row) in sums where row.storageClass != nil {
      for part in classes where !part.names.contains(row.storageClass ?? "") {
        let none = GrowthSum.Part(
          listed: part.listed, before: Usage(), since: part.since, after: Usage(), at: part.at)
        sums[key]?.sum.add(none, trendOf: part.listed.points.map { _ in Usage() })
      }
    }
  }

  private func newRow(_ bucket: BucketSummary, prefix: Key) -> Row {
    let isOfOne = (members[baseKey(bucket)] ?? []).count { $0.first != nil } <= 1
    let rhythm = budget.map { _ in isOfOne ? Rhythm.sync : .day }
    return Row(sum: GrowthSum(trendBy: rhythm), bucket: bucket, prefix: prefix)
  }

  // MARK: - Rows

  var columns: [Column] {
    let isOfBuckets = labels.grouping == .bucket || labels.grouping == .prefix
    return [Column("bucket", .text, rank: isOfBuckets ? .stays : .aside)] + labels.columns
      + (labels.grouping == .class ? [Column("storage_class", .text, rank: .answer)] : [])
      + [
        Column("since", .timestamp), Column("objects_before", .count, rank: .aside),
        Column("bytes_before", .bytes, rank: .normal), Column("objects", .count, rank: .aside),
        Column("bytes", .bytes), Column("objects_change", .count, rank: .aside),
        Column("bytes_change", .bytes), Column("percent", .real, title: "Percent"),
        Column("bytes_per_day", .bytes, rank: .normal), Column("budget_reached", .text),
      ] + Freshness.columns + labels.origin.columns
  }

  private var ordered: [Row] {
    labels.grouping == .prefix
      ? prefixes : sums.sorted { $0.key.precedes($1.key) }.map(\.value)
  }

  func rows() -> [[Value]] { ordered.map(values) }

  private func values(_ row: Row) -> [Value] {
    let sum = row.sum
    let isOfOne = sum.isOfOne
    let isOfBuckets = labels.grouping == .bucket || labels.grouping == .prefix
    var freshness = Freshness(
      of: sum.buckets, lacking: isOfBuckets ? [] : accountGaps)
    freshness.syncedAt = sum.syncedAt
    let head: [Value] =
      [isOfOne ? .text(row.bucket.name) : .null] + labels.values(row.bucket, row.prefix)
      + (labels.grouping == .class ? [row.storageClass.map { .text($0) } ?? .null] : [])
    let reached = budget.flatMap { sum.moment(ofReaching: $0, now: now) }
    return head + [sum.since.map { .timestamp($0) } ?? .null]
      + (sum.before?.values ?? [.null, .null]) + (sum.after?.values ?? [.null, .null])
      + (sum.change?.values ?? [.null, .null])
      + [
        sum.percent.map { .real($0) } ?? .null, sum.bytesPerDay.map { .bytes($0) } ?? .null,
        reached.map { .text(String($0.iso8601.prefix { $0 != "T" })) } ?? .null,
      ] + freshness.values + labels.originValues(labels.grouping == nil ? nil : row.bucket)
  }

  /// The sum of all rows, where they are of different objects and all are known.
  var totals: [Value]? {
    guard labels.grouping != nil, labels.grouping != .prefix, sums.count > 1 else { return nil }
    let rows = sums.values.map(\.sum)
    func total(_ value: (GrowthSum) -> Usage?) -> [Value] {
      var sum = Usage()
      for row in rows {
        guard let usage = value(row) else { return [.null, .null] }
        sum += usage
      }
      return sum.values
    }
    let count = columns.count
    let head: [Value] =
      [.text("total")] + labels.columns.map { _ in .null }
      + (labels.grouping == .class ? [.null] : [])
    let values =
      head + [.null] + total(\.before) + total(\.after) + total(\.change)
    return values + [Value](repeating: .null, count: count - values.count)
  }

  /// What has to be known of the rows.
  var remarks: [String] {
    let rows = ordered.map(\.sum)
    var remarks: [String] = []
    let youngest = bases.values.filter { $0 > asked }.max()
    if let youngest {
      remarks.append(
        "Note: there is no listing from \(asked.iso8601) or before of all that is asked about: it is "
          + "compared with the first, of \(youngest.iso8601)\(bases.count > 1 ? " or earlier" : ""), as since tells\n"
      )
    }
    let unknown = rows.filter { $0.change == nil }
    guard !unknown.isEmpty else { return remarks }
    let names = Set(
      unknown.flatMap(\.parts).filter { !$0.isComparable }.map(\.listed.bucket.name)
        + unknown.flatMap { sum in sum.parts.isEmpty ? sum.unlisted.map(\.name) : [] }
    ).sorted()
    let named = names.prefix(Self.namedMax).joined(separator: ", ").escapingControls()
    let rest = names.count > Self.namedMax ? " and \(names.count - Self.namedMax) more" : ""
    remarks.append(
      "Warning: the growth of \(unknown.count) of \(rows.count) rows is not known, for want of two complete "
        + "listings to compare: \(named)\(rest)\n")
    return remarks
  }

  private static let namedMax = 5
}
