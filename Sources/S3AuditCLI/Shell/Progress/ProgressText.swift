internal import Crawl
internal import Report
internal import Vocabulary

/// How far a sync was at one moment.
struct ProgressSample: Equatable {
  var snapshot: CrawlProgress.Snapshot
  var requests: Int64
  var retries: Int64
  /// Since the sync began.
  var milliseconds: Int64

  /// Objects that the sync lists in a second, since an earlier moment or its beginning.
  func rate(since earlier: ProgressSample?) -> Int64 {
    let before = earlier?.snapshot.objectsOfThisSync ?? 0
    return perSecond(snapshot.objectsOfThisSync.minus(before), since: earlier)
  }

  /// The same for one crawl, by its number.
  func rate(ofCrawl number: Int, since earlier: ProgressSample?) -> Int64 {
    let crawls = earlier?.snapshot.crawls ?? []
    let before = number < crawls.count ? crawls[number].objectsOfThisSync : 0
    return perSecond(snapshot.crawls[number].objectsOfThisSync.minus(before), since: earlier)
  }

  private func perSecond(_ objects: Int64, since earlier: ProgressSample?) -> Int64 {
    max(0, objects).times(1_000) / max(1, milliseconds - (earlier?.milliseconds ?? 0))
  }
}

/// The words of the progress display: pure functions of samples.
enum ProgressText {
  /// The lines of the live display: the buckets under way, the largest first, and the total.
  ///
  /// Rates are those since the `earlier` sample.
  static func lines(
    _ sample: ProgressSample, since earlier: ProgressSample?, columns: Int, rows: Int
  ) -> [String] {
    let crawls = sample.snapshot.crawls
    let running = crawls.indices.filter { crawls[$0].state == .running }
      .sorted { (crawls[$1].objects, $0) < (crawls[$0].objects, $1) }
    let shown = running.prefix(max(0, min(bucketsShownMax, rows - 3)))
    var lines = shown.map { number in
      line(crawls[number], rate: sample.rate(ofCrawl: number, since: earlier))
    }
    if running.count > shown.count { lines.append("  and \(running.count - shown.count) more") }
    lines.append(total(sample, since: earlier))
    return lines.map { String($0.prefix(max(1, columns - 1))) }
  }

  private static let bucketsShownMax = 8
  private static let nameColumns = 24

  /// One line about everything, such as `2/9 buckets  1,500 objects  45 objects/s  3 requests  0
  /// retries`.
  static func total(_ sample: ProgressSample, since earlier: ProgressSample?) -> String {
    let snapshot = sample.snapshot
    let rate = sample.rate(since: earlier)
    let parts = [
      "\(snapshot.bucketsDone)/\(snapshot.bucketsTotal) buckets",
      counted(snapshot.objects, "object"), "\(groupedDecimal(rate)) objects/s",
      counted(sample.requests, "request"),
      counted(sample.retries, "retry", plural: "retries"),
    ]
    let hasAllBegun = snapshot.crawls.count == snapshot.bucketsTotal
    let running = snapshot.crawls.filter { $0.state == .running }
    return (parts + (hasAllBegun ? eta(running, rate: rate) : [])).joined(separator: "  ")
  }

  /// What matters most first: a narrow terminal cuts the end.
  private static func line(_ crawl: CrawlProgress.Crawl, rate: Int64) -> String {
    let account = crawl.account.map { ["\($0.escapingControls())"] } ?? []
    let speed =
      ["  \(name(crawl.bucket)) \(objects(crawl))"] + account
      + ["\(groupedDecimal(rate)) objects/s"]
    let effort = [
      counted(crawl.requests, "request"), counted(crawl.retries, "retry", plural: "retries"),
    ]
    return (speed + eta([crawl], rate: rate) + effort).joined(separator: "  ")
  }

  /// The time left, when the index knows about how much there is: on a re-sync.
  private static func eta(_ running: [CrawlProgress.Crawl], rate: Int64) -> [String] {
    let left = running.lazy.map { max(0, $0.objectsExpected.minus($0.objects)) }.saturatedSum()
    guard running.allSatisfy({ $0.objectsExpected > 0 }), left > 0, rate > 0 else { return [] }
    return ["ETA \(ageText((left / rate).times(1_000)))"]
  }

  private static func objects(_ crawl: CrawlProgress.Crawl) -> String {
    // A bucket that has grown holds more than the index knew: how much is left is then not known.
    guard crawl.objectsExpected > 0, crawl.objects <= crawl.objectsExpected else {
      return counted(crawl.objects, "object")
    }
    let percent = min(99, crawl.objects.times(100) / crawl.objectsExpected)
    return
      "\(groupedDecimal(crawl.objects)) of \(counted(crawl.objectsExpected, "object")) (\(percent) %)"
  }

  private static func name(_ bucket: String) -> String {
    let safe = bucket.escapingControls()
    let short = safe.count > nameColumns ? safe.prefix(nameColumns - 1) + "…" : safe[...]
    return short + String(repeating: " ", count: nameColumns - short.count)
  }
}
