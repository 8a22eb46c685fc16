package import Answers
package import Arguments
package import Index
package import Report
internal import System
package import Vocabulary

/// `/api/v1/status`: the index and its last sync, in one row; null for what is not known.
package struct Status: Answer {
  package var filter = Filter()

  package init() {}

  package static var words: Command<Status> {
    Command(
      name: "status", abstract: "The index and its last sync, in one row.",
      discussion: """
        'stamp' changes whenever the index does. A sync that runs is 'running_…', and the last one that does \
        not is 'last_sync…'.
        """)
  }

  package func write(
    from reader: IndexReader, now: Timestamp, to writer: inout ReportWriter
  ) throws {
    let fields = try fields(reader)
    writer.begin(fields.map { $0.column })
    try writer.append(fields.map(\.value))
  }

  private typealias Field = (column: Column, value: Value)

  private func fields(_ reader: IndexReader) throws -> [Field] {
    let syncs = try LatestSyncs(reader)
    let running = syncs.running
    return try indexFields(reader) + lastFields(syncs.last) + [
      (Column("sync_running", .boolean), .boolean(running != nil)),
      (Column("running_started_at", .timestamp), running.map { .timestamp($0.started) } ?? .null),
      (Column("running_objects", .count), running.map { .integer($0.counts.objects) } ?? .null),
      (Column("prices_date", .text), try newestPrices(reader).map { .text($0) } ?? .null),
      (
        Column("oldest_history_at", .timestamp),
        try reader.oldestHistory().map { .timestamp($0) } ?? .null
      ),
      (Column("history_depth", .number), try reader.historyDepth().map { .integer($0) } ?? .null),
    ]
  }

  private func indexFields(_ reader: IndexReader) throws -> [Field] {
    let files = IndexFiles(path: reader.path)
    let states = try reader.buckets(matching: []).map(\.freshness.state)
    func count(_ state: BucketState) -> Value {
      .integer(Int64(states.count { $0 == state }))
    }
    return [
      (Column("version", .text), .text(IndexFile.programVersion)),
      (Column("schema", .number), .integer(Int64(IndexHealth.knownSchemaVersion))),
      (
        Column("index_bytes", .bytes),
        files.map { .bytes($0.bytes.plus($0.logBytes)) } ?? .null
      ),
      (Column("stamp", .text), .text(IndexStamp(path: reader.path).text)),
      (Column("buckets", .count), .integer(Int64(states.count))),
      (Column("complete", .count), count(.complete)), (Column("partial", .count), count(.partial)),
      (Column("denied", .count), count(.denied)), (Column("never", .count), count(.never)),
    ]
  }

  private func lastFields(_ sync: SyncRow?) -> [Field] {
    func number(_ value: (SyncRow) -> Int64) -> Value { sync.map { .integer(value($0)) } ?? .null }
    let ended = sync?.finished.map { Value.timestamp($0) } ?? .null
    return [
      (Column("last_sync", .number), number(\.id)),
      (
        Column("last_sync_started_at", .timestamp), sync.map { .timestamp($0.started) } ?? .null
      ),
      (Column("last_sync_ended_at", .timestamp), ended),
      (Column("last_sync_state", .text), sync.map { .text($0.state.rawValue) } ?? .null),
      (Column("last_sync_requests", .count), number(\.requests)),
      (Column("last_sync_objects", .count), number(\.counts.objects)),
      (Column("last_sync_errors", .count), number(\.counts.failed)),
    ]
  }
}
