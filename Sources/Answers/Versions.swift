package import Arguments
package import Index
package import Report
package import Vocabulary

/// `query versions`: what noncurrent versions and delete markers hold.
package struct Versions: Answer {
  package var filter = Filter(of: .noncurrent)
  var order = RowOrder()
  var grouping = VersionGrouping.bucket
  /// Nil where nobody said: one level, by prefix.
  var depth: Int?
  var wantsDetails = false

  package init() {}

  package static var words: Command<Versions> {
    Command(
      name: "versions", abstract: "What noncurrent versions and delete markers hold.",
      discussion: """
        Rows come from what 'sync --versions' listed: versions_synced_at is the moment before which \
        every version is in, and a bucket whose versions were never listed, or whose first listing was \
        refused, is 'never', with nulls. \
        By key, these are the 20 keys (or -n) with the most bytes in noncurrent versions. Filters choose single \
        versions, by the times at which they were written; markers have neither size nor class: a filter by \
        those leaves delete_markers null, and by class they are a row without one. With --details every \
        version is read, and there are more columns: marker_only_keys (keys that have nothing but markers), \
        versions_per_key (objects, noncurrent versions and markers by the keys that have any), \
        oldest_replaced_at (when the first of the versions that are still there was replaced: its \
        successor was written then), max_days_when_replaced, mean_days_when_replaced and \
        median_days_when_replaced (how old they were then).
        """,
      positionals: [Filter.scopePositional],
      options: rows + RowOrder.rows(\.order) + Filter.rows(\.filter),
      examples: [
        Example(
          "Where old versions hold the most:", "s3audit query versions --sort -noncurrent_bytes"),
        Example("The keys that hold it:", "s3audit query versions logs --by key -n 50"),
        Example(
          "How long versions were current:", "s3audit query versions 'data-*' --details"),
      ],
      applyPositionals: Filter.applyScopes(\.filter))
  }

  private static let rows: [Option<Versions>] = [
    .choice(
      "by", value: "what", help: "One row for each of these.", defaultText: "bucket",
      sets: \.grouping),
    .count(
      "depth", short: "d", value: "levels", in: 0...64,
      help: "Levels of prefixes to show, with '--by prefix'.", defaultText: "1",
      setsOptional: \.depth),
    .flag(
      "details", help: "Show also what only the versions of each key tell; it reads all of them.",
      sets: \.wantsDetails),
  ]

  package func write(
    from reader: IndexReader, now: Timestamp, to writer: inout ReportWriter
  ) throws {
    let filter = try filter.objects(now: now)
    try check(filter)
    let origin = try originColumns(OriginColumns(reader))
    var question = VersionQuestion(filter)
    (question.grouping, question.wantsDetails) = (grouping, wantsDetails)
    question.depth = depth ?? 1
    question.keysMax = order.limit.flatMap { Int(exactly: $0) } ?? Self.keysMax
    let table = try reader.versionSums(question)
    let rows = table.rows.map { row in
      place(row) + values(row.sums, filter) + row.freshness.values + origin.values(row.origin)
    }
    let columns =
      placeColumns + Self.columns + (wantsDetails ? Self.detailColumns : [])
      + Freshness.columns(of: "versions_synced_at") + origin.columns
    let hasTotal = rows.count > 1 && (grouping == .bucket || grouping == .class)
    let total = hasTotal ? totals(table, filter) + origin.values(nil) : nil
    try order.write(
      rows, of: columns, totals: total, isOfNames: grouping != .key, to: &writer)
  }

  private static let keysMax = 20

  private func check(_ filter: ObjectFilter) throws(UsageError) {
    if grouping == .key, order.column != nil {
      throw UsageError(
        "Rows by key are those with the most bytes, in that order.", hint: "leave out '--sort'")
    }
    if depth != nil, grouping != .prefix {
      throw UsageError(
        "The option '--depth' is about prefixes, and the rows are by \(grouping.rawValue).",
        hint: "add '--by prefix', or leave out '--depth'")
    }
    guard wantsDetails else { return }
    if grouping == .class {
      throw UsageError(
        "The versions of one key may be of several classes: there are no details by class.",
        hint: "leave out '--details'")
    }
    guard filter.passesMarkers, filter.modifiedFrom == nil, filter.modifiedBefore == nil else {
      throw UsageError(
        "Details are about whole keys, not about versions of some size, time or class.",
        hint: "choose keys, or leave out '--details'")
    }
  }

  private var placeColumns: [Column] {
    switch grouping {
    case .bucket: [Column("bucket", .text, rank: .answer)]
    case .prefix: [Column("bucket", .text, rank: .stays), Column("prefix", .key)]
    case .class: [Column("storage_class", .text, rank: .answer)]
    case .key: [Column("bucket", .text, rank: .stays), Column("key", .key)]
    }
  }

  private func place(_ row: VersionRow) -> [Value] {
    let group = row.group.map { Value.key($0.bytes) } ?? .null
    return switch grouping {
    case .bucket: [row.bucket.map { .text($0) } ?? .null]
    case .class: [row.group.map { .text($0.text) } ?? .null]
    case .prefix, .key: [row.bucket.map { .text($0) } ?? .null, group]
    }
  }

  private static let columns = [
    Column("noncurrent_objects", .count, rank: .stays), Column("noncurrent_bytes", .bytes),
    Column("delete_markers", .count),
  ]

  private static let detailColumns = [
    Column("marker_only_keys", .count), Column("versions_per_key", .real),
    Column("oldest_replaced_at", .timestamp),
    Column("max_days_when_replaced", .real, fractionDigits: 1),
    Column("mean_days_when_replaced", .real, fractionDigits: 1),
    Column("median_days_when_replaced", .real, fractionDigits: 1),
  ]

  private func values(_ sums: VersionSums?, _ filter: ObjectFilter) -> [Value] {
    guard let sums else {
      return (Self.columns + (wantsDetails ? Self.detailColumns : [])).map { _ in .null }
    }
    let head: [Value] = [
      .integer(sums.usage.objects), .bytes(sums.usage.bytes),
      filter.passesMarkers ? .integer(sums.markers) : .null,
    ]
    guard wantsDetails else { return head }
    let details = sums.details ?? VersionDetails()
    return head + [
      .integer(details.markerOnlyKeys), Self.real(details.versionsPerKey),
      details.oldestReplaced.map { .timestamp($0) } ?? .null,
      Self.real(details.ageMaxMs.map { Double($0) / Self.dayMs }),
      Self.real(details.ageMeanMs.map { $0 / Self.dayMs }),
      Self.real(details.ageMedianMs.map { $0 / Self.dayMs }),
    ]
  }

  private static let dayMs = 86_400_000.0

  private static func real(_ number: Double?) -> Value { number.map { .real($0) } ?? .null }

  private func totals(_ table: VersionTable, _ filter: ObjectFilter) -> [Value] {
    [.text("total")] + values(table.total, filter) + [.null, .null]
  }

  /// A class is of all of them.
  private func originColumns(_ all: OriginColumns) -> OriginColumns {
    grouping == .class ? all.showing(account: false, endpoint: false) : all
  }
}
