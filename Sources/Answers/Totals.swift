package import Arguments
package import Index
package import Report
package import Vocabulary

/// `query totals`: sums over everything that passes the filter.
package struct Totals: Answer {
  package var filter = Filter()
  var grouping: Grouping?
  var order = RowOrder()

  package init() {}

  package static var words: Command<Totals> {
    Command(
      name: "totals", abstract: "Objects and bytes, in all or by something.",
      positionals: [Filter.scopePositional],
      options: [groupingRow] + RowOrder.rows(\.order) + Filter.rows(\.filter)
        + [Filter.versionsRow(\.filter)],
      examples: [
        Example("Everything, by storage class:", "s3audit query totals --by class"),
        Example("The largest buckets:", "s3audit query totals --by bucket --sort -bytes -n 10"),
        Example("What each account holds:", "s3audit query totals --by account"),
        Example(
          "What is old and large in one bucket:",
          "s3audit query totals logs --older-than 1y --min-size 100MiB"),
      ],
      applyPositionals: Filter.applyScopes(\.filter))
  }

  private static let groupingRow = Option<Totals>(
    long: "by", value: "what", help: "One row for each of these.",
    choices: Grouping.allCases.map(\.rawValue)
  ) { totals, text in totals.grouping = Grouping(rawValue: text) }

  package func write(
    from reader: IndexReader, now: Timestamp, to writer: inout ReportWriter
  ) throws {
    let filter = try filter.objects(now: now)
    let origin = try originColumns(OriginColumns(reader))
    let columns =
      groupColumns + [Column("objects", .count, rank: .stays), Column("bytes", .bytes)]
      + Freshness.columns + origin.columns
    let sums = try reader.totals(by: grouping, filter, now: now)
    let rows = sums.map { sum in
      sum.group.map(groupValue) + sum.usage.values(of: filter.entries, sum.freshness)
        + sum.freshness.values
        + origin.values(sum.origin)
    }
    let total = grouping != nil && rows.count > 1 ? totals(sums) + origin.values(nil) : nil
    try order.write(rows, of: columns, scales: scales(sums), totals: total, to: &writer)
  }

  /// Regions and accounts that nobody knows are null, as in the views; the empty extension is one.
  private func groupValue(_ key: Key) -> Value {
    let isUnknown = key.isStart && (grouping == .region || grouping == .account)
    return isUnknown ? .null : .key(key.bytes)
  }

  /// Ages and sizes come in the order of what they are: `1 MiB` before `16 KiB` would be none.
  private func scales(_ sums: [TotalsRow]) -> RowOrder.Scales {
    guard let grouping, grouping == .age || grouping == .size else { return [:] }
    return [grouping.rawValue: sums.flatMap(\.group).map(\.text)]
  }

  private func totals(_ rows: [TotalsRow]) -> [Value] {
    let sum = rows.reduce(into: Usage()) { $0 += $1.usage }
    let isUnknown = filter.entries != .current && rows.allSatisfy(\.freshness.isUnknown)
    let label: [Value] = groupColumns.indices.map { $0 == 0 ? .text("total") : .null }
    return label + (isUnknown ? [.null, .null] : sum.values) + [.null, .null]
  }

  /// Only a bucket and an account are somewhere.
  private func originColumns(_ all: OriginColumns) -> OriginColumns {
    switch grouping {
    case .bucket, .prefix: all
    case .account: all.showing(account: false)
    case nil, .region, .class, .extension, .age, .size: all.showing(account: false, endpoint: false)
    }
  }

  private var groupColumns: [Column] {
    guard let grouping else { return [] }
    switch grouping {
    case .class: return [Column("storage_class", .text, rank: .answer)]
    case .account:
      return [Column("account", .text, rank: .answer), Column("profile", .text, rank: .stays)]
    case .prefix: return [Column("bucket", .text, rank: .stays), Column("prefix", .key)]
    case .extension: return [Column("extension", .key)]
    case .bucket, .region, .age, .size: return [Column(grouping.rawValue, .text, rank: .answer)]
    }
  }
}
