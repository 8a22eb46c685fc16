package import Arguments
package import Index
package import Report
package import Vocabulary

/// `query top`: the objects at one end of an order.
package struct Top: Answer {
  package var filter = Filter()
  /// Nil where nobody said: the largest.
  var order: TopOrder?
  var count = 20
  var perBucket = false

  package init() {}

  package static var words: Command<Top> {
    Command(
      name: "top", abstract: "The largest, smallest, newest or oldest objects.",
      positionals: [Filter.scopePositional],
      options: rows + Filter.rows(\.filter) + [Filter.versionsRow(\.filter)],
      examples: [
        Example("The ten largest objects of each bucket:", "s3audit query top -n 10 --per-bucket"),
        Example("The oldest in Glacier:", "s3audit query top --oldest --class GLACIER"),
      ],
      applyPositionals: Filter.applyScopes(\.filter))
  }

  private static let rows: [Option<Top>] = [
    row(of: .largest, "The largest objects (the default)."),
    row(of: .smallest, "The smallest objects."),
    row(of: .newest, "The objects modified last."),
    row(of: .oldest, "The objects modified longest ago."),
    .count(
      "number", short: "n", in: 1...1_000_000, help: "How many objects.", defaultText: "20",
      sets: \.count),
    .flag("per-bucket", help: "So many of each bucket.", sets: \.perBucket),
  ]

  private static func row(of order: TopOrder, _ help: String) -> Option<Top> {
    Option(long: order.rawValue, help: help) { top, _ throws(UsageError) in
      if let other = top.order, other != order {
        throw UsageError(
          "The options '--\(other.rawValue)' and '--\(order.rawValue)' exclude each other.",
          hint: "leave one of them out")
      }
      top.order = order
    }
  }

  package func write(
    from reader: IndexReader, now: Timestamp, to writer: inout ReportWriter
  ) throws {
    let filter = try filter.objects(now: now)
    let order = order ?? .largest
    let origin = try OriginColumns(reader)
    let isAboutTimes = order == .newest || order == .oldest
    writer.begin(objectColumns(of: filter.entries, areAboutTimes: isAboutTimes) + origin.columns)
    let rows = try reader.top(order, count: Int64(count), perBucket: perBucket, filter)
    for row in rows {
      let values: [Value] = [
        .text(row.bucket), .key(row.key.bytes), .bytes(row.size), .timestamp(row.lastModified),
        row.etag == ObjectPage.unknownETag ? .null : .text(row.etag), .text(row.storageClass),
      ]
      let version = row.version.map(\.values) ?? []
      try writer.append(values + version + row.freshness.values + origin.values(row.origin))
    }
  }
}
