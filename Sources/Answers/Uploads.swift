package import Arguments
package import Index
package import Report
package import Vocabulary

/// `query uploads`: uploads that were neither completed nor aborted.
package struct Uploads: Answer {
  package var filter = Filter(of: .uploads)
  var order = RowOrder()
  var grouping: UploadGrouping?

  package init() {}

  package static var words: Command<Uploads> {
    Command(
      name: "uploads", abstract: "Uploads that were neither completed nor aborted.",
      discussion: """
        One row for each, the oldest first, or sums of them. Rows come from what 'sync --uploads' listed: \
        uploads_synced_at is the moment before which every upload is in. Filters by time are about when an \
        upload was begun, those by size about what was uploaded of it, which only 'sync --uploads --parts' \
        knows: parts and bytes are null where it was not asked for or was refused, and sums of them where that is so \
        for any: these are 'partial', and --require-complete ends with 3.
        """,
      positionals: [Filter.scopePositional],
      options: [groupingRow] + RowOrder.rows(\.order) + Filter.rows(\.filter),
      examples: [
        Example("What was given up more than a week ago:", "s3audit query uploads --older-than 7d"),
        Example("Where it is:", "s3audit query uploads --by bucket --sort -bytes"),
      ],
      applyPositionals: Filter.applyScopes(\.filter))
  }

  private static let groupingRow = Option<Uploads>(
    long: "by", value: "what", help: "One row for each of these.",
    choices: UploadGrouping.allCases.map(\.rawValue)
  ) { uploads, text in uploads.grouping = UploadGrouping(rawValue: text) }

  package func write(
    from reader: IndexReader, now: Timestamp, to writer: inout ReportWriter
  ) throws {
    let filter = try filter.objects(now: now)
    let origin = try OriginColumns(reader)
    guard let grouping else {
      let rows = try reader.uploads(filter).map { row in
        Self.values(row, now) + row.freshness.values + origin.values(row.origin)
      }
      return try order.write(rows, of: Self.columns + origin.columns, to: &writer)
    }
    let isOfBuckets = grouping == .bucket || grouping == .prefix
    let shown = isOfBuckets ? origin : origin.showing(account: false, endpoint: false)
    let sums = try reader.uploadSums(by: grouping, filter, now: now)
    let rows = sums.map { sum in
      place(sum, grouping) + Self.values(sum) + sum.freshness.values + shown.values(sum.origin)
    }
    let scales = grouping == .age ? ["age": sums.compactMap(\.group).map(\.text)] : [:]
    try order.write(
      rows, of: Self.placeColumns(grouping) + Self.sumColumns + shown.columns, scales: scales,
      to: &writer)
  }

  private static let columns =
    [
      Column("bucket", .text, rank: .stays), Column("key", .key),
      Column("upload_id", .text, title: "Upload", rank: .aside), Column("initiated", .timestamp),
      Column("age_days", .count, rank: .stays), Column("storage_class", .text),
      Column("parts", .count), Column("bytes", .bytes),
    ] + Freshness.columns(of: "uploads_synced_at")

  private static func values(_ row: UploadRow, _ now: Timestamp) -> [Value] {
    let age = now.millisecondsSinceEpoch.minus(row.initiated.millisecondsSinceEpoch)
    return [
      .text(row.bucket), .key(row.key.bytes), .text(row.uploadID), .timestamp(row.initiated),
      .integer(max(0, age / 86_400_000)), .text(row.storageClass),
      row.parts.map { .integer($0) } ?? .null, row.bytes.map { .bytes($0) } ?? .null,
    ]
  }

  private static let sumColumns =
    [
      Column("uploads", .count, rank: .stays), Column("parts", .count), Column("bytes", .bytes),
      Column("oldest", .timestamp),
    ] + Freshness.columns(of: "uploads_synced_at")

  private static func values(_ sum: UploadSum) -> [Value] {
    [
      sum.uploads.map { .integer($0) } ?? .null, sum.parts.map { .integer($0) } ?? .null,
      sum.bytes.map { .bytes($0) } ?? .null, sum.oldest.map { .timestamp($0) } ?? .null,
    ]
  }

  private static func placeColumns(_ grouping: UploadGrouping) -> [Column] {
    switch grouping {
    case .bucket: [Column("bucket", .text, rank: .answer)]
    case .prefix: [Column("bucket", .text, rank: .stays), Column("prefix", .key)]
    case .class: [Column("storage_class", .text, rank: .answer)]
    case .age: [Column("age", .text, rank: .answer)]
    }
  }

  private func place(_ sum: UploadSum, _ grouping: UploadGrouping) -> [Value] {
    let bucket = sum.bucket.map { Value.text($0) } ?? .null
    let group = sum.group.map { Value.key($0.bytes) } ?? .null
    return switch grouping {
    case .bucket: [bucket]
    case .prefix: [bucket, group]
    case .class, .age: [group]
    }
  }
}
