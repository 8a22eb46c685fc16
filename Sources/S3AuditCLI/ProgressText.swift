internal import Crawl
internal import Vocabulary

/// How far a sync was at one moment.
struct ProgressSample: Equatable {
  var snapshot: SyncProgress.Snapshot
  var requests: Int64
  var retries: Int64
  /// Since the sync began.
  var milliseconds: Int64
}

/// The words of the progress display: pure functions of samples.
enum ProgressText {
  /// The lines of the live display: the buckets under way, the largest first, and the total.
  static func lines(
    _ sample: ProgressSample, ratePerSecond: Int64, columns: Int, rows: Int
  ) -> [String] {
    let running = sample.snapshot.crawls.filter { $0.state == .running }
      .sorted { ($1.objects, $0.bucket) < ($0.objects, $1.bucket) }
    let shown = running.prefix(max(0, min(bucketsShownMax, rows - 3)))
    var lines = shown.map { crawl in "  \(name(crawl.bucket)) \(objects(crawl))" }
    if running.count > shown.count { lines.append("  and \(running.count - shown.count) more") }
    lines.append(total(sample, ratePerSecond: ratePerSecond))
    return lines.map { String($0.prefix(max(1, columns - 1))) }
  }

  private static let bucketsShownMax = 8
  private static let nameColumns = 32

  /// One line about everything: `12/40 buckets  1,234,567 objects  45,000/s  1,300 requests  ETA 3 min`.
  static func total(_ sample: ProgressSample, ratePerSecond: Int64) -> String {
    let snapshot = sample.snapshot
    var parts = [
      "\(snapshot.bucketsDone)/\(snapshot.bucketsTotal) buckets",
      counted(snapshot.objects, "object"), "\(grouped(ratePerSecond)) objects/s",
      counted(sample.requests, "request"),
      counted(sample.retries, "retry", plural: "retries"),
    ]
    if let eta = eta(snapshot, ratePerSecond: ratePerSecond) { parts.append("ETA \(eta)") }
    return parts.joined(separator: "  ")
  }

  /// The time left, when the index knows about how much there is: on a re-sync.
  private static func eta(_ snapshot: SyncProgress.Snapshot, ratePerSecond: Int64) -> String? {
    let isKnown =
      snapshot.crawls.count == snapshot.bucketsTotal
      && snapshot.crawls.allSatisfy { $0.state != .running || $0.objectsExpected > 0 }
    let left = snapshot.crawls.filter { $0.state == .running }
      .reduce(0) { $0 + max(0, $1.objectsExpected - $1.objects) }
    guard isKnown, left > 0, ratePerSecond > 0 else { return nil }
    return ageText(left / ratePerSecond * 1_000)
  }

  private static func objects(_ crawl: SyncProgress.Crawl) -> String {
    guard crawl.objectsExpected > 0 else { return counted(crawl.objects, "object") }
    let percent = min(99, crawl.objects * 100 / crawl.objectsExpected)
    return
      "\(grouped(crawl.objects)) of about \(counted(crawl.objectsExpected, "object")) (\(percent) %)"
  }

  private static func name(_ bucket: String) -> String {
    let safe = bucket.escapingControls()
    let short = safe.count > nameColumns ? safe.prefix(nameColumns - 1) + "…" : safe[...]
    return short + String(repeating: " ", count: nameColumns - short.count)
  }
}
