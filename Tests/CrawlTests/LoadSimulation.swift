import Crawl
import TestSupport

/// How a service answers, as far as the rate of requests goes.
///
/// Times are in seconds.
struct SimulatedLoad {
  /// What one request takes by itself.
  var latency: Double
  /// Each answer takes between one minus and one plus this part of the latency, evenly spread.
  var noise = 0.0
  /// How many requests are worked on at once while the others queue up; nil is all of them.
  var workers: Int?
  /// Requests a second before it asks for fewer; a second's worth may come at once.
  var rate: Double?
  /// From when to when it asks for fewer whatever comes.
  var storm: Range<Double>?
  private var freeAt: [Double] = []
  private var tokens = Double.infinity
  private var updated = 0.0

  init(
    latency: Double, noise: Double = 0, workers: Int? = nil, rate: Double? = nil,
    storm: Range<Double>? = nil
  ) {
    self.latency = latency
    self.noise = noise
    self.workers = workers
    self.rate = rate
    self.storm = storm
    freeAt = Array(repeating: 0, count: workers ?? 0)
    tokens = rate ?? .infinity
  }

  /// When the answer to a request sent `now` is there, and whether it asks for fewer.
  mutating func answer(
    at now: Double, random: inout SplitMix64
  ) -> (end: Double, isThrottled: Bool) {
    guard !isThrottling(at: now) else { return (now + 0.01, true) }
    let work = latency * Double.random(in: (1 - noise)...(1 + noise), using: &random)
    guard let worker = freeAt.indices.min(by: { freeAt[$0] < freeAt[$1] }) else {
      return (now + work, false)
    }
    freeAt[worker] = max(now, freeAt[worker]) + work
    return (freeAt[worker], false)
  }

  private mutating func isThrottling(at now: Double) -> Bool {
    if let storm, storm.contains(now) { return true }
    guard let rate else { return false }
    tokens = min(max(1, rate), tokens + (now - updated) * rate)
    updated = now
    guard tokens >= 1 else { return true }
    tokens -= 1
    return false
  }
}

/// A crawl that always has another request to send, as far as its limit allows.
struct SimulatedCrawl {
  /// Between two events.
  struct State {
    /// In seconds.
    var time: Double
    var limit: Int
    var answered = 0
    var throttled = 0
  }

  private struct Event {
    enum Kind { case answered, throttled, backedOff }
    var kind: Kind
    var startedAt: Double
    var retries: Int
  }

  /// How long a request waits that has been throttled, drawn as the retry policy does.
  private static let waitSecondsMax = 20.0

  private let beginning = ContinuousClock.now
  private var service: SimulatedLoad
  private var limit: ConcurrencyLimit
  private var random: SplitMix64
  private var events: [(time: Double, event: Event)] = []
  private var atWork = 0
  private(set) var state: State

  init(of service: SimulatedLoad, cap: Int, seed: UInt64) {
    self.service = service
    limit = ConcurrencyLimit(cap: cap)
    random = SplitMix64(seed: seed)
    state = State(time: 0, limit: limit.limit)
  }

  /// Goes on until `isEnough`, and returns the state after each event.
  mutating func run(until isEnough: (State) -> Bool) -> [State] {
    var states: [State] = []
    while !isEnough(state) {
      while atWork < limit.limit {
        atWork += 1
        send(retries: 0)
      }
      let next = events.removeLast()
      state.time = next.time
      handle(next.event)
      state.limit = limit.limit
      states.append(state)
    }
    return states
  }

  private mutating func send(retries: Int) {
    let (end, isThrottled) = service.answer(at: state.time, random: &random)
    schedule(
      Event(
        kind: isThrottled ? .throttled : .answered, startedAt: state.time, retries: retries),
      at: end)
  }

  private mutating func schedule(_ event: Event, at time: Double) {
    // The soonest is the last. What comes at the same moment keeps its order.
    let index = events.firstIndex { $0.time <= time } ?? events.endIndex
    events.insert((time, event), at: index)
  }

  private mutating func handle(_ event: Event) {
    let startedAt = instant(event.startedAt)
    let now = instant(state.time)
    switch event.kind {
    case .answered:
      limit.succeeded(
        latency: now - startedAt, startedAt: startedAt, atWork: atWork, at: now)
      atWork -= 1
      state.answered += 1
    case .throttled:
      limit.throttled(startedAt: startedAt, at: now)
      state.throttled += 1
      let longest = min(Self.waitSecondsMax, Double(1 << min(event.retries, 10)))
      let wait = Double.random(in: 0...longest, using: &random)
      schedule(
        Event(kind: .backedOff, startedAt: 0, retries: event.retries + 1), at: state.time + wait)
    case .backedOff:
      send(retries: event.retries)
    }
  }

  private func instant(_ seconds: Double) -> ContinuousClock.Instant {
    beginning + .seconds(seconds)
  }
}
