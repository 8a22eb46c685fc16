import Crawl
import TestSupport
import Testing

@Suite struct ConcurrencyLimitTests {
  private let beginning = ContinuousClock.now

  private func at(_ milliseconds: Int) -> ContinuousClock.Instant {
    beginning + .milliseconds(milliseconds)
  }

  /// A limit after so many answers, each 100 ms after its request, all of it in use.
  private func limit(cap: Int, after answers: Int) -> ConcurrencyLimit {
    var limit = ConcurrencyLimit(cap: cap)
    succeed(answers, &limit)
    return limit
  }

  private func succeed(
    _ answers: Int, _ limit: inout ConcurrencyLimit, latency: Int = 100, startedAt: Int = 0,
    atWork: Int = .max / 8
  ) {
    for _ in 0..<answers {
      limit.succeeded(
        latency: .milliseconds(latency), startedAt: at(startedAt), atWork: atWork,
        at: at(startedAt + latency))
    }
  }

  @Test(arguments: [(1, 1), (7, 7), (8, 8), (9, 8), (256, 8)])
  func beginsAtEightOrAtTheCap(cap: Int, expected: Int) {
    #expect(ConcurrencyLimit(cap: cap).limit == expected)
  }

  @Test(arguments: [(0, 8), (23, 8), (31, 16), (47, 32), (79, 64), (80, 64), (1_000, 64)])
  func doublesEachRoundTripUpToTheCapAfterThree(answers: Int, expected: Int) {
    #expect(limit(cap: 64, after: answers).limit == expected)
  }

  @Test func shrinksByThreeTenthsWhenThrottled() {
    var limit = limit(cap: 64, after: 100)
    limit.throttled(startedAt: at(0), at: at(200))
    #expect(limit.limit == 44)
  }

  @Test func growsByOneARoundTripAfterTheFirstThrottle() {
    var limit = limit(cap: 64, after: 25)
    limit.throttled(startedAt: at(0), at: at(200))
    #expect(limit.limit == 7)
    succeed(6, &limit, startedAt: 200)
    #expect(limit.limit == 7)
    succeed(1, &limit, startedAt: 200)
    #expect(limit.limit == 8)
    succeed(8, &limit, startedAt: 200)
    #expect(limit.limit == 9)
  }

  @Test func shrinksOnceARoundTrip() {
    var limit = limit(cap: 64, after: 100)
    for startedAt in [0, 100, 199] { limit.throttled(startedAt: at(startedAt), at: at(200)) }
    #expect(limit.limit == 44)
    limit.throttled(startedAt: at(199), at: at(250))
    #expect(limit.limit == 44)
    limit.throttled(startedAt: at(200), at: at(250))
    #expect(limit.limit == 30)
  }

  @Test func answersToRequestsFromBeforeADecreaseDoNotRaiseIt() {
    var limit = limit(cap: 64, after: 100)
    limit.throttled(startedAt: at(0), at: at(200))
    succeed(1_000, &limit, startedAt: 199)
    #expect(limit.limit == 44)
  }

  @Test func neverShrinksToNothing() {
    var limit = ConcurrencyLimit(cap: 64)
    let limits = (1...10).map { round in
      limit.throttled(startedAt: at(round * 100), at: at(round * 100 + 50))
      return limit.limit
    }
    #expect(limits == [5, 3, 2, 1, 1, 1, 1, 1, 1, 1])
    succeed(1, &limit, startedAt: 2_000)
    #expect(limit.limit == 2)
  }

  @Test func doesNotGrowWhileTheWriterIsBehind() {
    var limit = ConcurrencyLimit(cap: 64)
    limit.isQueueFull = true
    succeed(100, &limit)
    #expect(limit.limit == 8)
    limit.isQueueFull = false
    succeed(8, &limit)
    #expect(limit.limit == 16)
  }

  @Test func doesNotGrowWhileItIsNotUsed() {
    var limit = ConcurrencyLimit(cap: 64)
    succeed(100, &limit, atWork: 5)
    #expect(limit.limit == 8)
    succeed(100, &limit, atWork: 6)
    #expect(limit.limit == 9)
  }

  @Test func takesBackTheLastDoublingWhenTheServiceGrowsSlow() {
    var limit = limit(cap: 256, after: 79)
    #expect(limit.limit == 64)
    succeed(64, &limit, latency: 250, startedAt: 100)
    #expect(limit.limit == 128)
    // With this many, the median is known to be slow.
    succeed(9, &limit, latency: 250, startedAt: 100)
    let slow = limit.limit
    #expect(slow == 68)
    // What was sent under the higher limit counts no more; what is sent now is as slow.
    succeed(500, &limit, latency: 250, startedAt: 100)
    succeed(500, &limit, latency: 250, startedAt: 400)
    #expect(limit.limit == slow)
    // As soon as answers come faster, it grows, but slowly.
    succeed(200, &limit, latency: 100, startedAt: 700)
    #expect((slow + 1...slow + 3).contains(limit.limit))
  }

  @Test func aServiceThatIsSlowByItselfIsNotLeftWithOneRequest() {
    var limit = limit(cap: 64, after: 100)
    for round in 1...10 { limit.throttled(startedAt: at(round * 200), at: at(round * 200 + 100)) }
    #expect(limit.limit == 1)
    succeed(1_000, &limit, latency: 1_000, startedAt: 5_000)
    #expect((8...9).contains(limit.limit))
  }
}

/// How a limit fares with services of all kinds: a crawl of virtual time, drawn from a seed.
@Suite struct ConcurrencyLimitSimulationTests {
  private typealias State = SimulatedCrawl.State

  private static let seeds = 1...3 as ClosedRange<UInt64>

  private func states(
    of load: SimulatedLoad, cap: Int = 64, seed: UInt64, answers: Int
  ) -> [State] {
    var crawl = SimulatedCrawl(of: load, cap: cap, seed: seed)
    return crawl.run { $0.answered >= answers }
  }

  /// Answers until the limit was as high as that; nil when it never was.
  private func answers(_ states: [State], untilLimitOf limit: Int) -> Int? {
    states.first { $0.limit >= limit }?.answered
  }

  @Test(arguments: [64, 256])
  func isAtTheCapAfterAsManyAnswers(cap: Int) {
    let states = states(of: SimulatedLoad(latency: 0.1), cap: cap, seed: 1, answers: 1_000)
    // Growing by one a round trip, it would take 2,000 answers to 64.
    #expect(answers(states, untilLimitOf: cap) == 23 + cap - 8)
  }

  @Test(arguments: [0.001, 0.02, 0.1, 0.5], seeds)
  func noiseDoesNotHoldItBack(latency: Double, seed: UInt64) {
    let load = SimulatedLoad(latency: latency, noise: 0.8)
    let states = states(of: load, seed: seed, answers: 2_000)
    #expect(answers(states, untilLimitOf: 64) == 79)
    #expect(states.last?.limit == 64)
  }

  @Test(arguments: [(2, 0.05), (4, 0.02), (10, 0.1), (20, 0.1)], seeds)
  func leavesNoQueueBeforeAServiceOfFixedCapacity(service: (Int, Double), seed: UInt64) {
    let (workers, latency) = service
    let load = SimulatedLoad(latency: latency, noise: 0.3, workers: workers)
    let states = states(of: load, cap: 256, seed: seed, answers: 6_000)
    let settled = states.filter { $0.answered > 3_000 }.map(\.limit)
    // Enough to keep it busy, and far from the cap.
    #expect((settled.min() ?? 0) >= workers)
    #expect((settled.max() ?? .max) <= max(36, 7 * workers))
    let seconds = states.last?.time ?? 0
    #expect(6_000 / seconds > 0.95 * Double(workers) / latency)
  }

  @Test(arguments: [50.0, 100, 300], seeds)
  func settlesBelowARateLimitWithFewThrottles(rate: Double, seed: UInt64) {
    let load = SimulatedLoad(latency: 0.1, noise: 0.3, rate: rate)
    let states = states(of: load, seed: seed, answers: 6_000)
    let throttled = states.last?.throttled ?? 0
    #expect((1...6_000 / 16).contains(throttled))
    // The rate is made use of.
    let seconds = states.last?.time ?? 0
    #expect(6_000 / seconds > 0.9 * rate)
  }

  @Test(arguments: seeds)
  func recoversFromAStorm(seed: UInt64) throws {
    let load = SimulatedLoad(latency: 0.1, noise: 0.3, storm: 10..<40)
    var crawl = SimulatedCrawl(of: load, cap: 64, seed: seed)
    let states = crawl.run { $0.time >= 90 }
    #expect(states.last { $0.time < 10 }?.limit == 64)
    #expect(states.last { $0.time < 40 }?.limit == 1)
    #expect(states.last?.limit == 64)
    // A request waits for 10 s on average: the storm is met by 6 requests a second, not by 640.
    let during = states.filter { (20..<40).contains($0.time) }
    let first = try #require(during.first)
    let last = try #require(during.last)
    #expect(last.throttled - first.throttled < 250)
  }

  @Test(arguments: 1...40 as ClosedRange<UInt64>)
  func staysBetweenOneAndTheCapWhateverHappens(seed: UInt64) {
    var random = SplitMix64(seed: seed)
    let cap = random.pick([1, 2, 8, 64, 256])
    let beginning = ContinuousClock.now
    var limit = ConcurrencyLimit(cap: cap)
    var now = 0
    for _ in 0..<1_000 {
      now += random.below(50)
      let took = random.below(random.isOneIn(10) ? 5_000 : 200)
      let startedAt = beginning + .milliseconds(now - took)
      limit.isQueueFull = random.isOneIn(20)
      let before = limit.limit
      if random.isOneIn(30) {
        limit.throttled(startedAt: startedAt, at: beginning + .milliseconds(now))
        #expect(limit.limit == before || limit.limit == max(1, before * 7 / 10))
      } else {
        limit.succeeded(
          latency: .milliseconds(took), startedAt: startedAt,
          atWork: random.below(limit.limit + 1), at: beginning + .milliseconds(now))
        #expect(limit.limit <= before + 1)
      }
      #expect((1...cap).contains(limit.limit))
    }
  }
}
