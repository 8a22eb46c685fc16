internal import System
internal import Vocabulary

/// Puts finished files on the disk for good, many at a time, and has them remembered only then.
actor RestoreLedger {
  private static let bytesMax: Int64 = 64 << 20
  private static let pause = Duration.seconds(5)

  private let executor = SerialQueueExecutor(label: "restore-ledger")
  private let plan: RestorePlan
  private let folder: Folder
  private let policy: FlushPolicy
  private var rows: [(key: Key, row: DigestIndex.Row)] = []
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
    self.folder = folder
    self.policy = policy
    self.now = now
  }

  /// Takes over files that have their names and were found right.
  func add(_ files: [(key: Key, row: DigestIndex.Row)]) async throws {
    rows += files
    for file in files { bytes += file.row.status.size }
    guard bytes >= Self.bytesMax || ContinuousClock.now - flushedAt >= Self.pause else { return }
    try await flush()
  }

  /// Has all files so far put on the disk and remembered.
  func flush() async throws {
    guard !rows.isEmpty else { return }
    var taken = rows
    rows = []
    bytes = 0
    if policy == .batch { try folder.flushFileSystem() }
    try await settle(taken)
    let recorded = now().millisecondsSinceEpoch * 1_000_000
    for index in taken.indices { taken[index].row.recordedNanoseconds = recorded }
    try await plan.record(taken)
    flushedAt = .now
  }

  /// Waits until a later change of any of these files would show in its times.
  private func settle(_ rows: [(key: Key, row: DigestIndex.Row)]) async throws {
    let ready = rows.map { row in
      let status = row.row.status
      return status.changedNanoseconds + DigestIndex.settlingNanoseconds(of: status)
    }.max()
    let rest = (ready ?? 0) - now().millisecondsSinceEpoch * 1_000_000
    // A clock that was set back in between is no reason to wait for it.
    if rest >= 0 { try await Task.sleep(for: .nanoseconds(min(rest + 2_000_000, 3_000_000_000))) }
  }
}
