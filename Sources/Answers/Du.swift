package import Arguments
package import Index
package import Report
package import Vocabulary

/// `query du`: what lies below a prefix, level by level, as the shell's `du` tells it of folders.
package struct Du: Answer {
  package var filter = Filter()
  var order = RowOrder()
  var depth = 1

  package init() {}

  package static var words: Command<Du> {
    Command(
      name: "du", abstract: "What lies below a prefix, level by level.",
      positionals: [Filter.scopePositional],
      options: [depthRow] + RowOrder.rows(\.order) + Filter.rows(\.filter)
        + [Filter.versionsRow(\.filter)],
      examples: [
        Example("Two levels of one bucket:", "s3audit query du s3://logs/2026/ --depth 2"),
        Example("The ten largest:", "s3audit query du logs --depth 3 --sort -bytes -n 10"),
      ],
      applyPositionals: Filter.applyScopes(\.filter))
  }

  private static let depthRow = Option<Du>.count(
    "depth", short: "d", value: "levels", in: 0...64, help: "Levels of prefixes to show.",
    defaultText: "1", sets: \.depth)

  private static let columns =
    [
      Column("bucket", .text, rank: .stays), Column("prefix", .key), Column("objects", .count),
      Column("bytes", .bytes),
    ] + Freshness.columns

  package func write(
    from reader: IndexReader, now: Timestamp, to writer: inout ReportWriter
  ) throws {
    let filter = try filter.objects(now: now)
    let origin = try OriginColumns(reader)
    let rows = try reader.prefixUsage(filter, depth: depth).map { row in
      let place: [Value] = [.text(row.bucket), .key(row.prefix.bytes)]
      return place + row.usage.values(of: filter.entries, row.freshness) + row.freshness.values
        + origin.values(row.origin)
    }
    try order.write(rows, of: Self.columns + origin.columns, to: &writer)
  }
}
