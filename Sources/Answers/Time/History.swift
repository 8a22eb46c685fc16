package import Arguments
package import Index
package import Report
package import Vocabulary

/// `query history`: what buckets and prefixes held, from complete crawl to complete crawl.
package struct History: Answer {
  package var filter = Filter()
  var grouping: TimeGrouping?
  var rhythm = Rhythm.sync
  var since: TimeBound?
  var before: TimeBound?

  package init() {}

  package static var words: Command<History> {
    Command(
      name: "history", abstract: "What was there from sync to sync.",
      discussion: """
        One row for each moment, and with --by for each of these. Only syncs and imports that listed a whole \
        bucket count. Where a bucket was refused or not listed to its end the numbers are null, and so is a sum \
        that it would be part of: the gap is a blank in the sparkline below a table. With --every a row is of the \
        last complete listing in the day, week (from Monday on) or month, in UTC, and a period without one \
        has a row too. Of prefixes the larger ones are known, down to two levels: those directly below the scope \
        with --by prefix, or one that the scope names. synced_at is when the numbers were so.
        """,
      positionals: [Filter.scopePositional],
      options: [groupingRow, rhythmRow, sinceRow, beforeRow] + Filter.bucketRows(\.filter),
      examples: [
        Example("Every night of one bucket:", "s3audit query history logs"),
        Example("Which classes grow?", "s3audit query history --by class --every month"),
        Example(
          "The folders of a bucket over four weeks:",
          "s3audit query history s3://logs/2026/ --by prefix --every day --since 28d"),
      ],
      applyPositionals: Filter.applyScopes(\.filter))
  }

  private static let groupingRow = Option<History>(
    long: "by", value: "what", help: "One row for each of these.",
    choices: TimeGrouping.allCases.map(\.rawValue)
  ) { history, text in history.grouping = TimeGrouping(rawValue: text) }

  private static let rhythmRow = Option<History>.choice(
    "every", value: "period", help: "One row for each of these.", defaultText: "sync",
    sets: \.rhythm)

  private static let sinceRow = Option<History>(
    long: "since", value: "when", help: "From this date (UTC) or so long ago on, like 30d."
  ) { history, text throws(UsageError) in history.since = try TimeBound(text) }

  private static let beforeRow = Option<History>(
    long: "before", value: "when", help: "Before this date (UTC), or so long ago."
  ) { history, text throws(UsageError) in history.before = try TimeBound(text) }

  package func write(
    from reader: IndexReader, now: Timestamp, to writer: inout ReportWriter
  ) throws {
    let since = since?.timestamp(now: now)
    let before = before?.timestamp(now: now)
    if let since, let before, since >= before {
      throw UsageError(
        "No time is since \(since.iso8601) and before \(before.iso8601).", blaming: "before")
    }
    let filter = try filter.objects(now: now)
    let labels = try TimeLabels(grouping, reader)
    var table = HistoryTable(
      labels: labels, rhythm: rhythm, window: (since, before), now: now,
      hasAccountGaps: try !reader.reach(of: filter).gaps.isEmpty)
    writer.begin(table.columns)
    writer.isInOrderOfNames = true
    do {
      try write(filter, from: reader, since, before, &table, to: &writer)
    } catch let end as RowWindow.End {
      table.remark(on: &writer)
      throw end
    }
  }

  private func write(
    _ filter: ObjectFilter, from reader: IndexReader, _ since: Timestamp?, _ before: Timestamp?,
    _ table: inout HistoryTable, to writer: inout ReportWriter
  ) throws {
    let labels = table.labels
    for keys in try reader.followed(filter) {
      let points = try reader.points(of: keys.bucket.id, since: since, before: before)
      try keys.check(grouping, at: points)
      let listed = Listed(
        bucket: keys.bucket, points: points,
        gaps: try reader.gaps(of: keys.bucket.id, since: since, before: before),
        firstPoint: try reader.firstPoint(of: keys.bucket.id)?.at)
      table.begin(listed)
      try reader.forEachSeries(of: keys, by: labels.seriesKind, at: points) { series in
        try table.add(series, of: listed, to: &writer)
      }
    }
    try table.finish(&writer)
  }
}

extension TimeBound {
  /// From `2026-11-20`, `2026-11-20T12:00:00Z`, or an age: `30d`.
  fileprivate init(_ text: String) throws(UsageError) {
    if let age = Int64(writtenAge: text) {
      self = .ago(milliseconds: age)
      return
    }
    do { self = .at(try FilterValues.date(text)) } catch {
      throw .invalidValue("use a date in UTC, like 2026-11-20, or an age, like 30d")
    }
  }
}
