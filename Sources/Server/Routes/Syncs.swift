package import Answers
package import Arguments
package import Index
package import Report
package import Vocabulary

/// `/api/v1/syncs`: every sync, the last one first.
///
/// It is an answer as the questions of the command line are, of the server alone.
package struct Syncs: Answer {
  package var filter = Filter()

  package init() {}

  package static var words: Command<Syncs> {
    Command(
      name: "syncs", abstract: "Every sync, the last one first.",
      discussion: "The state is running, complete, partial, interrupted or failed.")
  }

  private static let columns = [
    Column("sync", .number), Column("started", .timestamp), Column("finished", .timestamp),
    Column("sync_state", .text), Column("buckets", .count), Column("errors", .count),
    Column("objects", .count), Column("added", .count), Column("changed", .count),
    Column("removed", .count), Column("requests", .count), Column("retries", .count),
  ]

  package func write(
    from reader: IndexReader, now: Timestamp, to writer: inout ReportWriter
  ) throws {
    writer.begin(Self.columns)
    writer.isInOrderOfNames = true
    try reader.syncs { sync in
      let counts = sync.counts
      try writer.append([
        .integer(sync.id), .timestamp(sync.started), sync.finished.map { .timestamp($0) } ?? .null,
        .text(sync.state.rawValue), .integer(counts.buckets), .integer(counts.failed),
        .integer(counts.objects), .integer(counts.added), .integer(counts.changed),
        .integer(counts.removed), .integer(sync.requests), .integer(sync.retries),
      ])
      return true
    }
  }
}
