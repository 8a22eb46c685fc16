internal import Browse
internal import Synchronization
internal import System

/// Reads what a browser asks for, on a thread of its own: the latest request alone, and any older one is left.
final class BrowseReader: Sendable {
  private struct State {
    /// What is to be read next.
    var request: (number: Int, request: Request)?
    var replies: [(Int, Reply)] = []
    var isClosed = false
  }

  private let state = Mutex(State())
  /// The number of the request whose answer is wanted; 0 for none.
  private let wanted = Atomic<Int>(0)
  private let work: Wakeup
  private let thread = Mutex<SystemThread?>(nil)

  /// `notify` is called on the thread when there are replies.
  ///
  /// - Throws: `SystemError` where there is no thread left.
  init(_ index: BrowsedIndex, notify: @escaping @Sendable () -> Void) throws {
    work = try Wakeup()
    let new = try SystemThread { [self] in run(index, notify) }
    thread.withLock { $0 = new }
  }

  /// Has it read this, and nothing else any more.
  func read(_ request: Request, as number: Int) {
    wanted.store(number, ordering: .sequentiallyConsistent)
    state.withLock { $0.request = (number, request) }
    work.wake()
  }

  /// Has it leave what it reads.
  func stop() {
    wanted.store(0, ordering: .sequentiallyConsistent)
    state.withLock { $0.request = nil }
  }

  /// The replies that have come since this was last called.
  func takeReplies() -> [(Int, Reply)] {
    state.withLock { state in
      defer { state.replies = [] }
      return state.replies
    }
  }

  /// Has the thread end; a statement under way ends within a moment.
  func close() {
    stop()
    state.withLock { $0.isClosed = true }
    work.wake()
  }

  private func run(_ index: BrowsedIndex, _ notify: @escaping @Sendable () -> Void) {
    let running = Running()
    var reading = BrowseReading(index) { [self] in
      running.number.load(ordering: .relaxed) != wanted.load(ordering: .relaxed)
    }
    while true {
      let next = state.withLock { state in
        defer { state.request = nil }
        return (request: state.request, isClosed: state.isClosed)
      }
      if next.isClosed { return }
      guard let (number, request) = next.request else {
        work.wait()
        continue
      }
      running.number.store(number, ordering: .relaxed)
      reading.answer(request) { [self] reply in
        state.withLock { state in
          // A count is worth nothing when a later one is there.
          if case .counted = reply, case .counted? = state.replies.last?.1 {
            state.replies.removeLast()
          }
          state.replies.append((number, reply))
        }
        notify()
      }
    }
  }

  /// The number of the request that is being read.
  private final class Running: Sendable {
    let number = Atomic<Int>(0)
  }
}
