internal import AWS
internal import Crawl
internal import S3
internal import Vocabulary

/// Shows how a sync goes on standard error: live on a terminal, plain lines for a log, or not at
/// all.
struct ProgressDisplay: Sendable {
  private let mode: Mode
  private let progress: CrawlProgress
  private let clients: [S3Client]
  private let start: Timestamp

  private enum Mode {
    case none, live, plain
  }

  private static let liveInterval = Duration.milliseconds(200)
  private static let plainInterval = Duration.seconds(10)
  /// How far back the rate looks.
  private static let rateWindowMilliseconds: Int64 = 5_000

  /// Unless it is welcome, it is only shown to those who ask for it.
  init(
    _ context: Context, _ asked: ProgressMode, of progress: CrawlProgress, clients: [S3Client],
    isWelcome: Bool = true
  ) {
    self.progress = progress
    self.clients = clients
    start = context.now
    switch asked {
    case .never: mode = .none
    case .plain: mode = .plain
    case .always: mode = .live
    case .auto:
      let isSeen = Terminal.errorIsTerminal && !context.options.output.isQuiet
      mode = isSeen && isWelcome ? .live : .none
    }
  }

  /// Runs `body` with the display beside it, which is gone when `body` returns.
  func showing<Result: Sendable>(
    _ body: @escaping @Sendable () async throws -> Result
  ) async throws -> Result {
    try await withThrowingTaskGroup(of: Result?.self) { group in
      group.addTask {
        await show()
        return nil
      }
      group.addTask { try await body() }
      defer { group.cancelAll() }
      while let finished = try await group.next() {
        if let result = finished { return result }
      }
      throw CancellationError()
    }
  }

  private func show() async {
    var samples: [ProgressSample] = []
    var drawnLines = 0
    let interval = mode == .plain ? Self.plainInterval : Self.liveInterval
    while mode != .none {
      do { try await Task.sleep(for: interval) } catch { break }
      let sample = self.sample()
      samples.removeAll { sample.milliseconds - $0.milliseconds > Self.rateWindowMilliseconds }
      drawnLines = draw(sample, since: samples.first, over: drawnLines)
      samples.append(sample)
    }
    if mode == .live { Terminal.writeError(Self.erasing(drawnLines)) }
  }

  private func draw(
    _ sample: ProgressSample, since earlier: ProgressSample?, over drawnLines: Int
  ) -> Int {
    guard mode == .live else {
      Terminal.writeError(
        "\(systemTime().iso8601.prefix(19))Z \(ProgressText.total(sample, since: earlier))\n")
      return 0
    }
    let size = Terminal.errorSize ?? (columns: 80, rows: 24)
    let lines = ProgressText.lines(
      sample, since: earlier, columns: size.columns, rows: size.rows)
    Terminal.writeError(Self.erasing(drawnLines) + lines.map { $0 + "\n" }.joined())
    return lines.count
  }

  /// Moves up over what was drawn and clears from there (ECMA-48 CUU and ED).
  private static func erasing(_ lines: Int) -> String {
    lines == 0 ? "" : "\u{1B}[\(lines)A\r\u{1B}[J"
  }

  private func sample() -> ProgressSample {
    let counts = clients.map(\.counts)
    return ProgressSample(
      snapshot: progress.snapshot, requests: counts.reduce(0) { $0 + $1.sent },
      retries: counts.reduce(0) { $0 + $1.retries },
      milliseconds: systemTime().millisecondsSinceEpoch - start.millisecondsSinceEpoch)
  }
}
