import AWS
import TestSupport
import Testing

@Suite struct RequestPaceTests {
  private let beginning = ContinuousClock.now

  @Test func givesRequestsOneMomentAfterTheOther() {
    var pace = RequestPace(perSecond: 4)
    let waits = (0..<4).map { _ in pace.reserve(at: beginning) }
    #expect(waits == [0, 250, 500, 750].map { .milliseconds($0) })
  }

  @Test func whoComesLaterWaitsLess() {
    var pace = RequestPace(perSecond: 4)
    _ = pace.reserve(at: beginning)
    #expect(pace.reserve(at: beginning + .milliseconds(100)) == .milliseconds(150))
    #expect(pace.reserve(at: beginning + .milliseconds(600)) == .zero)
    #expect(pace.reserve(at: beginning + .milliseconds(600)) == .milliseconds(250))
  }

  @Test(arguments: [(1.0, 1), (2.5, 1), (10, 1), (30, 3), (100, 10)])
  func makesUpForATenthOfASecond(rate: Double, burst: Int) {
    var pace = RequestPace(perSecond: rate)
    _ = pace.reserve(at: beginning)
    let later = beginning + .seconds(3_600)
    let atOnce = (0..<20).count { _ in pace.reserve(at: later) == .zero }
    #expect(atOnce == burst)
  }

  @Test(arguments: [1, 1.5, 7, 100, 3_500], 1...3 as ClosedRange<UInt64>)
  func neverExceedsTheRateInAnyWindow(rate: Double, seed: UInt64) {
    var random = SplitMix64(seed: seed)
    var pace = RequestPace(perSecond: rate)
    var now = 0.0
    var moments: [Double] = []
    for _ in 0..<2_000 {
      // Now in swarms, now far apart.
      if !random.isOneIn(3) { now += Double.random(in: 0...(6 / rate), using: &random) }
      moments.append(now + pace.reserve(at: beginning + .seconds(now)) / .seconds(1))
    }
    #expect(moments == moments.sorted())
    #expect(excess(of: moments, over: rate) <= max(1, rate / 10))
  }

  @Test func losesNoMomentWhileRequestsWait() {
    var pace = RequestPace(perSecond: 100)
    var now = 0.0
    var random = SplitMix64(seed: 1)
    for _ in 0..<1_000 {
      // Each comes a little before or after its moment, as threads do.
      now += pace.reserve(at: beginning + .seconds(now)) / .seconds(1)
      now += Double.random(in: 0...0.03, using: &random)
    }
    // 15 ms late on average: without making up for it, that would be 25 s.
    #expect((9.9...16).contains(now))
  }
}

/// By how many requests the fullest stretch of time has more than the rate allows for its length.
func excess(of moments: [Double], over rate: Double) -> Double {
  // From any request to any later one: the lowest of what was allowed for before is subtracted.
  var lowest = Double.infinity
  var worst = -Double.infinity
  for (index, moment) in moments.enumerated() {
    let allowed = Double(index) - moment * rate
    lowest = min(lowest, allowed)
    worst = max(worst, allowed - lowest + 1)
  }
  // Moments are added up in binary fractions.
  return worst - 1e-6
}
