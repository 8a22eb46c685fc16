package import Arguments
package import Index
package import Report
package import Vocabulary

/// `query histogram`: how objects are distributed by their size or their age.
package struct Histogram: Answer {
  package var filter = Filter()
  var measure = IndexReader.Measure.size
  var isByClass = false

  package init() {}

  package static var words: Command<Histogram> {
    Command(
      name: "histogram", abstract: "How many objects are how large, or how old.",
      discussion: """
        One row for each class of sizes or ages that occurs, in rising order, with its share of all \
        objects and of all bytes. Ages are counted from the time an object was last modified. Where a \
        row begins and ends is in bytes, or in seconds of age.
        """,
      positionals: [Filter.scopePositional],
      options: [measureRow, classRow] + Filter.rows(\.filter) + [Filter.versionsRow(\.filter)],
      examples: [
        Example("Is it worth moving small objects?", "s3audit query histogram logs --of size"),
        Example(
          "How old is what lies in Standard?", "s3audit query histogram --of age --class STANDARD"),
        Example(
          "How old is what lies in each class?", "s3audit query histogram --of age --by class"),
        Example(
          "How long ago were old versions written?",
          "s3audit query histogram logs --of age --versions noncurrent"),
      ],
      applyPositionals: Filter.applyScopes(\.filter))
  }

  private static let measureRow = Option<Histogram>.choice(
    "of", value: "what", help: "What is measured of each object.", defaultText: "size",
    sets: \.measure)

  private static let classRow = Option<Histogram>(
    long: "by", value: "what", help: "A histogram for each of these.", choices: ["class"]
  ) { histogram, _ in histogram.isByClass = true }

  package func write(
    from reader: IndexReader, now: Timestamp, to writer: inout ReportWriter
  ) throws {
    writer.begin(columns)
    writer.isInOrderOfNames = true
    let (rows, freshness) = try reader.histogram(
      of: measure, byClass: isByClass, try filter.objects(now: now), now: now)
    let all = rows.reduce(into: Usage()) { $0 += $1.usage }
    for row in rows {
      let label: [Value] =
        (isByClass ? [row.storageClass.map { .text($0) } ?? .null] : []) + [
          .text(row.label), .integer(row.atLeast), row.below.map { .integer($0) } ?? .null,
        ]
      try writer.append(
        label + row.usage.values + [
          Self.percent(row.usage.objects, of: all.objects),
          Self.percent(row.usage.bytes, of: all.bytes),
        ] + freshness.values)
    }
    guard rows.count > 1 else { return }
    let label: [Value] = columns.indices.prefix(isByClass ? 4 : 3).map {
      $0 == 0 ? .text("total") : .null
    }
    writer.totals = label + all.values + [.null, .null, .null, .null]
  }

  private var columns: [Column] {
    let limit: Column.Kind = measure == .size ? .bytes : .number
    return (isByClass ? [Column("storage_class", .text, rank: .stays)] : []) + [
      Column(measure.rawValue, .text, rank: .answer), Column("at_least", limit, rank: .aside),
      Column("below", limit, rank: .aside), Column("objects", .count), Column("bytes", .bytes),
      Column("objects_percent", .share, title: "% of objects"),
      Column("bytes_percent", .share, title: "% of bytes"),
    ] + Freshness.columns
  }

  /// Null where there is nothing to have a share of.
  private static func percent(_ part: Int64, of whole: Int64) -> Value {
    whole > 0 ? .real(100 * Double(part) / Double(whole)) : .null
  }
}
