internal import Synchronization

#if canImport(Darwin)
  internal import Darwin
#elseif canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// The signals by which people and systems ask a process to end: SIGINT, as Ctrl-C sends it, and SIGTERM.
///
/// A program that has something to put in order listens to them. A server, which has nothing to do but
/// to wait for them, holds them back instead.
package enum EndingSignals {
  /// Why nobody can listen.
  package enum ListenFailure: Error, Equatable {
    case noPipe(SystemError)
    case noThread(SystemError)
  }

  /// Begins to take signals; to be called once, before there is a second thread.
  ///
  /// The first one has `onFirst` called, on a thread that does nothing else; the second one ends the
  /// process at once with `exitStatus`. From here on no signal is lost, however busy the process is: its
  /// handler notes the signal and wakes the thread. SIGPIPE is ignored: a reader that went away is an error of
  /// write(2), not the end of the process.
  package static func listen(
    exitStatus status: Int32, onFirst: @escaping @Sendable () -> Void
  ) throws(ListenFailure) {
    let ends: (reading: Int32, writing: Int32)
    do throws(SystemError) {
      ends = try makePipe()
    } catch {
      throw .noPipe(error)
    }
    // Here they get their values: a handler may not wait for another thread to give them some.
    wasSignalled.store(false, ordering: .sequentiallyConsistent)
    exitStatus.store(status, ordering: .sequentiallyConsistent)
    signalPipe.store(ends.writing, ordering: .sequentiallyConsistent)
    do throws(SystemError) {
      _ = try SystemThread {
        var byte: [UInt8] = [0]
        _ = readNext(into: &byte, from: ends.reading)
        onFirst()
      }
    } catch {
      throw .noThread(error)
    }
    signal(SIGPIPE, SIG_IGN)
    signal(SIGALRM) { _ in endAtOnce() }
    for number in [SIGINT, SIGTERM] { signal(number, noteSignal) }
  }

  /// Has SIGHUP, by which a terminal says that it has gone, count as one of them.
  static func takeHangUps() { signal(SIGHUP, noteSignal) }

  /// Whether one has come since somebody listens.
  package static var isSignalled: Bool { wasSignalled.load(ordering: .sequentiallyConsistent) }

  /// Has the process end with the status that `listen` was given, after so much time, by the handler of
  /// SIGALRM, which needs no thread.
  package static func endProcess(afterMilliseconds milliseconds: Int) {
    var timer = itimerval()
    timer.it_value.tv_sec = milliseconds / 1_000
    timer.it_value.tv_usec = .init(milliseconds % 1_000 * 1_000)
    #if canImport(Glibc)
      unsafe setitimer(__itimer_which_t(UInt32(ITIMER_REAL.rawValue)), &timer, nil)
    #else
      unsafe setitimer(ITIMER_REAL, &timer, nil)
    #endif
  }

  /// Holds the signals back, on this thread and all that it starts, until `waitForOne`; SIGPIPE is ignored.
  ///
  /// To be called before any thread begins, so that each inherits it.
  package static func hold() {
    var signals = held
    unsafe pthread_sigmask(SIG_BLOCK, &signals, nil)
    signal(SIGPIPE, SIG_IGN)
  }

  /// Returns when one of the signals that are held back has come.
  package static func waitForOne() {
    var signals = held
    var received: Int32 = 0
    unsafe sigwait(&signals, &received)
  }

  private static var held: sigset_t {
    var signals = sigset_t()
    unsafe sigemptyset(&signals)
    for number in [SIGINT, SIGTERM] { unsafe sigaddset(&signals, number) }
    return signals
  }
}

// A handler of signals sees nothing but what is global.

private let wasSignalled = Atomic(false)
private let exitStatus = Atomic<Int32>(0)
/// Where the handler writes; -1 until there is a pipe.
private let signalPipe = Atomic<Int32>(-1)

private func endAtOnce() -> Never {
  restoreTerminal()
  _exit(exitStatus.load(ordering: .sequentiallyConsistent))
}

/// The handler: it may interrupt any code, so it calls only what signal-safety(7) allows.
private func noteSignal(_ number: Int32) {
  guard !wasSignalled.exchange(true, ordering: .sequentiallyConsistent) else { endAtOnce() }
  let before = errno
  var byte: UInt8 = 1
  _ = unsafe write(signalPipe.load(ordering: .sequentiallyConsistent), &byte, 1)
  errno = before
}
