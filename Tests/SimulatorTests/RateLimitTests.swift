import Testing
import Vocabulary

@testable import Simulator

@Suite struct RateLimitTests {
  private func time(_ milliseconds: Int64) -> Timestamp {
    Timestamp(millisecondsSinceEpoch: 1_000_000 + milliseconds)
  }

  @Test func allowsTheRateAndNoMore() {
    var limit = RateLimit(perSecond: 10, now: time(0))
    let allowed = (0..<1_000).count { limit.allows(at: time(10 * $0)) }
    // Ten in hand, and ten for each of the ten seconds.
    #expect((108...110).contains(allowed))
  }

  @Test func rateBelowOneStillAllowsOne() {
    var limit = RateLimit(perSecond: 0.5, now: time(0))
    let allowed = [0, 1_000, 3_000].map { limit.allows(at: time($0)) }
    #expect(allowed == [true, false, true])
  }

  @Test func clockThatIsSetBackAllowsNothingMore() {
    var limit = RateLimit(perSecond: 1, now: time(0))
    #expect(
      [0, -5_000, -4_500, -3_000].map { limit.allows(at: time($0)) } == [true, false, false, true])
  }

  @Test func answersQueueUpOnTheLink() {
    let start = ContinuousClock.now
    var link = Link(bytesPerSecond: 1_000, now: start)
    #expect(link.reserve(bytes: 500, at: start) == .milliseconds(500))
    #expect(link.reserve(bytes: 500, at: start) == .seconds(1))
    #expect(link.reserve(bytes: 500, at: start + .seconds(5)) == .milliseconds(500))
  }
}
