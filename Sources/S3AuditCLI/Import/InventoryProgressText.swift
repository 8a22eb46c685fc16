internal import Inventory
internal import Report
internal import Vocabulary

/// The words of how an import of an inventory goes: pure functions of samples.
///
///     reading: 3 of 8 files, 1,875,000 rows, 112.4 MiB of 300.1 MiB  410,312 rows/s
///     storing: 2,400,000 of 5,000,000 rows  620,114 rows/s
enum InventoryProgressText {
  struct Sample: Sendable {
    var snapshot: InventoryProgress.Snapshot
    /// Since the import began.
    var milliseconds: Int64
  }

  /// Live on a terminal, and nowhere else.
  static func display(
    of progress: InventoryProgress, _ context: Context
  ) -> LiveDisplay<Sample> {
    let (start, unit) = (context.now, context.options.output.unit)
    return LiveDisplay(
      context, .auto,
      words: .init(
        total: { line($0, since: $1, unit: unit) },
        lines: { sample, earlier, columns, _ in
          [String(line(sample, since: earlier, unit: unit).prefix(max(1, columns - 1)))]
        },
        milliseconds: { $0.milliseconds })
    ) {
      Sample(
        snapshot: progress.snapshot,
        milliseconds: systemTime().millisecondsSinceEpoch.minus(start.millisecondsSinceEpoch))
    }
  }

  /// Runs an import that Ctrl-C ends; how far it had come then is told.
  static func telling(
    _ context: Context, _ body: @escaping @Sendable (InventoryProgress) async throws -> ExitStatus
  ) async throws -> ExitStatus {
    let progress = InventoryProgress()
    do {
      return try await context.interrupt.cancelling { try await body(progress) }
    } catch let error as CancellationError {
      Terminal.writeError(interrupted(progress.snapshot))
      throw error
    }
  }

  static func line(_ sample: Sample, since earlier: Sample?, unit: ByteUnit) -> String {
    let now = sample.snapshot
    switch now.phase {
    case .checking: return "checking \(counted(now.rows, "row"))"
    case .reading:
      let files =
        now.filesTotal > 0 ? "\(now.files) of \(counted(Int64(now.filesTotal), "file")), " : ""
      let bytes = now.bytesTotal > 0 ? " of \(unit.text(now.bytesTotal))" : ""
      return
        "reading: \(files)\(counted(now.rows, "row")), \(unit.text(now.bytes))\(bytes)"
        + rate(sample, earlier, \.rows)
    case .storing:
      return
        "storing: \(groupedDecimal(now.stored)) of \(counted(now.rows, "row"))"
        + rate(sample, earlier, \.stored)
    }
  }

  /// Rows a second since an earlier sample of the same phase.
  private static func rate(
    _ sample: Sample, _ earlier: Sample?, _ rows: KeyPath<InventoryProgress.Snapshot, Int64>
  ) -> String {
    guard let earlier, earlier.snapshot.phase == sample.snapshot.phase else { return "" }
    let new = max(0, sample.snapshot[keyPath: rows].minus(earlier.snapshot[keyPath: rows]))
    let time = max(1, sample.milliseconds - earlier.milliseconds)
    return "  \(groupedDecimal(new.times(1_000) / time)) rows/s"
  }

  /// What is said of an import that was interrupted.
  static func interrupted(_ snapshot: InventoryProgress.Snapshot) -> String {
    let done =
      snapshot.phase == .storing
      ? "after \(groupedDecimal(snapshot.stored)) of \(counted(snapshot.rows, "row")); what was stored is kept"
      : "before anything was stored; the index is as it was"
    return """
      Interrupted \(done).
      Help:  run the same command again: it reads all of it from the beginning and stores what is missing

      """
  }
}
