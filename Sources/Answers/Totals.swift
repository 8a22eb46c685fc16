package import Arguments
package import Index
package import Report
package import Vocabulary

/// `query totals`: sums over everything that passes the filter.
package struct Totals: Answer {
  package var filter = Filter()
  var grouping: Grouping?

  package init() {}

  package static var words: Command<Totals> {
    Command(
      name: "totals", abstract: "Objects and bytes, in all or by something.",
      positionals: [Filter.scopePositional], options: [groupingRow] + Filter.rows(\.filter),
      examples: [
        Example("Everything, by storage class:", "s3audit query totals --by class"),
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
    writer.begin(
      groupColumns + [Column("objects", .count), Column("bytes", .bytes)]
        + Freshness.columns + origin.columns)
    let rows = try reader.totals(by: grouping, filter, now: now)
    for row in rows {
      let group: [Value] = row.group.map { .key($0.bytes) }
      try writer.append(
        group + row.usage.values + row.freshness.values + origin.values(row.origin))
    }
    guard grouping != nil, rows.count > 1 else { return }
    writer.totals = totals(rows) + origin.values(nil)
  }

  private func totals(_ rows: [TotalsRow]) -> [Value] {
    let sum = rows.reduce(into: Usage()) { $0 += $1.usage }
    let label: [Value] = groupColumns.indices.map { $0 == 0 ? .text("total") : .null }
    return label + sum.values + [.null, .null]
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
    case .class: return [Column("storage_class", .text)]
    case .account: return [Column("account", .text), Column("profile", .text)]
    case .prefix: return [Column("bucket", .text), Column("prefix", .key)]
    case .extension: return [Column("extension", .key)]
    case .bucket, .region, .age, .size: return [Column(grouping.rawValue, .text)]
    }
  }
}
