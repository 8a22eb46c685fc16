internal import Dispatch
internal import Synchronization
internal import System

/// Lines on their way to a log that may not take them: whoever writes one never waits.
///
/// A thread of its own hands them on. While the log takes nothing, as a full pipe does that nobody reads, lines are
/// kept up to a bound, and those beyond it are dropped and counted; the count is told as soon as lines go through.
package final class LogQueue: Sendable {
  private struct State {
    var lines: [String] = []
    var bytes = 0
    var dropped = 0
    var isAtWork = false
    var isClosed = false
  }

  private static let bytesMax = 1 << 20
  private static let tickMilliseconds = 1_000

  private let write: @Sendable (String) -> Void
  private let tick: @Sendable () -> String?
  private let state = Mutex(State())
  private let arrivals = DispatchSemaphore(value: 0)

  /// `tick` is asked about once a second for lines that are due.
  ///
  /// - Throws: `SystemError` where the system makes no more threads.
  package init(
    tick: @escaping @Sendable () -> String? = { nil }, write: @escaping @Sendable (String) -> Void
  ) throws {
    self.write = write
    self.tick = tick
    _ = try SystemThread { [self] in run() }
  }

  /// Takes a line, with its end, or drops it.
  package func append(_ line: String) {
    let isTaken = state.withLock { state in
      let bytes = line.utf8.count
      guard !state.isClosed, state.bytes + bytes <= Self.bytesMax else {
        state.dropped += 1
        return false
      }
      state.lines.append(line)
      state.bytes += bytes
      return true
    }
    if isTaken { arrivals.signal() }
  }

  /// Has all lines written, for so long at most; later ones are dropped.
  package func close(within time: Duration) {
    state.withLock { $0.isClosed = true }
    arrivals.signal()
    let deadline = ContinuousClock.now + time
    while ContinuousClock.now < deadline,
      state.withLock({ !$0.lines.isEmpty || $0.dropped > 0 || $0.isAtWork })
    {
      SystemClock.block(for: .milliseconds(2))
    }
  }

  private func run() {
    while true {
      let isLate =
        arrivals.wait(timeout: .now() + .milliseconds(Self.tickMilliseconds)) == .timedOut
      if isLate, let line = tick() { append(line) }
      let (lines, dropped, isClosed) = state.withLock { state in
        defer { (state.lines, state.bytes, state.dropped) = ([], 0, 0) }
        state.isAtWork = !state.lines.isEmpty || state.dropped > 0
        return (state.lines, state.dropped, state.isClosed)
      }
      if !lines.isEmpty { write(lines.joined()) }
      if dropped > 0 { write("Note: \(dropped) lines of the log were dropped: nobody took them\n") }
      state.withLock { $0.isAtWork = false }
      if isClosed { return }
    }
  }
}
