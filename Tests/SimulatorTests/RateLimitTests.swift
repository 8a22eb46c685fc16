import Testing

@testable import Simulator

@Suite struct RateLimitTests {
  @Test func allowsTheRateAndNoMore() {
    let start = ContinuousClock.now
    var limit = RateLimit(perSecond: 10, now: start)
    let allowed = (0..<1_000).count { limit.allows(at: start + .milliseconds(10 * $0)) }
    // Ten in hand, and ten for each of the ten seconds.
    #expect((108...110).contains(allowed))
  }

  @Test func rateBelowOneStillAllowsOne() {
    let start = ContinuousClock.now
    var limit = RateLimit(perSecond: 0.5, now: start)
    let allowed = [0, 1, 3].map { limit.allows(at: start + .seconds($0)) }
    #expect(allowed == [true, false, true])
  }

  @Test func answersQueueUpOnTheLink() {
    let start = ContinuousClock.now
    var link = Link(bytesPerSecond: 1_000, now: start)
    #expect(link.reserve(bytes: 500, at: start) == .milliseconds(500))
    #expect(link.reserve(bytes: 500, at: start) == .seconds(1))
    #expect(link.reserve(bytes: 500, at: start + .seconds(5)) == .milliseconds(500))
  }
}
