package import Arguments
package import Index
package import Report
package import Vocabulary

/// `query growth`: what was there before, what is there now, and where that leads.
package struct Growth: Answer {
  package var filter = Filter()
  var grouping: TimeGrouping?
  var order = RowOrder()
  /// In milliseconds.
  var over: Int64 = 30 * 86_400_000
  /// In bytes.
  var budget: Int64?

  package init() {}

  package static var words: Command<Growth> {
    Command(
      name: "growth", abstract: "How much more there is, and where that leads.",
      discussion: """
        The last complete listing is compared with the last one that is as old as --over says, or with the first \
        that there is: since tells which. percent is null where there was nothing. budget_reached is the day on which so many \
        bytes are there by the straight line through the last 30 listings (days, of several buckets), at least \
        seven; null where it does not rise, or gets there in more than ten years. Where they are there already, it \
        is the day since when. Numbers are null where a bucket was not listed to its end at both moments.
        """,
      positionals: [Filter.scopePositional],
      options: [groupingRow, overRow, budgetRow] + RowOrder.rows(\.order)
        + Filter.bucketRows(\.filter),
      examples: [
        Example("When are 500 TiB reached?", "s3audit query growth --budget 500TiB"),
        Example(
          "The buckets that grew most in a week:",
          "s3audit query growth --by bucket --over 7d --sort -bytes_change -n 10"),
        Example(
          "The folders of a bucket over a quarter:",
          "s3audit query growth logs --by prefix --over 90d"),
      ],
      applyPositionals: Filter.applyScopes(\.filter))
  }

  private static let groupingRow = Option<Growth>(
    long: "by", value: "what", help: "One row for each of these.",
    choices: TimeGrouping.allCases.map(\.rawValue)
  ) { growth, text in growth.grouping = TimeGrouping(rawValue: text) }

  private static let overRow = Option<Growth>(
    long: "over", value: "age", help: "Compare with what was so long ago, like 7d or 1y.",
    defaultText: "30d"
  ) { growth, text throws(UsageError) in
    growth.over = try FilterValues.age(text)
    guard growth.over > 0 else { throw .invalidValue("use more than no time, like 30d") }
  }

  private static let budgetRow = Option<Growth>(
    long: "budget", value: "size", help: "Tell when so many bytes are reached, like 500TiB."
  ) { growth, text throws(UsageError) in
    let bytes = try FilterValues.size(text)
    guard bytes > 0 else { throw .invalidValue("use one byte or more, like 500TiB") }
    growth.budget = bytes
  }

  package func write(
    from reader: IndexReader, now: Timestamp, to writer: inout ReportWriter
  ) throws {
    let filter = try filter.objects(now: now)
    let labels = try TimeLabels(grouping, reader)
    let asked = Timestamp(millisecondsSinceEpoch: now.millisecondsSinceEpoch.minus(over))
    var table = GrowthTable(
      labels: labels, budget: budget, now: now, asked: asked,
      accountGaps: try reader.reach(of: filter).gaps)
    let keys = try reader.followed(filter)
    for keys in keys {
      table.expect(
        keys.bucket, first: try reader.firstPoint(of: keys.bucket.id)?.at)
    }
    for keys in keys {
      try add(keys, from: reader, to: &table)
    }
    table.addClasses()
    let rows = table.rows()
    // Before the rows, of which a face may want only the first.
    writer.remarks += table.remarks
    try order.write(rows, of: table.columns, totals: table.totals, to: &writer)
  }

  private func add(
    _ keys: FollowedKeys, from reader: IndexReader, to table: inout GrowthTable
  ) throws {
    let id = keys.bucket.id
    let recent = try reader.points(
      of: id, last: budget == nil ? 1 : Trend.pointsMax, notAfter: table.now)
    guard let last = recent.last else { return table.addUnlisted(keys.bucket) }
    let first = try reader.firstPoint(of: id)?.at
    let base = try table.base(of: keys.bucket).flatMap { try reader.point(of: id, notAfter: $0) }
    var points = recent
    if let base, let oldest = recent.first, base.at < oldest.at { points.insert(base, at: 0) }
    try keys.check(grouping, at: points)
    let listed = Listed(bucket: keys.bucket, points: recent, gaps: [], firstPoint: first)
    let place = base.flatMap { base in points.firstIndex { $0.at == base.at } }
    if grouping == .class { table.beginClasses(of: listed, since: base?.at, at: last.at) }
    try reader.forEachSeries(of: keys, by: table.labels.seriesKind, at: points) { series in
      let part = GrowthSum.Part(
        listed: listed, before: place.map { series.usage[$0] } ?? Usage(), since: base?.at,
        after: series.usage.last ?? nil, at: last.at)
      table.add(part, series, trendOf: Array(series.usage.suffix(recent.count)))
    }
  }
}
