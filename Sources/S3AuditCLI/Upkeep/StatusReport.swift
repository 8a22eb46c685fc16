internal import Index
internal import Report
internal import System
internal import Vocabulary

/// What `status` prints: a few lines for people, one row for programs.
struct StatusReport {
  private let context: Context
  private let unit: ByteUnit

  init(_ context: Context) {
    self.context = context
    unit = context.options.output.unit
  }

  func write() throws -> ExitStatus {
    let path = try context.indexPath()
    guard let files = IndexFiles(path: path) else { throw IndexError.missing(path: path) }
    let interrupt = context.interrupt
    let reader = try IndexReader(path: path, now: context.now) { interrupt.isInterrupted }
    try reader.inSnapshot {
      let state = State(
        path: path, files: files, free: DiskSpace.free(at: path),
        sizes: try reader.pastSizes(), syncs: try LatestSyncs(reader),
        buckets: try reader.buckets(matching: []))
      if context.isForPeople { try writeLines(state) } else { try writeRow(state) }
    }
    return .done
  }

  private struct State {
    var path: String
    var files: IndexFiles
    var free: Int64?
    var sizes: PastSizes?
    var syncs: LatestSyncs
    var buckets: [BucketSummary]

    func count(_ state: BucketState) -> Int { buckets.count { $0.freshness.state == state } }
  }

  // MARK: - For people

  private func writeLines(_ state: State) throws {
    var lines = [("Index", indexText(state)), ("Last sync", lastText(state.syncs.last))]
    if let running = state.syncs.running { lines.append(("Running", runningText(running, state))) }
    lines.append(("Buckets", bucketsText(state)))
    if let sizes = state.sizes {
      lines.append(
        ("Past", "\(unit.text(sizes.journal)) of changes, \(unit.text(sizes.history)) of history"))
    }
    let width = 12
    var text = lines.map { name, value in
      name + String(repeating: " ", count: width - name.count) + value + "\n"
    }.joined()
    let incomplete = state.buckets.filter { $0.freshness.state != .complete }
    for bucket in incomplete {
      let reason = bucket.error.map { ": \($0.escapingControls())" } ?? ""
      text +=
        "  \(bucket.name.escapingControls()) (\(bucket.freshness.state), \(wholeText(bucket)))\(reason)\n"
    }
    try Terminal.writeOutput(text)
  }

  private func indexText(_ state: State) -> String {
    let log = state.files.logBytes > 0 ? ", log \(unit.text(state.files.logBytes))" : ""
    let free = state.free.map { ", \(unit.text($0)) free on its disk" } ?? ""
    return "\(state.path.escapingControls()): \(unit.text(state.files.bytes))\(log)\(free)"
  }

  private func lastText(_ sync: SyncRow?) -> String {
    guard let sync else { return "none" }
    let took = sync.finished.map { finished in
      let duration = finished.millisecondsSinceEpoch.minus(sync.started.millisecondsSinceEpoch)
      return ", took \(durationText(milliseconds: duration))"
    }
    let state = sync.state == .running ? "ended without a word (killed)" : sync.state.rawValue
    return "\(state), began \(ago(sync.started)) (\(sync.started.iso8601))\(took ?? ""), "
      + "\(counted(sync.counts.objects, "object")), \(counted(sync.requests, "request"))"
  }

  private func runningText(_ sync: SyncRow, _ state: State) -> String {
    let process = state.syncs.process.map { "process \($0), " } ?? ""
    let total = state.buckets.lazy.map(\.objects).saturatedSum()
    return
      "\(process)began \(ago(sync.started)), listed \(counted(sync.counts.objects, "object")); "
      + "\(groupedDecimal(total)) are in the index"
  }

  private func bucketsText(_ state: State) -> String {
    let counts = [BucketState.complete, .partial, .denied, .never].compactMap { one -> String? in
      let count = state.count(one)
      return count == 0 ? nil : "\(count) \(one.rawValue)"
    }
    guard !counts.isEmpty else { return "none" }
    let oldest = state.buckets.compactMap(\.whole).min().map { ", the oldest listed \(ago($0))" }
    return counts.joined(separator: ", ") + (oldest ?? "")
  }

  private func wholeText(_ bucket: BucketSummary) -> String {
    bucket.whole.map { "complete as of \(ago($0))" } ?? "never complete"
  }

  private func ago(_ moment: Timestamp) -> String {
    ageText(context.now.millisecondsSinceEpoch.minus(moment.millisecondsSinceEpoch)) + " ago"
  }

  // MARK: - For programs

  private func writeRow(_ state: State) throws {
    let (last, running) = (state.syncs.last, state.syncs.running)
    func number(_ value: Int64?) -> Value { value.map { .integer($0) } ?? .null }
    func moment(_ value: Timestamp?) -> Value { value.map { .timestamp($0) } ?? .null }
    func bytes(_ value: Int64?) -> Value { value.map { .bytes($0) } ?? .null }
    let fields: [(Column, Value)] = [
      (Column("index", .text), .text(state.path)),
      (Column("version", .text), .text(IndexFile.programVersion)),
      (Column("index_bytes", .bytes), .bytes(state.files.bytes)),
      (Column("log_bytes", .bytes), .bytes(state.files.logBytes)),
      (Column("journal_bytes", .bytes), bytes(state.sizes?.journal)),
      (Column("history_bytes", .bytes), bytes(state.sizes?.history)),
      (Column("free_bytes", .bytes), bytes(state.free)),
      (Column("buckets", .count), .integer(Int64(state.buckets.count))),
      (Column("complete", .count), .integer(Int64(state.count(.complete)))),
      (Column("partial", .count), .integer(Int64(state.count(.partial)))),
      (Column("denied", .count), .integer(Int64(state.count(.denied)))),
      (Column("never", .count), .integer(Int64(state.count(.never)))),
      (Column("oldest_synced_at", .timestamp), moment(state.buckets.compactMap(\.whole).min())),
      (Column("last_sync", .number), number(last?.id)),
      (Column("last_sync_state", .text), last.map { .text($0.state.rawValue) } ?? .null),
      (Column("last_sync_started_at", .timestamp), moment(last?.started)),
      (Column("last_sync_ended_at", .timestamp), moment(last?.finished)),
      (Column("last_sync_objects", .count), number(last?.counts.objects)),
      (Column("last_sync_requests", .count), number(last?.requests)),
      (Column("sync_running", .boolean), .boolean(running != nil)),
      (Column("running_process", .number), number(state.syncs.process.map { Int64($0) })),
      (Column("running_started_at", .timestamp), moment(running?.started)),
      (Column("running_objects", .count), number(running?.counts.objects)),
    ]
    var writer = ReportWriter(columns: fields.map(\.0), options: context.reportOptions()) {
      try Terminal.writeOutput($0)
    }
    try writer.append(fields.map(\.1))
    try writer.finish()
  }
}
