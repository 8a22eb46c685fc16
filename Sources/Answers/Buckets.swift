package import Arguments
package import Index
package import Report
package import Vocabulary

/// `query buckets`: every bucket with its size per storage class, its age and its state, and on
/// request how it is set up.
package struct Buckets: Answer {
  package var filter = Filter()
  var order = RowOrder()
  var showsProperties = false

  package init() {}

  package static var words: Command<Buckets> {
    Command(
      name: "buckets", abstract: "Every bucket with its size, its age and its state.",
      discussion: """
        One column for the bytes of each storage class that occurs; names of classes that differ in nothing \
        but case are spelled as they are. The state is 'complete', 'partial' \
        (unfinished or failed: what it holds is true, but not all), 'denied' or 'never'; synced_at is the \
        moment before which everything is in. With --properties there is a column for each property that \
        the last sync read: its value, or none, denied, unsupported or failed.
        """,
      positionals: [Filter.scopePositional],
      options: [propertiesRow] + RowOrder.rows(\.order) + Filter.rows(\.filter),
      examples: [
        Example("The ten largest buckets:", "s3audit query buckets --sort -bytes -n 10"),
        Example("The buckets as CSV:", "s3audit query buckets --format csv"),
        Example(
          "How the buckets of one team are set up:", "s3audit query buckets 'data-*' --properties"),
      ],
      applyPositionals: Filter.applyScopes(\.filter))
  }

  private static let propertiesRow = Option<Buckets>.flag(
    "properties", help: "Show also how each bucket is set up.", sets: \.showsProperties)

  package func write(
    from reader: IndexReader, now: Timestamp, to writer: inout ReportWriter
  ) throws {
    let filter = try filter.objects(now: now)
    let shown = showsProperties ? BucketProperty.Name.allCases : []
    let origin = try OriginColumns(reader).showing(account: true)
    let buckets = try reader.bucketUsage(filter)
    let classes = Set(buckets.flatMap(\.classes).map(\.storageClass)).sorted()
    let properties = shown.isEmpty ? [:] : try reader.properties()
    let rows = buckets.map { bucket in
      let own = properties[bucket.id] ?? [:]
      return Self.row(bucket, classes) + origin.values(bucket.origin)
        + shown.map { own[$0].map { .text($0.text) } ?? .null }
    }
    let total =
      Self.totals(buckets, classes) + origin.values(nil) + shown.map { _ in Value.null }
    try order.write(
      rows,
      of: Self.columns(classes) + origin.columns
        + shown.map { Column($0.rawValue, .text, rank: .prose) },
      totals: buckets.count > 1 ? total : nil, to: &writer)
  }

  private static func columns(_ classes: [String]) -> [Column] {
    [
      Column("bucket", .text, rank: .answer), Column("region", .text),
      Column("created", .timestamp, rank: .aside), Column("last_modified", .timestamp),
      Column("objects", .count, rank: .stays), Column("bytes", .bytes),
    ]
      + zip(classColumnNames(classes), classes).map {
        Column($0, .bytes, title: $1, rank: .normal)
      } + Freshness.columns + [Column("error", .text, rank: .prose)]
  }

  /// The columns of the classes, such as `bytes_standard`.
  ///
  /// A server's classes may differ in nothing but the case: then their
  /// columns do too, for a number would not tell whose they are.
  static func classColumnNames(_ classes: [String]) -> [String] {
    let alike = Dictionary(grouping: classes) { $0.lowercased() }
    return uniqueNames(
      classes.map { name in
        let lowercased = name.lowercased()
        return "bytes_\(alike[lowercased]?.count == 1 ? lowercased : name)"
      })
  }

  private static func row(_ bucket: BucketSummary, _ classes: [String]) -> [Value] {
    let head: [Value] = [
      .text(bucket.name), bucket.region.map { .text($0) } ?? .null,
      bucket.created.map { .timestamp($0) } ?? .null,
      bucket.newestObject.map { .timestamp($0) } ?? .null, .integer(bucket.objects),
      .bytes(bucket.bytes),
    ]
    return head + classes.map { .bytes(bucket.bytes(of: $0)) } + bucket.freshness.values
      + [bucket.error.map { .text($0) } ?? .null]
  }

  private static func totals(_ buckets: [BucketSummary], _ classes: [String]) -> [Value] {
    func sum(_ part: (BucketSummary) -> Int64) -> Int64 { buckets.map(part).saturatedSum() }
    let head: [Value] = [
      .text("total"), .null, .null, .null, .integer(sum(\.objects)), .bytes(sum(\.bytes)),
    ]
    return head + classes.map { name in .bytes(sum { $0.bytes(of: name) }) } + [
      .null, .null, .null,
    ]
  }
}

extension BucketSummary {
  fileprivate func bytes(of storageClass: String) -> Int64 {
    classes.first { $0.storageClass == storageClass }?.bytes ?? 0
  }
}
