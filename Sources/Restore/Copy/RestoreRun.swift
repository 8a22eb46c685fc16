internal import Vocabulary

/// Hands what is left to do to the lanes, and takes back what came of it.
///
/// Files go in small chunks, each of which has one request at work at a time: one hand-over for several files.
/// A chunk that takes long comes back with what it has not begun, so that nothing large waits behind
/// something large.
struct RestoreRun {
  private let plan: RestorePlan
  private let ledger: RestoreLedger
  private let lanes: [RestoreLane]
  /// Requests at work at a time.
  private let concurrency: Int
  private let observe: DirectoryRestore.Observer
  /// Whether keys that something stands in the way of are kept back until that may be gone.
  private let defersObstacles: Bool
  private var obstructed: [(entry: ManifestEntry, outcome: RestoreOutcome)] = []
  /// Whether some key is not there, but for those that are kept back.
  private(set) var hasTroubles = false

  /// Keys that are looked at together.
  private static let batchCount = 512
  private static let chunkCountMax = 8

  private var work: ArraySlice<RestorePlan.Work> = []
  private var isLastBatch = false

  init(
    plan: RestorePlan, ledger: RestoreLedger, lanes: [RestoreLane], concurrency: Int,
    defersObstacles: Bool, observe: @escaping DirectoryRestore.Observer
  ) {
    self.plan = plan
    self.ledger = ledger
    self.lanes = lanes
    self.concurrency = concurrency
    self.defersObstacles = defersObstacles
    self.observe = observe
  }

  /// Goes through all that the plan has; at its end all of it is on the disk.
  mutating func run() async throws {
    do {
      try await restore()
    } catch {
      // What stopped the restore is the error to tell.
      _ = try? await ledger.flush()
      throw error
    }
    for result in try await ledger.flush() { tell(result.entry, result.outcome) }
  }

  /// Restores what was kept back, if what stood in its way is gone, or tells that it was refused.
  mutating func settleObstacles(areGone: Bool) async throws {
    let kept = obstructed
    guard !kept.isEmpty else { return }
    if areGone { await plan.repeating(kept.map(\.entry)) }
    var rest = RestoreRun(
      plan: plan, ledger: ledger, lanes: lanes, concurrency: concurrency, defersObstacles: false,
      observe: observe)
    guard areGone else {
      for (entry, outcome) in kept { rest.tell(entry, outcome) }
      return
    }
    try await rest.run()
  }

  private mutating func restore() async throws {
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
      for (entry, outcome) in batch.settled { tell(entry, outcome) }
      (work, isLastBatch) = (batch.work[...], batch.isLast)
    }
    // The last ones are shared out among all.
    let count = min(Self.chunkCountMax, max(1, work.count / concurrency))
    let chunk = work.prefix(count)
    work = work.dropFirst(count)
    return chunk
  }

  private mutating func settle(_ report: RestoreLane.Report) async throws {
    if !report.rest.isEmpty { work = report.rest + work }
    // What has no file to be put on the disk is told at once.
    for result in report.results where result.row == nil { tell(result.entry, result.outcome) }
    let files = report.results.filter { $0.row != nil }
    if !files.isEmpty {
      for result in try await ledger.add(files) { tell(result.entry, result.outcome) }
    }
    if let error = report.error { throw error }
  }

  private mutating func tell(_ entry: ManifestEntry, _ outcome: RestoreOutcome) {
    switch outcome {
    case .refused(.inTheWay) where defersObstacles:
      obstructed.append((entry, outcome))
      return
    case .refused, .archived, .failed: hasTroubles = true
    case .skipped, .folder, .restored, .found: break
    }
    observe(entry, outcome)
  }
}
