internal import Synchronization

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// Turns the first Ctrl-C or SIGTERM into cancellation, and the second into the end of the process.
///
/// Both are safe at any instant: what a sync has committed stays committed. From `listen` on no signal
/// is lost, however busy the process is: its handler notes the signal and wakes a thread that does
/// nothing but wait for it.
final class Interrupt: Sendable {
  private let action = Mutex<(@Sendable () -> Void)?>(nil)

  /// How long a command may take to end by itself; then the process is ended.
  ///
  /// It takes a second at most, but for a large log on a slow disk. Where no thread can be made for its
  /// tasks, or a disk has gone, it never does.
  private static let patienceMilliseconds = 15_000
  private static let patienceOfQueriesMilliseconds = 500

  /// Begins to take signals; to be called once, before there is a second thread.
  ///
  /// - Throws: `CommandFailure` where the system has no pipe or no thread left for it.
  func listen() throws(CommandFailure) {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else {
      throw CommandFailure(
        message: "cannot wait for signals: \(String(cString: strerror(errno)))",
        hint: "raise the limit: ulimit -n 1024")
    }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    let reading = ends[0]
    // Here they get their values: a handler may not wait for another thread to give them some.
    wasSignalled.store(false, ordering: .sequentiallyConsistent)
    signalPipe.store(ends[1], ordering: .sequentiallyConsistent)
    let thread = SystemThread { [self] in
      var byte: UInt8 = 0
      while read(reading, &byte, 1) < 0, errno == EINTR {}
      receive()
    }
    guard thread != nil else { throw ProcessLimits.tooFewThreads }
    // A reader that went away is an error of write(2), not the end of the process.
    signal(SIGPIPE, SIG_IGN)
    signal(SIGALRM) { _ in _exit(ExitStatus.interrupted.rawValue) }
    for number in [SIGINT, SIGTERM] { signal(number, noteSignal) }
  }

  /// Whether the user asked to stop: for loops that cannot be cancelled as tasks.
  var isInterrupted: Bool { wasSignalled.load(ordering: .sequentiallyConsistent) }

  /// Runs `body` as a task that the first signal cancels.
  func cancelling<Result: Sendable>(
    _ body: @escaping @Sendable () async throws -> Result
  ) async throws -> Result {
    let task = Task { try await body() }
    onInterrupt {
      endProcess(afterMilliseconds: Self.patienceMilliseconds)
      task.cancel()
    }
    return try await task.value
  }

  /// From now on, half a second after the first signal, the process is ended if it still runs.
  ///
  /// This is for commands that only read. Their thread may be blocked in write(2) by a reader that
  /// takes nothing. Writing in pieces that cannot block would take a quarter longer.
  func endProcessThatWaits() {
    onInterrupt { endProcess(afterMilliseconds: Self.patienceOfQueriesMilliseconds) }
  }

  private func onInterrupt(_ new: @escaping @Sendable () -> Void) {
    action.withLock { $0 = new }
    // A signal that came before found nothing to do.
    if isInterrupted { receive() }
  }

  private func receive() {
    // Taken by one thread: the one that waits for signals, or the one that was too late for them.
    let action = action.withLock { action in
      defer { action = nil }
      return action
    }
    action?()
  }
}

/// Ends the process after some time by the handler of SIGALRM, which needs no thread.
private func endProcess(afterMilliseconds milliseconds: Int) {
  var timer = itimerval()
  timer.it_value.tv_sec = milliseconds / 1_000
  timer.it_value.tv_usec = .init(milliseconds % 1_000 * 1_000)
  #if canImport(Glibc)
    setitimer(__itimer_which_t(UInt32(ITIMER_REAL.rawValue)), &timer, nil)
  #else
    setitimer(ITIMER_REAL, &timer, nil)
  #endif
}

// A handler of signals sees nothing but what is global.

private let wasSignalled = Atomic(false)
/// Where the handler writes; -1 until there is a pipe.
private let signalPipe = Atomic<Int32>(-1)

/// The handler: it may interrupt any code, so it calls only what signal-safety(7) allows.
private func noteSignal(_ number: Int32) {
  guard !wasSignalled.exchange(true, ordering: .sequentiallyConsistent) else {
    _exit(ExitStatus.interrupted.rawValue)
  }
  let before = errno
  var byte: UInt8 = 1
  _ = write(signalPipe.load(ordering: .sequentiallyConsistent), &byte, 1)
  errno = before
}
