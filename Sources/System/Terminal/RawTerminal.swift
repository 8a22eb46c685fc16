internal import Synchronization

#if canImport(Darwin)
  internal import Darwin
#elseif canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// The terminal on standard input and output, as a program with a whole screen uses it: keys come as they are pressed,
/// and are not echoed.
///
/// ```swift
/// try RawTerminal.enter(opening: Array("\u{1B}[?1049h".utf8), closing: Array("\u{1B}[?1049l".utf8))
/// defer { RawTerminal.leave() }
/// ```
///
/// Ctrl-C and Ctrl-Z still send their signals. Whatever ends the process, but for SIGKILL, the terminal is as it was
/// before: the handlers of signals put it back too (`EndingSignals`, `TerminalSignals`).
package enum RawTerminal {
  /// Takes the terminal over, and shows `opening`; `closing` is what undoes that on the screen.
  ///
  /// May be called again after `leave`.
  ///
  /// - Throws: `SystemError` where standard input is no terminal, or has gone.
  package static func enter(opening: [UInt8], closing: [UInt8]) throws(SystemError) {
    guard !isRaw.load(ordering: .sequentiallyConsistent) else { return }
    var settings = termios()
    guard uninterrupted({ unsafe tcgetattr(StandardStream.input.rawValue, &settings) }) != nil
    else {
      throw SystemError("read the settings of", "the terminal")
    }
    keep(settings, closing)
    var raw = settings
    raw.c_lflag &= ~tcflag_t(ECHO | ICANON | IEXTEN)
    // Enter is told from Ctrl-J, and Ctrl-S does not stop the screen.
    raw.c_iflag &= ~tcflag_t(IXON | ICRNL | INLCR | ISTRIP | BRKINT)
    unsafe withUnsafeMutableBytes(of: &raw.c_cc) { keys in
      unsafe keys[Int(VMIN)] = 1
      unsafe keys[Int(VTIME)] = 0
    }
    guard apply(raw) else { throw SystemError("set", "the terminal") }
    isRaw.store(true, ordering: .sequentiallyConsistent)
    try StandardStream.output.write(opening[...])
  }

  /// Puts the terminal back as it was; nothing where it was put back already.
  package static func leave() { restoreTerminal() }

  /// What handlers of signals need; kept where they can reach it before there is anything to put back.
  @safe private static func keep(_ settings: termios, _ closing: [UInt8]) {
    unsafe savedSettings = settings
    let bytes = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: closing.count)
    _ = unsafe bytes.initialize(from: closing)
    // An older one is not freed: a handler may be reading it. There are a few bytes for each suspension.
    unsafe savedClosing = UnsafeRawBufferPointer(bytes)
  }
}

/// Writes what undoes the screen and sets the terminal as it was, once: async-signal-safe (signal-safety(7)).
func restoreTerminal() {
  guard isRaw.exchange(false, ordering: .sequentiallyConsistent) else { return }
  let before = errno
  _ = unsafe write(StandardStream.output.rawValue, savedClosing.baseAddress, savedClosing.count)
  _ = unsafe apply(savedSettings)
  errno = before
}

/// Sets the terminal; at once, as output that is stopped must not hold it up.
private func apply(_ settings: termios) -> Bool {
  var settings = settings
  return uninterrupted {
    unsafe tcsetattr(StandardStream.input.rawValue, TCSANOW, &settings)
  } != nil
}

// A handler of signals sees nothing but what is global.

private let isRaw = Atomic(false)
/// Safety: written while `isRaw` is false, read by whoever turns it from true to false.
private nonisolated(unsafe) var savedSettings = termios()
/// Safety: as `savedSettings`; its bytes are never freed.
private nonisolated(unsafe) var savedClosing = unsafe UnsafeRawBufferPointer(start: nil, count: 0)
