internal import Index
internal import SQLite
internal import Vocabulary

/// `status --check`: what is wrong, a line each, behind one line for a monitor.
struct StatusCheck {
  private let context: Context
  private let arguments: StatusArguments

  private static let ageMaxMilliseconds: Int64 = 36 * 3_600_000
  private static let dayMilliseconds: Int64 = 86_400_000

  init(_ context: Context, _ arguments: StatusArguments) {
    (self.context, self.arguments) = (context, arguments)
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
    var problems = syncProblems(syncs)
    for bucket in buckets { problems += try problemsOf(bucket, reader) }
    let unit = context.options.output.unit
    guard let first = problems.first else {
      let bytes = unit.text(buckets.lazy.map(\.bytes).saturatedSum())
      let oldest = buckets.compactMap(\.whole).min().map { ", listed \(ago($0)) or later" } ?? ""
      try say("s3audit OK: \(counted(Int64(buckets.count), "bucket")), \(bytes)\(oldest)", [])
      return .done
    }
    let rest =
      problems.count == 1 ? "" : ", and \(counted(Int64(problems.count - 1), "more problem"))"
    try say("s3audit WARNING: \(first)\(rest)", problems)
    return .refused
  }

  private func syncProblems(_ syncs: LatestSyncs) -> [String] {
    guard let last = syncs.last else { return [] }
    switch last.state {
    case .complete, .partial: return []
    case .running: return ["the last sync, which began \(ago(last.started)), was killed"]
    case .interrupted: return ["the last sync, which began \(ago(last.started)), was interrupted"]
    case .failed: return ["the last sync, which began \(ago(last.started)), failed"]
    }
  }

  private func problemsOf(_ bucket: BucketSummary, _ reader: IndexReader) throws -> [String] {
    let name = bucket.name.escapingControls()
    var problems: [String] = []
    let reason = bucket.error.map { ": \(onOneLine($0).escapingControls())" } ?? ""
    switch bucket.freshness.state {
    case .complete: break
    case .partial: problems.append("\(name) is partial\(reason)")
    case .denied: problems.append("\(name) is denied\(reason)")
    case .never: problems.append("\(name) was never listed")
    }
    let ageMax = arguments.ageMaxMilliseconds ?? Self.ageMaxMilliseconds
    if let whole = bucket.whole, age(whole) > ageMax {
      problems.append("\(name) is stale: it was last listed whole \(ago(whole))")
    }
    if let growth = try growthProblem(bucket, reader) { problems.append("\(name) \(growth)") }
    return problems
  }

  /// Compares the newest complete crawl with the last one a day before it, or earlier.
  private func growthProblem(_ bucket: BucketSummary, _ reader: IndexReader) throws -> String? {
    guard let max = arguments.growthMax,
      let newest = try reader.point(of: bucket.id, notAfter: context.now)
    else { return nil }
    let dayBefore = Timestamp(
      millisecondsSinceEpoch: newest.at.millisecondsSinceEpoch.minus(Self.dayMilliseconds))
    // A night is rarely a day to the second: what began an hour later than the day before counts as well.
    let bound = Timestamp(
      millisecondsSinceEpoch: dayBefore.millisecondsSinceEpoch.plus(3_600_000))
    guard let before = try reader.point(of: bucket.id, notAfter: bound), before.usage.bytes > 0
    else { return nil }
    let percent =
      (Double(newest.usage.bytes) / Double(before.usage.bytes) - 1) * 100
    guard percent > max else { return nil }
    let unit = context.options.output.unit
    return "grew by \(Int64(percent.rounded())) % since \(before.at.iso8601), from "
      + "\(unit.text(before.usage.bytes)) to \(unit.text(newest.usage.bytes))"
  }

  private func age(_ moment: Timestamp) -> Int64 {
    context.now.millisecondsSinceEpoch.minus(moment.millisecondsSinceEpoch)
  }

  private func ago(_ moment: Timestamp) -> String { "\(ageText(age(moment))) ago" }

  private func say(_ first: String, _ lines: [String]) throws {
    // One problem stands in the first line already.
    let rest = lines.count > 1 ? lines : []
    try Terminal.writeOutput(([first] + rest).map { $0 + "\n" }.joined())
  }
}
