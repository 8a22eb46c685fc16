internal import AWS
internal import Crawl
internal import S3
internal import Vocabulary

/// Shows how a sync goes on standard error.
struct ProgressDisplay: Sendable {
  private let display: LiveDisplay<ProgressSample>

  /// Unless it is welcome, it is only shown to those who ask for it.
  init(
    _ context: Context, _ asked: ProgressMode, of progress: CrawlProgress, clients: [S3Client],
    isWelcome: Bool = true
  ) {
    let start = context.now
    display = LiveDisplay(
      context, asked, isWelcome: isWelcome,
      words: .init(
        total: { ProgressText.total($0, since: $1) },
        lines: { ProgressText.lines($0, since: $1, columns: $2, rows: $3) },
        milliseconds: { $0.milliseconds })
    ) {
      let counts = clients.map(\.counts)
      return ProgressSample(
        snapshot: progress.snapshot, requests: counts.reduce(0) { $0 + $1.sent },
        retries: counts.reduce(0) { $0 + $1.retries },
        milliseconds: systemTime().millisecondsSinceEpoch - start.millisecondsSinceEpoch)
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
