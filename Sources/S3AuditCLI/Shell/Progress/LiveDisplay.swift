internal import Synchronization
internal import Vocabulary

/// Shows on standard error how something goes: live on a terminal, plain lines for a log, or not at all.
///
/// What else is to be said meanwhile is said through it, so that it stands above the live lines.
struct LiveDisplay<Sample: Sendable>: Sendable {
  /// The words for samples: pure functions of one, and of one before it, if there is one.
  struct Words: Sendable {
    var total: @Sendable (Sample, Sample?) -> String
    /// For so many columns and rows.
    var lines: @Sendable (Sample, Sample?, Int, Int) -> [String]
    /// Since it began.
    var milliseconds: @Sendable (Sample) -> Int64
  }

  private enum Mode {
    case none, live, plain
  }

  private let mode: Mode
  private let words: Words
  private let sample: @Sendable () -> Sample
  private let screen = LiveScreen()

  private static var liveInterval: Duration { .milliseconds(200) }
  private static var plainInterval: Duration { .seconds(10) }
  /// How far back the rate looks.
  private static var rateWindowMilliseconds: Int64 { 5_000 }

  /// Unless it is welcome, it is only shown to those who ask for it.
  init(
    _ context: Context, _ asked: ProgressMode, isWelcome: Bool = true, words: Words,
    sample: @escaping @Sendable () -> Sample
  ) {
    self.words = words
    self.sample = sample
    switch asked {
    case .never: mode = .none
    case .plain: mode = .plain
    case .always: mode = .live
    case .auto:
      let isSeen =
        Terminal.errorIsTerminal && !Terminal.errorsAreLogged && !context.options.output.isQuiet
      mode = isSeen && isWelcome ? .live : .none
    }
  }

  /// Shows it until the task is cancelled, and leaves no line behind.
  func show() async {
    var samples: [Sample] = []
    let interval = mode == .plain ? Self.plainInterval : Self.liveInterval
    while mode != .none {
      do { try await Task.sleep(for: interval) } catch { break }
      let now = sample()
      let time = words.milliseconds(now)
      samples.removeAll { time - words.milliseconds($0) > Self.rateWindowMilliseconds }
      draw(now, since: samples.first)
      samples.append(now)
    }
    if mode == .live { screen.close() }
  }

  /// Writes whole lines that stay.
  func say(_ text: String) { screen.say(text) }

  /// Runs `body` without the live lines, for a question.
  func pausing<Result>(_ body: () throws -> Result) rethrows -> Result {
    screen.pause(true)
    defer { screen.pause(false) }
    return try body()
  }

  private func draw(_ sample: Sample, since earlier: Sample?) {
    guard mode == .live else {
      let line = words.total(sample, earlier)
      if Terminal.errorsAreLogged {
        Terminal.note("progress", .info, ("message", .string(line)))
      } else {
        screen.say("\(systemTime().iso8601.prefix(19))Z \(line)\n")
      }
      return
    }
    let size = Terminal.errorSize ?? (columns: 80, rows: 24)
    screen.draw(words.lines(sample, earlier, size.columns, size.rows))
  }
}

/// The last lines of a terminal, which are drawn again and again.
private final class LiveScreen: Sendable {
  private struct State {
    var linesDrawn = 0
    var isPaused = false
  }

  private let state = Mutex(State())

  func draw(_ lines: [String]) {
    state.withLock { state in
      guard !state.isPaused else { return }
      Terminal.writeError(Self.erasing(state.linesDrawn) + lines.map { $0 + "\n" }.joined())
      state.linesDrawn = lines.count
    }
  }

  func say(_ text: String) {
    state.withLock { state in
      Terminal.writeError(Self.erasing(state.linesDrawn) + text)
      state.linesDrawn = 0
    }
  }

  func pause(_ isPaused: Bool) {
    state.withLock { state in
      Terminal.writeError(Self.erasing(state.linesDrawn))
      state = State(linesDrawn: 0, isPaused: isPaused)
    }
  }

  func close() { say("") }

  /// Moves up over what was drawn and clears from there (ECMA-48 CUU and ED).
  private static func erasing(_ lines: Int) -> String {
    lines == 0 ? "" : "\u{1B}[\(lines)A\r\u{1B}[J"
  }
}
