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
    inFlight: Int = .max / 8
  ) {
    for _ in 0..<answers {
      limit.succeeded(
        latency: .milliseconds(latency), startedAt: at(startedAt), inFlight: inFlight,
        at: at(startedAt + latency))
    }
  }

  @Test(arguments: [(1, 1), (7, 7), (8, 8), (9, 8), (256, 8)])
  func beginsAtEightOrAtTheCap(cap: Int, expected: Int) {
    #expect(ConcurrencyLimit(cap: cap).limit == expected)
  }

  @Test(arguments: [(0, 8), (8, 16), (24, 32), (56, 64), (57, 64), (1_000, 64)])
  func doublesEachRoundTripUpToTheCap(answers: Int, expected: Int) {
    #expect(limit(cap: 64, after: answers).limit == expected)
  }

  @Test func shrinksByThreeTenthsWhenThrottled() {
    var limit = limit(cap: 64, after: 100)
    limit.throttled(startedAt: at(0), at: at(200))
    #expect(limit.limit == 44)
  }

  @Test func growsByOneARoundTripAfterTheFirstThrottle() {
    var limit = limit(cap: 64, after: 2)
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
    succeed(100, &limit, inFlight: 5)
    #expect(limit.limit == 8)
    succeed(100, &limit, inFlight: 6)
    #expect(limit.limit == 9)
  }

  @Test func takesBackTheLastDoublingWhenTheServiceGrowsSlow() {
    var limit = limit(cap: 256, after: 56)
    #expect(limit.limit == 64)
    succeed(32, &limit, latency: 250, startedAt: 100)
    let slow = limit.limit
    #expect((32...48).contains(slow))
    // What was sent under the higher limit counts no more; what is sent now is as slow.
    succeed(500, &limit, latency: 250, startedAt: 100)
    succeed(500, &limit, latency: 250, startedAt: 400)
    #expect(limit.limit == slow)
    // As soon as answers come faster, it grows, but slowly.
    succeed(200, &limit, latency: 100, startedAt: 700)
    #expect((slow + 1...slow + 6).contains(limit.limit))
  }

  @Test func aServiceThatIsSlowByItselfIsNotLeftWithOneRequest() {
    var limit = limit(cap: 64, after: 8)
    for round in 1...10 { limit.throttled(startedAt: at(round * 200), at: at(round * 200 + 100)) }
    #expect(limit.limit == 1)
    succeed(1_000, &limit, latency: 1_000, startedAt: 5_000)
    #expect((8...9).contains(limit.limit))
  }
}
