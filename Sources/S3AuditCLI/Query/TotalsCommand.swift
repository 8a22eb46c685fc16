internal import Index
internal import Report
internal import Vocabulary

/// `query totals`: sums over everything that passes the filter.
struct TotalsCommand {
  private let context: Context

  init(_ context: Context) {
    self.context = context
  }

  func run() throws -> ExitStatus {
    let query = try Query(context)
    let grouping = context.options.query.grouping
    let columns =
      Self.groupColumns(grouping) + [Column("objects", .count), Column("bytes", .bytes)]
      + Query.freshnessColumns
    return try query.answer { origin in
      let origin = Self.originColumns(grouping, origin)
      try query.write(columns + origin.columns) { writer in
        let rows = try query.reader.totals(by: grouping, query.filter, now: context.now)
        for row in rows {
          let group: [Value] = row.group.map { .key($0.bytes) }
          try writer.append(
            group + Self.values(row.usage) + row.freshness.values + origin.values(row.origin))
        }
        guard grouping != nil, rows.count > 1 else { return nil }
        return Self.totals(rows, grouping) + origin.values(nil)
      }
    }
  }

  private static func totals(_ rows: [TotalsRow], _ grouping: Grouping?) -> [Value] {
    let sum = rows.reduce(into: Usage()) { $0 += $1.usage }
    let label: [Value] = groupColumns(grouping).indices.map { $0 == 0 ? .text("total") : .null }
    return label + values(sum) + [.null, .null]
  }

  private static func values(_ usage: Usage) -> [Value] {
    [.integer(usage.objects), .bytes(usage.bytes)]
  }

  /// Only a bucket and an account are somewhere.
  private static func originColumns(_ grouping: Grouping?, _ all: OriginColumns) -> OriginColumns {
    switch grouping {
    case .bucket, .prefix: all
    case .account: all.showing(account: false)
    case nil, .region, .class, .extension, .age, .size: all.showing(account: false, endpoint: false)
    }
  }

  private static func groupColumns(_ grouping: Grouping?) -> [Column] {
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
