import System
import Testing

@testable import Server

@Suite struct LogRestTests {
  private let large: Int64 = 200 << 20

  @Test func aSmallLogKeepsNobodyWaiting() {
    var rest = LogRest()
    let waits = rest.goesOn(logBytes: 50 << 20, isIdle: false)
    #expect(!waits)
  }

  @Test func aLargeOneIsLeftAloneForAMoment() {
    var rest = LogRest()
    let began = ContinuousClock.now
    while rest.goesOn(logBytes: large, isIdle: true) { SystemClock.block(for: .milliseconds(5)) }
    let length = ContinuousClock.now - began
    #expect(length >= .milliseconds(400) && length < .milliseconds(1_500))
    // It was begun anew then, and its file keeps its size.
    SystemClock.block(for: .milliseconds(1_600))
    let waits = rest.goesOn(logBytes: large, isIdle: true)
    let waitsForMore = rest.goesOn(logBytes: large + 1, isIdle: true)
    #expect(!waits && waitsForMore)
  }

  @Test func aLongQuestionIsNotWaitedForWithoutEnd() {
    var rest = LogRest()
    let began = ContinuousClock.now
    while rest.goesOn(logBytes: large, isIdle: false) { SystemClock.block(for: .milliseconds(5)) }
    #expect(ContinuousClock.now - began >= .milliseconds(1_500))
    let waits = rest.goesOn(logBytes: large + 1, isIdle: false)
    #expect(!waits, "others are answered first")
  }

  @Test func theMomentBeginsWithTheEndOfTheLastQuestion() {
    var rest = LogRest()
    let waits = rest.goesOn(logBytes: large, isIdle: false)
    #expect(waits)
    SystemClock.block(for: .milliseconds(300))
    rest.noteEnd(ofLast: true)
    let began = ContinuousClock.now
    while rest.goesOn(logBytes: large, isIdle: true) { SystemClock.block(for: .milliseconds(5)) }
    #expect(ContinuousClock.now - began >= .milliseconds(390))
  }
}
