internal import Synchronization

#if canImport(Darwin)
  internal import Darwin
#elseif canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// The signals by which a terminal speaks to a program with a whole screen: SIGWINCH, SIGTSTP and SIGCONT.
///
/// ```swift
/// TerminalSignals.listen(wakeup)
/// // … wakeup is woken …
/// let came = TerminalSignals.take()
/// if came.contains(.stop) { RawTerminal.leave(); TerminalSignals.stopProcess() }
/// ```
package struct TerminalSignals: OptionSet, Sendable {
  package let rawValue: UInt32

  package init(rawValue: UInt32) { self.rawValue = rawValue }

  /// The terminal has another size.
  package static let resize = TerminalSignals(rawValue: 1)
  /// Ctrl-Z, or `kill -TSTP`: the process is to stop.
  package static let stop = TerminalSignals(rawValue: 2)
  /// The process goes on after it was stopped, by whatever.
  package static let goOn = TerminalSignals(rawValue: 4)

  /// Begins to note the signals, each of which wakes `wakeup`; it must live as long as the process.
  ///
  /// SIGHUP counts as one of `EndingSignals` from now on. Signals of which a process dies, such as those of a failed
  /// precondition, put the terminal back first.
  package static func listen(_ wakeup: Wakeup) {
    // Here they get their values: a handler may not wait for another thread to give them some.
    noted.store(0, ordering: .sequentiallyConsistent)
    wakeupPipe.store(wakeup.writing, ordering: .sequentiallyConsistent)
    restoreTerminal()
    for number in [SIGWINCH, SIGTSTP, SIGCONT] { signal(number, note) }
    for number in [SIGQUIT, SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV] {
      signal(number, restoreAndDie)
    }
    EndingSignals.takeHangUps()
  }

  /// Those that have come since it was last called.
  package static func take() -> TerminalSignals {
    TerminalSignals(rawValue: noted.exchange(0, ordering: .sequentiallyConsistent))
  }

  /// Stops the process as Ctrl-Z does, and returns when it goes on.
  ///
  /// The terminal is to be put back before.
  package static func stopProcess() {
    signal(SIGTSTP, SIG_DFL)
    raise(SIGTSTP)
    signal(SIGTSTP, note)
  }
}

// A handler of signals sees nothing but what is global.

private let noted = Atomic<UInt32>(0)
private let wakeupPipe = Atomic<Int32>(-1)

/// The handler: it may interrupt any code, so it calls only what signal-safety(7) allows.
private func note(_ number: Int32) {
  let came: TerminalSignals =
    number == SIGWINCH ? .resize : number == SIGTSTP ? .stop : .goOn
  noted.bitwiseOr(came.rawValue, ordering: .sequentiallyConsistent)
  let before = errno
  var byte: UInt8 = 1
  // A pipe that is full wakes as well.
  _ = unsafe write(wakeupPipe.load(ordering: .sequentiallyConsistent), &byte, 1)
  errno = before
}

/// The signal is held back until this returns, and ends the process then as if nobody had listened.
private func restoreAndDie(_ number: Int32) {
  restoreTerminal()
  signal(number, SIG_DFL)
  raise(number)
}
