internal import Compression
internal import Index
internal import Metrics
internal import Server
internal import Synchronization
internal import System
internal import Vocabulary

/// What `/metrics` of a server tells: the index, the server's own requests, and its process.
///
/// The text of the index is made once for each of its states, and once a day for the prices: however many
/// scrape, and however often, nobody reads it in between. A thread of its own makes it as soon as the index has changed;
/// until it has, or for most of a second, a scrape is told the text from before, and has not to wait. While a
/// sync writes, the index changes four times a second: then a text is told for some seconds.
final class ServedMetrics: Sendable {
  private struct Kept {
    var stamp: String
    /// The day whose prices count: `2026-11-29`.
    var day: Substring
    var text: [UInt8]
    /// What most of those who scrape ask for: a twelfth of it.
    var gzip: GzipStart
    var made = ContinuousClock.now
    /// When it was last what should be told.
    var seenGood = ContinuousClock.now
  }

  private static let lookInterval = Duration.milliseconds(250)
  /// How old a text may be while a sync writes.
  private static let ageMax = Duration.seconds(10)
  /// How long a text is told after the index has changed, while the next is made.
  private static let delayMax = Duration.milliseconds(900)
  /// Nobody who scrapes comes less often.
  private static let unaskedMax = Duration.seconds(600)

  private let indexPath: String
  private let text: MetricsText
  private let requests = RequestMetrics(routes: WebService.routeNames)
  private let kept = Mutex<Kept?>(nil)
  private let askedLast = Mutex(ContinuousClock.now)

  init(_ settings: MetricsSettings, ofIndexAt indexPath: String) {
    text = MetricsText(settings)
    self.indexPath = indexPath
  }

  var hooks: WebService.Hooks {
    var hooks = WebService.Hooks()
    hooks.count = { [self] in
      requests.record(route: $0.route, status: $0.status, seconds: $0.seconds)
    }
    hooks.metrics = { [self] reader, isGzip in
      try whole(current() ?? make(reader), isGzip: isGzip)
    }
    hooks.readyMetrics = { [self] isGzip in
      askedLast.withLock { $0 = .now }
      return (current() ?? recent()).map { whole($0, isGzip: isGzip) }
    }
    return hooks
  }

  private func whole(_ kept: Kept, isGzip: Bool) -> [UInt8] {
    let own = requests.text() + ProcessMetrics.text()
    return isGzip ? kept.gzip.ending(with: own) : kept.text + own
  }

  /// What was made of the index as it is, or as it was some seconds ago where a sync is writing it.
  private func current() -> Kept? {
    let known = kept.withLock { $0 }
    guard let known, known.day == systemTime().iso8601.prefix(10) else { return nil }
    let isFresh = ContinuousClock.now - known.made < Self.ageMax
    // Where the index has changed, it is worth asking whose lock there is.
    let isGood =
      known.stamp == IndexStamp(path: indexPath).text
      || isFresh && SyncLock.holder(indexPath: indexPath) != .nobody
    guard isGood else { return nil }
    kept.withLock { if $0?.made == known.made { $0?.seenGood = .now } }
    return known
  }

  /// What was right a moment ago, and is being made anew; nothing where nobody has looked lately.
  private func recent() -> Kept? {
    kept.withLock { $0 }.flatMap {
      ContinuousClock.now - $0.seenGood < Self.delayMax ? $0 : nil
    }
  }

  private func make(_ reader: IndexReader) throws -> Kept {
    let now = systemTime()
    // Looked at before the index is read: what is written meanwhile is read the next time.
    let stamp = IndexStamp(path: indexPath).text
    let bytes = try reader.inSnapshot { try text.bytes(of: reader, now: now) }
    let made = Kept(
      stamp: stamp, day: now.iso8601.prefix(10), text: bytes, gzip: GzipStart(bytes))
    kept.withLock { $0 = made }
    return made
  }

  /// Begins to make the text anew whenever the index has changed, as long as somebody scrapes.
  func keepReady() throws {
    _ = try SystemThread { [self] in
      while true {
        let unasked = askedLast.withLock { ContinuousClock.now - $0 }
        if unasked < Self.unaskedMax, current() == nil {
          // What is wrong with the index is said to who asks.
          if let reader = try? IndexReader(path: indexPath, now: systemTime()) {
            _ = try? make(reader)
          }
        }
        SystemClock.block(for: Self.lookInterval)
      }
    }
  }
}
