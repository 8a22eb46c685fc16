internal import Index
internal import Report
internal import Vocabulary

/// The rows of a history: those of buckets and prefixes are written as they come, sums at the end.
struct HistoryTable {
  let labels: TimeLabels
  private let rhythm: Rhythm
  private let window: (since: Timestamp?, before: Timestamp?)
  private let now: Timestamp
  private let hasAccountGaps: Bool
  private var groups: [[Value]: Group] = [:]
  /// All buckets together, where sums are of their classes: a class is known where they are.
  private var presence: HistoryGroup
  private var sparklines: [String] = []
  private var seriesCount = 0
  private var missing: [String: Int] = [:]
  private var unknownRows = 0
  private var sumRows = 0

  private struct Group {
    var sums: HistoryGroup
    var bucket: BucketSummary
    var series: UsageSeries
  }

  init(
    labels: TimeLabels, rhythm: Rhythm, window: (since: Timestamp?, before: Timestamp?),
    now: Timestamp, hasAccountGaps: Bool
  ) {
    self.labels = labels
    self.rhythm = rhythm
    self.window = window
    self.now = now
    self.hasAccountGaps = hasAccountGaps
    presence = HistoryGroup(rhythm)
  }

  var columns: [Column] {
    let isOfBuckets = labels.grouping == .bucket || labels.grouping == .prefix
    let isOfClasses = labels.grouping == .class
    return [
      Column("at", .timestamp, rank: .stays),
      Column("bucket", .text, rank: isOfBuckets ? .stays : .aside),
    ] + labels.columns + [
      Column("storage_class", .text, rank: isOfClasses ? .answer : .aside),
      Column("objects", .count), Column("bytes", .bytes),
    ] + Freshness.columns + labels.origin.columns
  }

  /// The series of a bucket, or of a part of it, come next.
  mutating func begin(_ listed: Listed) {
    if labels.grouping == .class {
      presence.add(listed, listed.points.map(\.usage))
    }
  }

  mutating func add(
    _ series: UsageSeries, of listed: Listed, to writer: inout ReportWriter
  ) throws {
    let key = labels.key(listed.bucket, series)
    if labels.grouping == .bucket, groups[key] == nil { try flush(&writer) }
    var group =
      groups.removeValue(forKey: key)
      ?? Group(sums: HistoryGroup(rhythm), bucket: listed.bucket, series: series)
    guard labels.grouping == .prefix else {
      group.sums.add(listed, series.usage)
      groups[key] = group
      return
    }
    // Before there was any of it there are no rows.
    guard series.start < listed.points.count else { return }
    group.sums.add(listed.dropping(series.start), Array(series.usage[series.start...]))
    try write(group, to: &writer)
  }

  mutating func finish(_ writer: inout ReportWriter) throws {
    try flush(&writer)
    if seriesCount > sparklines.count, !sparklines.isEmpty {
      sparklines.append("and \(groupedDecimal(Int64(seriesCount - sparklines.count))) more")
    }
    writer.notes += sparklines
    remark(on: &writer)
  }

  /// Says how many of the sums so far are not known.
  func remark(on writer: inout ReportWriter) {
    guard unknownRows > 0, !missing.isEmpty else { return }
    let named = missing.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
    let names = named.prefix(Self.namedMax).map { "\($0.key) (\($0.value))" }
    let rest = named.count > Self.namedMax ? " and \(named.count - Self.namedMax) more" : ""
    writer.remarks.append(
      "Warning: \(groupedDecimal(Int64(unknownRows))) of \(groupedDecimal(Int64(sumRows))) sums are "
        + "not known, as a bucket was not listed to its end then, or its night is not kept any more: "
        + names.joined(separator: ", ").escapingControls() + rest
        + "\nHelp:  '--by bucket' has what is known of each, '--every day' the last of a day\n")
  }

  private static let namedMax = 5
  private static let sparklinesMax = 20

  private mutating func flush(_ writer: inout ReportWriter) throws {
    for (_, group) in groups.sorted(by: { $0.key.precedes($1.key) }) {
      try write(group, to: &writer)
    }
    groups.removeAll()
  }

  private mutating func write(_ group: Group, to writer: inout ReportWriter) throws {
    let isOfClasses = labels.grouping == .class
    let whole = isOfClasses ? presence : group.sums
    let rows = whole.rows(
      since: window.since, before: window.before, now: now, of: isOfClasses ? group.sums : nil)
    let isOfOne = whole.buckets.count == 1
    let isSum = labels.grouping != .bucket && labels.grouping != .prefix
    let head: [Value] =
      [isOfOne ? .text(group.bucket.name) : .null]
      + labels.values(group.bucket, group.series.prefix)
      + [group.series.storageClass.map { .text($0) } ?? .null]
    let origin = labels.originValues(labels.grouping == nil ? nil : group.bucket)
    for row in rows {
      let state = row.state == .complete && isSum && hasAccountGaps ? .partial : row.state
      let freshness = Freshness(state: state, syncedAt: row.syncedAt)
      try writer.append(
        [.timestamp(row.at)] + head + (row.usage.map(\.values) ?? [.null, .null])
          + freshness.values + origin)
    }
    noteSparkline(rows, of: head)
    guard !isOfOne else { return }
    sumRows += rows.count
    unknownRows += rows.count { $0.usage == nil }
    for (name, count) in whole.missing { missing[name] = max(missing[name] ?? 0, count) }
  }

  private mutating func noteSparkline(_ rows: [HistoryGroup.Row], of head: [Value]) {
    guard rows.count > 1 else { return }
    seriesCount += 1
    guard sparklines.count < Self.sparklinesMax else { return }
    let values = rows.suffix(Sparkline.valuesMax).map { $0.usage?.bytes }
    let known = values.compactMap(\.self)
    guard let least = known.min(), let most = known.max() else { return }
    let names = head.compactMap { value -> String? in
      switch value {
      case .text(let text): text
      case .key(let bytes): String(decoding: bytes, as: UTF8.self)
      default: nil
      }
    }
    let range =
      least == most
      ? ByteUnit.auto.text(most) : "\(ByteUnit.auto.text(least)) to \(ByteUnit.auto.text(most))"
    let cut = rows.count > values.count ? ", the last \(values.count) of \(rows.count)" : ""
    sparklines.append(
      "\(Sparkline.text(values))  \((names + [range]).joined(separator: " "))\(cut)")
  }
}
