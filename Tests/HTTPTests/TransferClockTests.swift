import Testing

@testable import HTTP

@Suite struct TransferClockTests {
  private let start = ContinuousClock.now
  private let timeouts = HTTPTimeouts(
    firstByte: .seconds(60), stall: .seconds(30), stallBytesMin: 1000)

  @Test func leavesConnectingToLibcurl() {
    var clock = TransferClock(timeouts)
    #expect(clock.expiry(at: start + .seconds(3600)) == nil)
  }

  @Test func expiresWithoutFirstByteAtTheDeadlineAndNotBefore() {
    var clock = TransferClock(timeouts)
    clock.requestSent(at: start + .seconds(5))
    #expect(clock.expiry(at: start + .seconds(64.999)) == nil)
    #expect(clock.expiry(at: start + .seconds(65)) == .firstByte)
  }

  @Test func countsFromTheRepeatedRequest() {
    var clock = TransferClock(timeouts)
    clock.requestSent(at: start)
    clock.requestSent(at: start + .seconds(10))
    #expect(clock.expiry(at: start + .seconds(69)) == nil)
    #expect(clock.expiry(at: start + .seconds(70)) == .firstByte)
  }

  @Test func expiresWhenTheBodyDoesNotBegin() {
    var clock = TransferClock(timeouts)
    clock.requestSent(at: start)
    clock.headBegan(at: start + .seconds(50))
    #expect(clock.expiry(at: start + .seconds(109)) == nil)
    #expect(clock.expiry(at: start + .seconds(110)) == .stall)
  }

  @Test(arguments: [(999, true), (1000, false)])
  func wantsEnoughBytesInEachWindow(bytes: Int, isStalled: Bool) {
    var clock = TransferClock(timeouts)
    clock.bodyBegan(at: start)
    clock.received(bytes: bytes)
    #expect(clock.expiry(at: start + .seconds(29)) == nil)
    #expect((clock.expiry(at: start + .seconds(30)) == .stall) == isStalled)
  }

  @Test func doesNotCarryBytesIntoTheNextWindow() {
    var clock = TransferClock(timeouts)
    clock.bodyBegan(at: start)
    clock.received(bytes: 1_000_000)
    #expect(clock.expiry(at: start + .seconds(30)) == nil)
    clock.received(bytes: 999)
    #expect(clock.expiry(at: start + .seconds(60)) == .stall)
  }

  @Test func stopsOneBytePerSecond() {
    var clock = TransferClock(timeouts)
    clock.bodyBegan(at: start)
    let end = (1...120).first { second in
      clock.received(bytes: 1)
      return clock.expiry(at: start + .seconds(second)) != nil
    }
    #expect(end == 30)
  }

  /// The promise on which the transport sleeps, for every order of events and any pair of limits.
  @Test(arguments: [(60, 30), (30, 60), (1, 1)])
  func neverAsksToBeCheckedAfterADeadline(firstByte: Int, stall: Int) {
    let timeouts = HTTPTimeouts(
      firstByte: .seconds(firstByte), stall: .seconds(stall), stallBytesMin: 1)
    for sent in 0..<70 {
      for bodyBegun in [sent, sent + 1, sent + 20, 1000] {
        var clock = TransferClock(timeouts)
        var check = clock.nextCheck(after: start)
        for second in 0..<300 {
          let now = start + .seconds(second)
          if second == sent { clock.requestSent(at: now) }
          if second == bodyBegun { clock.bodyBegan(at: now) }
          var probe = clock
          let isExpired = probe.expiry(at: now) != nil
          #expect(!isExpired || check <= now, "sent \(sent), body \(bodyBegun), second \(second)")
          if isExpired { break }
          if check <= now {
            clock = probe
            check = clock.nextCheck(after: now)
            #expect(check > now)
          }
        }
      }
    }
  }
}
