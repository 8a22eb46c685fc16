package import Arguments
package import Index
package import Report
package import Vocabulary

/// `query histogram`: how objects are distributed by their size or their age.
package struct Histogram: Answer {
  package var filter = Filter()
  var measure = Measure.size

  /// What is measured of each object.
  enum Measure: String, CaseIterable, Sendable {
    case size, age
  }

  package init() {}

  package static var words: Command<Histogram> {
    Command(
      name: "histogram", abstract: "How many objects are how large, or how old.",
      discussion: """
        One row for each class of sizes or ages that occurs, in rising order, with its share of all \
        objects and of all bytes. Ages are counted from the time an object was last modified.
        """,
      positionals: [Filter.scopePositional],
      options: [measureRow] + Filter.rows(\.filter) + [Filter.versionsRow(\.filter)],
      examples: [
        Example("Is it worth moving small objects?", "s3audit query histogram logs --of size"),
        Example(
          "How old is what lies in Standard?", "s3audit query histogram --of age --class STANDARD"),
        Example(
          "How long ago were old versions written?",
          "s3audit query histogram logs --of age --versions noncurrent"),
      ],
      applyPositionals: Filter.applyScopes(\.filter))
  }

  private static let measureRow = Option<Histogram>.choice(
    "of", value: "what", help: "What is measured of each object.", defaultText: "size",
    sets: \.measure)

  package func write(
    from reader: IndexReader, now: Timestamp, to writer: inout ReportWriter
  ) throws {
    writer.begin(
      [
        Column(measure.rawValue, .text), Column("objects", .count), Column("bytes", .bytes),
        Column("objects_percent", .real, title: "% of objects"),
        Column("bytes_percent", .real, title: "% of bytes"),
      ] + Freshness.columns)
    let rows = try reader.totals(
      by: measure == .size ? .size : .age, try filter.objects(now: now), now: now)
    let all = rows.reduce(into: Usage()) { $0 += $1.usage }
    for row in rows {
      let label: [Value] = row.group.map { .key($0.bytes) }
      try writer.append(
        label + row.usage.values + [
          Self.percent(row.usage.objects, of: all.objects),
          Self.percent(row.usage.bytes, of: all.bytes),
        ] + row.freshness.values)
    }
    guard rows.count > 1 else { return }
    writer.totals = [.text("total")] + all.values + [.null, .null, .null, .null]
  }

  /// Null where there is nothing to have a share of.
  private static func percent(_ part: Int64, of whole: Int64) -> Value {
    whole > 0 ? .real(100 * Double(part) / Double(whole)) : .null
  }
}
