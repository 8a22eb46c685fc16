internal import Index
internal import Report
internal import Vocabulary

/// `query buckets`: every bucket with its size per storage class, its age and its state, and on
/// request how it is set up.
struct BucketsCommand {
  private let context: Context

  init(_ context: Context) {
    self.context = context
  }

  func run() throws -> ExitStatus {
    let query = try Query(context)
    let shown = context.options.query.showsProperties ? BucketProperty.Name.allCases : []
    let propertyColumns = shown.map { Column($0.rawValue, .text) }
    return try query.answer { origin in
      let origin = origin.showing(account: true)
      let buckets = try query.reader.bucketUsage(query.filter)
      let classes = Set(buckets.flatMap(\.classes).map(\.storageClass)).sorted()
      try query.write(Self.columns(classes) + origin.columns + propertyColumns) { writer in
        let properties = shown.isEmpty ? [:] : try query.reader.properties()
        for bucket in buckets {
          let own = properties[bucket.id] ?? [:]
          try writer.append(
            Self.row(bucket, classes) + origin.values(bucket.origin)
              + shown.map { own[$0].map { .text($0.text) } ?? .null })
        }
        guard buckets.count > 1 else { return nil }
        return Self.totals(buckets, classes) + origin.values(nil) + shown.map { _ in .null }
      }
    }
  }

  /// A server's classes may differ in nothing but the case.
  private static func columns(_ classes: [String]) -> [Column] {
    let names = uniqueNames(classes.map { "bytes_\($0.lowercased())" })
    return [
      Column("bucket", .text), Column("region", .text), Column("created", .timestamp),
      Column("last_modified", .timestamp), Column("objects", .count), Column("bytes", .bytes),
    ] + zip(names, classes).map { Column($0, .bytes, title: $1) }
      + Query.freshnessColumns + [Column("error", .text)]
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
