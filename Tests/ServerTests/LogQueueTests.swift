import Dispatch
import Synchronization
import System
import Testing

@testable import Server

@Suite struct LogQueueTests {
  private final class Written: Sendable {
    let text = Mutex("")
    let door = DispatchSemaphore(value: 0)
  }

  @Test func writesInOrderAndAllAtItsEnd() throws {
    let written = Written()
    let queue = try LogQueue { line in written.text.withLock { $0 += line } }
    for number in 0..<500 { queue.append("\(number)\n") }
    queue.close(within: .seconds(10))
    #expect(written.text.withLock { $0 } == (0..<500).map { "\($0)\n" }.joined())
    queue.append("late\n")
    #expect(!written.text.withLock { $0.contains("late") })
  }

  @Test func nobodyWaitsForALogThatTakesNothing() throws {
    let written = Written()
    let queue = try LogQueue { line in
      written.door.wait()
      written.text.withLock { $0 += line }
    }
    let line = String(repeating: "x", count: 1_023) + "\n"
    for _ in 0..<3_000 { queue.append(line) }
    let start = ContinuousClock.now
    queue.close(within: .milliseconds(50))
    #expect(ContinuousClock.now - start < .seconds(5))
    for _ in 0..<10 { written.door.signal() }
    let end = ContinuousClock.now + .seconds(20)
    while !written.text.withLock({ $0.contains("dropped") }), .now < end {
      SystemClock.block(for: .milliseconds(5))
    }
    let text = written.text.withLock { $0 }
    let kept = text.utf8.count { $0 == 0x0A } - 1
    #expect(kept >= 1_000 && kept < 3_000)
    #expect(text.contains("Note: \(3_000 - kept) lines of the log were dropped"))
  }
}

@Suite struct RefusalTallyTests {
  @Test func aCrowdIsOneLine() {
    let tally = RefusalTally()
    let start = ContinuousClock.now
    #expect((0..<10).allSatisfy { _ in tally.hasLine("crowded", now: start) })
    #expect(!(0..<1_900).contains { _ in tally.hasLine("crowded", now: start) })
    #expect(!(0..<40).contains { _ in tally.hasLine("slow-request", now: start + .seconds(9)) })
    #expect(tally.summary(now: start + .seconds(59)) == nil)
    #expect(
      tally.summary(now: start + .seconds(60))
        == "Note: 1,940 more connections were refused in the last minute: 1,900 crowded, 40 slow-request\n"
    )
    #expect(tally.summary(isLast: true, now: start + .seconds(61)) == nil)
    #expect(tally.hasLine("crowded", now: start + .seconds(62)))
  }

  @Test func whatHasALineIsNotToldAgain() {
    let tally = RefusalTally()
    #expect(tally.hasLine("slow-reader"))
    #expect(tally.summary(isLast: true) == nil)
  }
}
