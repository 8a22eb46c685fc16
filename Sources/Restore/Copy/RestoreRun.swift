internal import Vocabulary

/// Hands what is left to do to the lanes, and takes back what came of it.
///
/// Files go in small chunks, each of which has one request at work at a time: one hand-over for several files.
/// A chunk that takes long comes back with what it has not begun, so that nothing large waits behind
/// something large.
struct RestoreRun {
  let plan: RestorePlan
  let ledger: RestoreLedger
  let lanes: [RestoreLane]
  /// Requests at work at a time.
  let concurrency: Int
  let observe: DirectoryRestore.Observer

  /// Keys that are looked at together.
  private static let batchCount = 512
  private static let chunkCountMax = 8

  private var work: ArraySlice<RestorePlan.Work> = []
  private var isLastBatch = false

  init(
    plan: RestorePlan, ledger: RestoreLedger, lanes: [RestoreLane], concurrency: Int,
    observe: @escaping DirectoryRestore.Observer
  ) {
    self.plan = plan
    self.ledger = ledger
    self.lanes = lanes
    self.concurrency = concurrency
    self.observe = observe
  }

  mutating func run() async throws {
    try await withThrowingTaskGroup(of: RestoreLane.Report.self) { group in
      var (running, turn) = (0, 0)
      while true {
        while running < concurrency, let chunk = try await nextChunk() {
          let lane = lanes[turn % lanes.count]
          group.addTask(executorPreference: lane.executor) { await lane.restore(chunk) }
          (turn, running) = (turn + 1, running + 1)
        }
        guard let report = try await group.next() else { return }
        running -= 1
        try await settle(report)
      }
    }
  }

  /// The next few files; nil at the end.
  ///
  /// What is right already is told on the way.
  private mutating func nextChunk() async throws -> ArraySlice<RestorePlan.Work>? {
    while work.isEmpty {
      if isLastBatch { return nil }
      try Task.checkCancellation()
      let batch = try await plan.next(count: Self.batchCount)
      for (entry, outcome) in batch.settled { observe(entry, outcome) }
      (work, isLastBatch) = (batch.work[...], batch.isLast)
    }
    // The last ones are shared out among all.
    let count = min(Self.chunkCountMax, max(1, work.count / concurrency))
    let chunk = work.prefix(count)
    work = work.dropFirst(count)
    return chunk
  }

  private mutating func settle(_ report: RestoreLane.Report) async throws {
    for result in report.results { observe(result.entry, result.outcome) }
    if !report.rest.isEmpty { work = report.rest + work }
    let rows = report.results.compactMap { result in result.row.map { (result.entry.key, $0) } }
    if !rows.isEmpty { try await ledger.add(rows) }
    if let error = report.error { throw error }
  }
}
