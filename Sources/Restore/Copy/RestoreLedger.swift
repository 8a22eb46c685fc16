internal import System
internal import Vocabulary

/// Puts finished files on the disk for good, many at a time, and has them remembered only then: what it
/// gives back has become of keys, and stays so.
actor RestoreLedger {
  private static let bytesMax: Int64 = 64 << 20
  private static let pause = Duration.seconds(5)

  private let executor = SerialQueueExecutor(label: "restore-ledger")
  private let plan: RestorePlan
  private let root: Folder
  private let policy: FlushPolicy
  private var finished: [RestoreLane.Result] = []
  private var bytes: Int64 = 0
  private var flushedAt = ContinuousClock.now
  private let now: @Sendable () -> Timestamp

  nonisolated var unownedExecutor: UnownedSerialExecutor {
    executor.asUnownedSerialExecutor()
  }

  init(
    _ plan: RestorePlan, folder: Folder, policy: FlushPolicy,
    now: @escaping @Sendable () -> Timestamp
  ) {
    self.plan = plan
    root = folder
    self.policy = policy
    self.now = now
  }

  /// Takes over what came of keys; gives back what became of them, or of those before them.
  func add(_ results: [RestoreLane.Result]) async throws -> [RestoreLane.Result] {
    finished += results
    for result in results { bytes += result.row?.status.size ?? 0 }
    guard bytes >= Self.bytesMax || ContinuousClock.now - flushedAt >= Self.pause else { return [] }
    return try await flush()
  }

  /// Has all files so far put on the disk and remembered.
  func flush() async throws -> [RestoreLane.Result] {
    guard !finished.isEmpty else { return [] }
    let taken = finished
    finished = []
    bytes = 0
    if policy == .batch { try root.flushFileSystem() }
    let results = verified(taken)
    var rows = results.compactMap { result in result.row.map { (key: result.entry.path, row: $0) } }
    await settle(rows)
    let recorded = now().millisecondsSinceEpoch * 1_000_000
    for index in rows.indices { rows[index].row.recordedNanoseconds = recorded }
    await plan.record(rows.filter { DigestIndex.isSettled($0.row.status, recorded: recorded) })
    flushedAt = .now
    return results
  }

  /// Files whose folders are not where they were, reached anew, are lost to whoever looks for them.
  private func verified(_ results: [RestoreLane.Result]) -> [RestoreLane.Result] {
    let tree = ConfinedTree(root)
    var verdicts: [RestoreLane.Place: Bool] = [:]
    return results.map { result in
      guard let place = result.place else { return result }
      let isThere = verdicts[place] ?? tree.isAt(place.path, place.folder)
      verdicts[place] = isThere
      if isThere { return result }
      return RestoreLane.Result(entry: result.entry, outcome: .failed(.lostFolder))
    }
  }

  /// Waits until a later change of any of these files would show in its times; not after Ctrl-C, when
  /// those that are too young are not remembered.
  private func settle(_ rows: [(key: Key, row: DigestIndex.Row)]) async {
    let ready = rows.map { row in
      let status = row.row.status
      return status.changedNanoseconds + DigestIndex.settlingNanoseconds(of: status)
    }.max()
    let rest = (ready ?? 0) - now().millisecondsSinceEpoch * 1_000_000
    guard rest >= 0 else { return }
    // A clock that was set back in between is no reason to wait for it.
    try? await Task.sleep(for: .nanoseconds(min(rest + 2_000_000, 3_000_000_000)))
  }
}
