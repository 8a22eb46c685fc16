internal import Index
internal import Metrics
internal import Server
internal import Synchronization
internal import Vocabulary

/// What `/metrics` of a server tells: the index, the server's own requests, and its process.
///
/// The text of the index is made once for each of its states, and once a day for the prices: however many
/// scrape, and however often, nobody reads it in between.
final class ServedMetrics: Sendable {
  private struct Kept {
    var stamp: String
    /// The day whose prices count: `2026-11-29`.
    var day: Substring
    var text: [UInt8]
  }

  private let indexPath: String
  private let text: MetricsText
  private let requests = RequestMetrics(routes: WebService.routeNames)
  private let kept = Mutex<Kept?>(nil)

  init(_ settings: MetricsSettings, ofIndexAt indexPath: String) {
    text = MetricsText(settings)
    self.indexPath = indexPath
  }

  var hooks: WebService.Hooks {
    var hooks = WebService.Hooks()
    hooks.count = { [self] in
      requests.record(route: $0.route, status: $0.status, seconds: $0.seconds)
    }
    hooks.metrics = { [self] reader in
      try indexText(reader) + requests.text() + ProcessMetrics.text()
    }
    return hooks
  }

  private func indexText(_ reader: IndexReader?) throws -> [UInt8] {
    let now = systemTime()
    guard let reader else { return try text.bytes(of: nil, now: now) }
    let day = now.iso8601.prefix(10)
    // Looked at before the index is read: what is written meanwhile is read the next time.
    let stamp = IndexStamp(path: indexPath).text
    let known = kept.withLock { $0.flatMap { $0.stamp == stamp && $0.day == day ? $0.text : nil } }
    if let known { return known }
    let bytes = try reader.inSnapshot { try text.bytes(of: reader, now: now) }
    kept.withLock { $0 = Kept(stamp: stamp, day: day, text: bytes) }
    return bytes
  }
}
