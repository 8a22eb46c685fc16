internal import Vocabulary

/// Hands what is left to do to the lanes, and takes back what came of it.
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
    try await withThrowingTaskGroup(of: RestoreLane.Result.self) { group in
      var (running, turn) = (0, 0)
      var batch = RestorePlan.Batch()
      var next = 0
      while true {
        while running < concurrency {
          if next == batch.work.count {
            if batch.isLast { break }
            try Task.checkCancellation()
            batch = try await plan.next(count: Self.batchCount)
            next = 0
            for (entry, outcome) in batch.settled { tell(entry, outcome) }
            continue
          }
          let (work, lane) = (batch.work[next], lanes[turn % lanes.count])
          group.addTask { try await lane.restore(work) }
          (next, turn, running) = (next + 1, turn + 1, running + 1)
        }
        guard let result = try await group.next() else { return }
        running -= 1
        for result in try await ledger.add(result) { tell(result.entry, result.outcome) }
      }
    }
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
