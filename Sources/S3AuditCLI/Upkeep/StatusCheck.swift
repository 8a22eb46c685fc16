internal import Index
internal import SQLite
internal import Vocabulary

/// `status --check`: what is wrong, a line each, behind one line for a monitor.
struct StatusCheck {
  private let context: Context
  private let problems: BucketProblems

  init(_ context: Context, _ arguments: StatusArguments) {
    self.context = context
    var problems = BucketProblems(
      growthMax: arguments.growthMax, now: context.now, unit: context.options.output.unit)
    if let age = arguments.ageMaxMilliseconds { problems.ageMaxMilliseconds = age }
    self.problems = problems
  }

  func run() throws -> ExitStatus {
    let path = try context.indexPath()
    do {
      let interrupt = context.interrupt
      let reader = try IndexReader(path: path, now: context.now) { interrupt.isInterrupted }
      return try reader.inSnapshot { try look(reader) }
    } catch let error as SQLiteError where error.primaryCode == .interrupted {
      throw error
    } catch {
      try say("s3audit FAILED: \(onOneLine("\(error)"))", [])
      return .failed
    }
  }

  private func look(_ reader: IndexReader) throws -> ExitStatus {
    let syncs = try LatestSyncs(reader)
    let buckets = try reader.buckets(matching: [])
    guard syncs.last != nil || syncs.running != nil else {
      try say("s3audit FAILED: the index was never synced", [])
      return .failed
    }
    var lines = syncProblems(syncs)
    let lost = try reader.lostBucketCount()
    if lost > 0 {
      let verb = lost == 1 ? "was synced and is" : "were synced and are"
      lines.append("\(counted(Int64(lost), "bucket")) \(verb) not in the index any more")
    } else if buckets.isEmpty, syncs.last?.state == .partial {
      lines.append("no bucket of those that were synced is in the index")
    }
    // What a sync has begun, and may still finish in time, is no problem yet.
    let atWork = try syncs.running.map { isLong($0) ? [] : try reader.bucketsAtWork(inSync: $0.id) }
    lines += try reader.accountGaps().filter { $0.state == .denied || atWork == nil }.map(text)
    for bucket in buckets {
      lines += try problems.of(bucket, reader, atWork: atWork).map(\.text)
    }
    let unit = context.options.output.unit
    guard let first = lines.first else {
      let bytes = unit.text(buckets.lazy.map(\.bytes).saturatedSum())
      let oldest = buckets.compactMap(\.whole).min().map { ", listed \(ago($0)) or later" } ?? ""
      try say("s3audit OK: \(counted(Int64(buckets.count), "bucket")), \(bytes)\(oldest)", [])
      return .done
    }
    let rest =
      lines.count == 1 ? "" : ", and \(counted(Int64(lines.count - 1), "more problem"))"
    try say("s3audit WARNING: \(first)\(rest)", lines)
    return .refused
  }

  private func isLong(_ sync: SyncRow) -> Bool {
    problems.age(sync.started) > problems.ageMaxMilliseconds
  }

  private func text(of gap: AccountGap) -> String {
    let reason = gap.error.map { ": \(onOneLine($0).escapingControls())" } ?? ""
    let state = gap.state == .denied ? "is denied" : "was not read to its end"
    return "the list of buckets of \(gap.label.escapingControls()) \(state)\(reason)"
  }

  private func syncProblems(_ syncs: LatestSyncs) -> [String] {
    if let running = syncs.running, isLong(running) {
      return ["the sync that began \(ago(running.started)) still runs"]
    }
    guard let last = syncs.last else { return [] }
    switch last.state {
    case .complete, .partial: return []
    case .running: return ["the last sync, which began \(ago(last.started)), was killed"]
    case .interrupted: return ["the last sync, which began \(ago(last.started)), was interrupted"]
    case .failed: return ["the last sync, which began \(ago(last.started)), failed"]
    }
  }

  private func ago(_ moment: Timestamp) -> String { "\(ageText(problems.age(moment))) ago" }

  private func say(_ first: String, _ lines: [String]) throws {
    // One problem stands in the first line already.
    let rest = lines.count > 1 ? lines : []
    try Terminal.writeOutput(([first] + rest).map { $0 + "\n" }.joined())
  }
}
