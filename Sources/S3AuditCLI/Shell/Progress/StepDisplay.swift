internal import Vocabulary

/// Shows on a terminal how far one long step has come, and nothing elsewhere.
///
///     copied 120.0 MiB of 1.2 GiB, 3 s
struct StepDisplay: Sendable {
  private struct Sample: Sendable {
    var text: String
    var milliseconds: Int64
  }

  private let display: LiveDisplay<Sample>

  /// `text` is asked a few times a second, on any thread.
  init(_ context: Context, text: @escaping @Sendable () -> String) {
    let start = context.now.millisecondsSinceEpoch
    @Sendable func line(_ sample: Sample) -> String {
      "\(sample.text), \(sample.milliseconds / 1_000) s"
    }
    display = LiveDisplay(
      context, .auto,
      words: .init(
        total: { sample, _ in line(sample) },
        lines: { sample, _, columns, _ in [String(line(sample).prefix(max(1, columns - 1)))] },
        milliseconds: { $0.milliseconds })
    ) {
      Sample(text: text(), milliseconds: systemTime().millisecondsSinceEpoch.minus(start))
    }
  }

  /// Runs `body` with the display beside it, which is gone when `body` returns.
  func showing<Result: Sendable>(
    _ body: @escaping @Sendable () async throws -> Result
  ) async throws -> Result {
    async let _: Void = display.show()
    return try await body()
  }
}
