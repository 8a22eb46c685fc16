import System
import Testing

@testable import Server

@Suite struct LogRestTests {
  private let large: Int64 = 200 << 20

  @Test func aSmallLogKeepsNobodyWaiting() {
    var rest = LogRest()
    #expect(!rest.goesOn(logBytes: 50 << 20, isIdle: false))
  }

  @Test func aLargeOneIsLeftAloneForAMoment() {
    var rest = LogRest()
    let began = ContinuousClock.now
    while rest.goesOn(logBytes: large, isIdle: true) { SystemClock.block(for: .milliseconds(5)) }
    let length = ContinuousClock.now - began
    #expect(length >= .milliseconds(400) && length < .milliseconds(1_500))
    // It was begun anew then, and its file keeps its size.
    SystemClock.block(for: .milliseconds(1_600))
    #expect(!rest.goesOn(logBytes: large, isIdle: true))
    #expect(rest.goesOn(logBytes: large + 1, isIdle: true))
  }

  @Test func aLongQuestionIsNotWaitedForWithoutEnd() {
    var rest = LogRest()
    let began = ContinuousClock.now
    while rest.goesOn(logBytes: large, isIdle: false) { SystemClock.block(for: .milliseconds(5)) }
    #expect(ContinuousClock.now - began >= .milliseconds(1_500))
    #expect(!rest.goesOn(logBytes: large + 1, isIdle: false), "others are answered first")
  }

  @Test func theMomentBeginsWithTheEndOfTheLastQuestion() {
    var rest = LogRest()
    #expect(rest.goesOn(logBytes: large, isIdle: false))
    SystemClock.block(for: .milliseconds(300))
    rest.noteEnd(ofLast: true)
    let began = ContinuousClock.now
    while rest.goesOn(logBytes: large, isIdle: true) { SystemClock.block(for: .milliseconds(5)) }
    #expect(ContinuousClock.now - began >= .milliseconds(390))
  }
}
