internal import Crawl
internal import Index
internal import Sync
internal import Vocabulary

/// What a log says of a sync that has ended: a record for each bucket, and one for all.
enum SyncEvents {
  static func note(
    _ end: SyncEnd, _ status: ExitStatus, started: Timestamp, finished: Timestamp
  ) {
    for bucket in end.summary.buckets { note(bucket) }
    let counts = end.summary.counts
    let milliseconds = finished.millisecondsSinceEpoch.minus(started.millisecondsSinceEpoch)
    Terminal.note(
      "sync_ended", level(status), ("state", .string(end.summary.state.rawValue)),
      ("exit_status", .integer(Int64(status.rawValue))),
      ("buckets", .integer(Int64(end.summary.buckets.count))),
      ("objects", .integer(counts.objects)), ("added", .integer(counts.added)),
      ("changed", .integer(counts.changed)), ("removed", .integer(counts.removed)),
      ("requests", .integer(end.summary.requests)), ("retries", .integer(end.summary.retries)),
      ("milliseconds", .integer(milliseconds)))
  }

  private static func note(_ bucket: SyncSummary.Bucket) {
    let name = JSONValue.string(bucket.name)
    switch bucket.outcome {
    case .complete:
      Terminal.note(
        "bucket_complete", bucket.gaps.isEmpty ? .info : .warning, ("bucket", name),
        ("objects", .integer(bucket.counts.objects)), ("added", .integer(bucket.counts.added)),
        ("changed", .integer(bucket.counts.changed)),
        ("removed", .integer(bucket.counts.removed)))
    case .denied(let failure):
      Terminal.note("bucket_denied", .error, ("bucket", name), ("error", text(failure)))
    case .failed where bucket.isCutOff:
      Terminal.note("bucket_interrupted", .warning, ("bucket", name))
    case .failed(let failure):
      Terminal.note("bucket_failed", .error, ("bucket", name), ("error", text(failure)))
    }
  }

  private static func text(_ failure: CrawlFailure) -> JSONValue {
    .string(onOneLine(failure.description))
  }

  private static func level(_ status: ExitStatus) -> ErrorLog.Level {
    switch status {
    case .done: .info
    case .refused, .interrupted: .warning
    default: .error
    }
  }
}
