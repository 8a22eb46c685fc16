import Foundation
import Synchronization
import System
import TestSupport
import Testing

@Suite struct ProcessTests {
  @Test func everyCallerWaitsForAThread() async throws {
    let hasEnded = Mutex(false)
    let thread = try SystemThread(stackBytes: 512 << 10) {
      SystemClock.block(for: .milliseconds(50))
      hasEnded.withLock { $0 = true }
    }
    let other = try SystemThread { thread.join() }
    thread.join()
    #expect(hasEnded.withLock { $0 })
    other.join()
    thread.join()
  }

  @Test func threadsTakeNoSignals() throws {
    let blocked = Mutex<[Int32]>([])
    let signals = [SIGINT, SIGTERM, SIGPIPE, SIGALRM]
    try SystemThread {
      var mask = sigset_t()
      pthread_sigmask(SIG_BLOCK, nil, &mask)
      blocked.withLock { $0 = signals.filter { sigismember(&mask, $0) == 1 } }
    }.join()
    #expect(blocked.withLock { $0 } == signals)
  }

  @Test func saysThatAThreadCannotHaveItsStack() {
    let error = #expect(throws: SystemError.self) { _ = try SystemThread(stackBytes: 1) {} }
    #expect(error == SystemError("start", "a thread", code: EINVAL))
  }

  @Test func limitsAreRaisedAndNeverLowered() {
    let before = ResourceLimit.openFiles.current
    #expect(before > 2)
    #expect(ResourceLimit.openFiles.raise(to: 1) == before)
    #expect(ResourceLimit.openFiles.raise(to: before) == before)
    #expect(ResourceLimit.openFiles.current == before)
    #expect(ResourceLimit.addressSpace.current > 1 << 20)
  }

  @Test func knowsItsSurroundings() {
    let variables = ProcessInfo.processInfo.environment
    #expect(ThisProcess.environmentValue("PATH") == variables["PATH"])
    #expect(ThisProcess.environmentValue("S3AUDIT_NEVER_SET") == nil)
    #expect(ThisProcess.environment == variables)
    #expect(ThisProcess.id == ProcessInfo.processInfo.processIdentifier)
    #expect(Machine.processorCount == ProcessInfo.processInfo.activeProcessorCount)
    #expect(Machine.name.split(separator: " ").count >= 3)
  }

  @Test func theHomeOfTheUserIsThatOfTheSystemsList() throws {
    // Not the variable's, which a caller may have changed.
    let home = try #require(ThisProcess.userHome)
    let entry = try #require(getpwuid(getuid()))
    #expect(home == String(cString: entry.pointee.pw_dir))
    #expect(home.hasPrefix("/"))
  }

  @Test func theClockIsThatOfTheMachine() {
    let before = Int64(Date().timeIntervalSince1970 * 1_000) - 1
    let time = SystemClock.millisecondsSinceEpoch
    #expect((before...Int64(Date().timeIntervalSince1970 * 1_000) + 1).contains(time))
  }

  @Test func aBlockedThreadWaitsAsLongAsItWasTold() {
    let start = ContinuousClock.now
    SystemClock.block(for: .milliseconds(30))
    #expect(ContinuousClock.now - start >= .milliseconds(30))
    SystemClock.block(for: .zero - .seconds(1))
  }
}
