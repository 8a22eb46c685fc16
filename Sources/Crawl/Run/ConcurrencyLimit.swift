/// How many requests to one bucket may be at work, found out from how they are answered.
///
/// Three round trips show how fast the service answers when it has little to do. Then the limit
/// doubles each round trip until the service asks for less or grows slow; from then on it
/// grows by one each round trip, and shrinks by three tenths whenever the service asks for less.
/// Pure: times come in, of any clock that only goes forward.
package struct ConcurrencyLimit: Sendable {
  package typealias Instant = ContinuousClock.Instant

  package static let start = 8
  /// For a later crawl: its ranges are known, and the last one went well.
  ///
  /// Measured with 5 M keys behind 100 ms: 8.9 s from 8 on, 8.6 s from here.
  package static let startOfResync = 32

  /// Requests that may be at work now: at least 1, at most the cap.
  ///
  /// More may still be at work when it has just shrunk.
  package private(set) var limit: Int
  /// Whether answers queue up in front of the index's writer: the limit does not grow meanwhile.
  package var isQueueFull = false

  private let cap: Int
  /// Until the first sign that the service has enough to do, each success adds one.
  private var isStarting = true
  /// Successes since the limit last grew.
  private var successes = 0
  private var decreasedAt: Instant?
  private var latencies = LatencyTrend()

  /// Begins at 8 at work, or at the cap if that is lower.
  package init(cap: Int, start: Int = ConcurrencyLimit.start) {
    precondition(cap > 0)
    self.cap = cap
    limit = min(start, cap)
  }

  /// Notes a request that was answered.
  ///
  /// `atWork` counts the requests at work just before it ended, this one included: a limit that
  /// is not used does not grow.
  package mutating func succeeded(
    latency: Duration, startedAt: Instant, atWork: Int, at now: Instant
  ) {
    // A request that was sent under the former, higher limit says nothing about this one.
    guard isOfThisLimit(startedAt) else { return }
    latencies.add(latency, atWork: limit, at: now)
    // A service that is slow with no more requests than the start is slow for reasons of its own.
    let isTooMuch = latencies.isRising && limit > Self.start
    if isStarting, isTooMuch {
      isStarting = false
      // The slow answer is to a request of a round trip ago, when the limit was half of this.
      decrease(to: max(Self.start, limit / 2), at: now)
      return
    }
    let isUsed = 4 * atWork >= 3 * limit
    guard isUsed, !isQueueFull, !isTooMuch, limit < cap else { return }
    guard !isStarting || latencies.isKnown else { return }
    successes += 1
    guard isStarting || successes >= limit else { return }
    limit += 1
    successes = 0
  }

  /// Notes a request that the service answered by asking for fewer.
  ///
  /// Ignored when it was sent before the last decrease, which came too late for it: so the limit
  /// shrinks once a round trip at most.
  package mutating func throttled(startedAt: Instant, at now: Instant) {
    guard isOfThisLimit(startedAt) else { return }
    isStarting = false
    decrease(to: max(1, limit * 7 / 10), at: now)
  }

  private func isOfThisLimit(_ startedAt: Instant) -> Bool {
    decreasedAt.map { startedAt >= $0 } ?? true
  }

  private mutating func decrease(to lower: Int, at now: Instant) {
    limit = lower
    decreasedAt = now
    successes = 0
  }
}

/// Whether a service answers more slowly than it can.
///
/// Compares the median of the last answers with a baseline, the median when it was low. A service
/// of a fixed capacity takes twice as long when twice as many requests are in flight as keep it
/// busy: more of them would only wait.
private struct LatencyTrend: Sendable {
  typealias Instant = ContinuousClock.Instant

  private(set) var isRising = false
  var isKnown: Bool { baseline != nil }
  private var samples: [Duration] = []
  private var baseline: Duration?
  private var judgedAt: Instant?

  // How many latencies make a median. The answers of a steady service take between half and twice its
  // usual time: with fewer of them, a median is double the baseline now and then by chance; with
  // more of them, it comes late.
  private static let firstSamples = 24
  private static let samples = 32...64
  /// A server next door takes one millisecond or three for reasons of its own.
  private static let slack = Duration.milliseconds(5)
  /// The time in which a baseline that no longer holds is largely forgotten.
  ///
  /// Were it short, a busy service would be made slower and slower.
  private static let memory = Duration.seconds(30 * 60)

  /// Takes one answer's latency, and judges anew once about `atWork` of them have come.
  mutating func add(_ latency: Duration, atWork: Int, at now: Instant) {
    samples.append(latency)
    let enough =
      !isKnown
      ? Self.firstSamples : min(max(atWork, Self.samples.lowerBound), Self.samples.upperBound)
    guard samples.count >= enough else { return }
    let median = samples.sorted()[samples.count / 2]
    samples.removeAll(keepingCapacity: true)
    judge(median, at: now)
  }

  private mutating func judge(_ median: Duration, at now: Instant) {
    defer { judgedAt = now }
    guard let baseline, let judgedAt else {
      self.baseline = median
      return
    }
    isRising = median > baseline * 2 && median > baseline + Self.slack
    // Half of the way down: the lowest of many medians would be chance.
    let share = median < baseline ? 0.5 : min(1, (now - judgedAt) / Self.memory)
    self.baseline = baseline + (median - baseline) * share
  }
}
