import Testing

@testable import HTTPServing
@testable import System

/// The clock of one connection, by times that nobody waits for.
@Suite struct ConnectionPaceTests {
  private let start = ContinuousClock.now
  private let settings = ListenSettings(host: "", port: 0)

  private func traffic(received: UInt64 = 0, acknowledged: UInt64 = 0) -> HeldSocket.Traffic {
    HeldSocket.Traffic(acknowledged: acknowledged, received: received)
  }

  @Test func theFirstRequestHasFiveSecondsHoweverItDrips() {
    var pace = ConnectionPace(now: start)
    #expect(pace.check(now: start + .seconds(4), traffic(received: 90), settings) == .fine)
    #expect(
      pace.check(now: start + .seconds(5), traffic(received: 99), settings) == .cut(.slowRequest))
    pace.cut()
    #expect(pace.check(now: start + .seconds(9), traffic(), settings) == .fine)
    #expect(pace.withoutRequestSince == nil)
  }

  @Test func theNextRequestHasFiveSecondsFromItsFirstByte() {
    var pace = ConnectionPace(now: start)
    pace.requestCame(traffic(received: 100))
    #expect(pace.withoutRequestSince == nil)
    #expect(pace.check(now: start + .seconds(1_000), traffic(received: 100), settings) == .fine)
    pace.answerBegins(now: start + .seconds(1_000), traffic(received: 100))
    pace.answerEnds(now: start + .seconds(1_000))
    #expect(pace.check(now: start + .seconds(1_059), traffic(received: 100), settings) == .fine)
    #expect(pace.check(now: start + .seconds(1_060), traffic(received: 100), settings) == .retire)
    #expect(pace.check(now: start + .seconds(1_059), traffic(received: 101), settings) == .fine)
    #expect(
      pace.check(now: start + .seconds(1_064), traffic(received: 110), settings)
        == .cut(.slowRequest))
  }

  /// The end of what a client sends counts as a byte, and may be seen by a check before anybody else sees it.
  @Test func theEndOfAConnectionIsNoRequestWhoeverSeesItFirst() {
    for isChecked in [false, true] {
      for more: UInt64 in [0, 1, 2] {
        var pace = ConnectionPace(now: start)
        pace.requestCame(traffic(received: 100))
        pace.answerBegins(now: start, traffic(received: 100))
        pace.answerEnds(now: start)
        if isChecked {
          #expect(pace.check(now: start, traffic(received: 100 + more), settings) == .fine)
        }
        #expect(pace.isWithinRequest(traffic(received: 100 + more)) == (more > 1))
      }
    }
  }

  @Test func aReaderHasToTakeAKilobyteASecondInEachHalfMinute() {
    var pace = ConnectionPace(now: start)
    pace.requestCame(traffic())
    pace.answerBegins(now: start, traffic(acknowledged: 1))
    #expect(pace.check(now: start + .seconds(29), traffic(acknowledged: 1), settings) == .fine)
    let enough: UInt64 = 1 + 30 * 1_024
    #expect(pace.check(now: start + .seconds(30), traffic(acknowledged: enough), settings) == .fine)
    let tooFew = 2 * enough - 2
    #expect(pace.check(now: start + .seconds(59), traffic(acknowledged: enough), settings) == .fine)
    #expect(
      pace.check(now: start + .seconds(60), traffic(acknowledged: tooFew), settings)
        == .cut(.slowReader))
  }

  /// Where the system does not tell what has come, anything may have.
  @Test func withoutCountsAnIdleConnectionIsShort() {
    var pace = ConnectionPace(now: start)
    pace.requestCame(nil)
    pace.answerBegins(now: start, nil)
    #expect(pace.check(now: start + .seconds(100), nil, settings) == .fine)
    pace.answerEnds(now: start)
    #expect(pace.check(now: start + .seconds(4), nil, settings) == .fine)
    #expect(pace.check(now: start + .seconds(5), nil, settings) == .retire)
  }
}
