internal import Browse
internal import Report
internal import System
internal import Vocabulary

/// A browser on a terminal: keys, signals and replies go in, screens come out.
///
/// The thread that it runs on waits for keys, and reads no index: `BrowseReader` does.
@MainActor final class BrowseSession {
  private let interrupt: Interrupt
  private let usesColor: Bool
  private let wakeup: Wakeup
  private let reader: BrowseReader
  private var browser: Browser
  private var decoder = KeyDecoder()
  private var frame = Frame()
  /// Keys that wait for the level that they are meant for.
  private var keys: [Keystroke] = []
  private var hasLeft = false

  /// How long a read may take before it is shown that something is read, and how often that is shown.
  private nonisolated static let tickMilliseconds: Int32 = 100
  /// How long a process that was asked to end may take for that.
  private nonisolated static let endMilliseconds = 2_000

  init(
    _ index: BrowsedIndex, at start: Place, unit: ByteUnit, usesColor: Bool, _ interrupt: Interrupt
  ) throws {
    self.interrupt = interrupt
    self.usesColor = usesColor
    let wakeup = try Wakeup()
    self.wakeup = wakeup
    reader = try BrowseReader(index) { wakeup.wake() }
    browser = Browser(at: start, view: ViewSettings(unit: unit), size: Self.size)
  }

  /// Runs until the user leaves; returns the addresses that are to be printed.
  ///
  /// - Throws: `CancellationError` when the process is asked to end, or the terminal goes away. The terminal is as it
  ///   was before.
  func run() throws -> [[UInt8]] {
    TerminalSignals.listen(wakeup)
    interrupt.onInterrupt { [wakeup] in
      EndingSignals.endProcess(afterMilliseconds: Self.endMilliseconds)
      wakeup.wake()
    }
    try RawTerminal.enter(opening: Frame.opening, closing: Frame.closing)
    defer {
      reader.close()
      RawTerminal.leave()
    }
    try perform(browser.begin())
    while !hasLeft {
      try show()
      try waitForEvents()
      if interrupt.isInterrupted { throw CancellationError() }
    }
    return browser.chosen
  }

  private static var size: Size {
    guard let size = StandardStream.output.terminalSize, size.rows > 0 else {
      return Size(columns: 80, rows: 24)
    }
    return Size(columns: size.columns, rows: size.rows)
  }

  private func show() throws {
    // Nothing has come yet: an empty screen would only flicker.
    guard !browser.isBlank else { return }
    let bytes = frame.update(Screen(browser, usesColor: usesColor).lines)
    if !bytes.isEmpty { try Terminal.writeOutput(bytes) }
  }

  private func waitForEvents() throws {
    let milliseconds: Int32? =
      decoder.isPending
      ? KeyDecoder.restMilliseconds : browser.wantsTicks ? Self.tickMilliseconds : nil
    let began = SystemClock.millisecondsSinceEpoch
    if wakeup.waitForInput(milliseconds: milliseconds) {
      try takeKeys()
    } else if let milliseconds,
      SystemClock.millisecondsSinceEpoch.minus(began) >= Int64(milliseconds)
    {
      // Nothing came for so long, and no signal or answer ended the wait.
      if decoder.isPending { keys += decoder.rest() } else { try perform(browser.handle(.tick)) }
    }
    try takeSignals()
    for (number, reply) in reader.takeReplies() {
      try perform(browser.handle(.reply(number, reply)))
    }
    while !hasLeft, !browser.isAboutToShow, !keys.isEmpty {
      try perform(browser.handle(.key(keys.removeFirst())))
    }
  }

  private func takeKeys() throws {
    var buffer = [UInt8](repeating: 0, count: 4_096)
    // A terminal that has gone is at its end, or fails.
    let count = (try? StandardStream.input.read(into: &buffer)) ?? 0
    guard count > 0 else { throw CancellationError() }
    keys += decoder.take(buffer[..<count])
  }

  private func takeSignals() throws {
    let signals = TerminalSignals.take()
    if signals.contains(.stop) {
      RawTerminal.leave()
      TerminalSignals.stopProcess()
    }
    if !signals.isDisjoint(with: [.stop, .goOn]) {
      // Whatever the terminal was used for meanwhile, it is taken over anew; it may be another size.
      RawTerminal.leave()
      try RawTerminal.enter(opening: Frame.opening, closing: Frame.closing)
      try perform(browser.handle(.resize(Self.size)))
    } else if signals.contains(.resize) {
      try perform(browser.handle(.resize(Self.size)))
    }
  }

  private func perform(_ effects: [Effect]) throws {
    for effect in effects {
      switch effect {
      case .read(let number, let request): reader.read(request, as: number)
      case .stopReading: reader.stop()
      case .redraw: frame.forget()
      case .leave: hasLeft = true
      }
    }
  }
}
