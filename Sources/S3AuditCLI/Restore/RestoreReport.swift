internal import Report
internal import Restore
internal import Synchronization
internal import System
internal import Vocabulary

/// Tells what becomes of keys while a restore runs, and closes it with a table.
///
/// Keys that are restored pass in silence; each one that is not is named at once, on standard error. Where
/// it is asked for, they go into a manifest that can be fed back.
final class RestoreReport: Sendable {
  private struct State {
    var counts = RestoreCounts()
    var failed: [UInt8] = ManifestFormat.full.header
  }

  private let context: Context
  private let arguments: RestoreArguments
  private let state = Mutex(State())

  init(_ context: Context, _ arguments: RestoreArguments) {
    self.context = context
    self.arguments = arguments
  }

  func tell(_ entry: ManifestEntry, _ outcome: RestoreOutcome) {
    let words: String? =
      switch outcome {
      case .skipped, .folder, .restored, .found: nil
      case .refused(let refusal): "not restored: \(refusal.words)"
      case .archived(let archive, let state): ThawWords.reason(archive, state)
      case .failed(let failure): failure.description
      }
    state.withLock { state in
      state.counts.add(outcome)
      guard words != nil || outcome.isAwaited, arguments.failedPath != nil else { return }
      var entry = entry
      entry.bucket = arguments.bucket
      ManifestFormat.full.append(entry, to: &state.failed)
    }
    if let words { Terminal.writeError("Error: \(entry.key.text.escapingControls()): \(words)\n") }
  }

  /// Writes the closing table and the manifest of what failed.
  ///
  /// `thaw` is how archived versions stand.
  func close(_ thaw: ThawPlan? = nil) throws -> ExitStatus {
    let (counts, failed) = state.withLock { ($0.counts, $0.failed) }
    if let path = arguments.failedPath { try SequentialFile.replace(path, with: failed) }
    if !context.options.output.isQuiet { try write(counts, thaw) }
    for line in ThawWords.help(counts, arguments.thaw, thaw, now: systemTime()) {
      Terminal.writeError("Help:  \(line)\n")
    }
    if !counts.isWhole { return .refused }
    return counts.different > 0 ? .differences : .done
  }

  private func write(_ counts: RestoreCounts, _ thaw: ThawPlan?) throws {
    var writer = ReportWriter(
      columns: [
        Column("outcome", .text), Column("keys", .count), Column("bytes", .bytes),
      ], options: context.reportOptions()
    ) { try Terminal.writeOutput($0) }
    let verified = counts.verified.sorted { $0.key < $1.key }.map { check, keys in
      ("verified by \(check)", keys, nil as Int64?)
    }
    let rows =
      [
        ("restored", counts.restored, counts.bytes),
        ("right already", counts.skipped + counts.found, nil), ("folders", counts.folders, nil),
      ] + verified + [
        ("not verified", counts.unverified, nil), ("different", counts.different, nil),
        ("refused", counts.refused, nil),
      ] + ThawWords.rows(counts, thaw).map { ($0.0, $0.1, nil as Int64?) } + [
        ("failed", counts.failed, nil)
      ]
    for (name, keys, bytes) in rows where keys > 0 {
      try writer.append([
        .text(name), .integer(keys), bytes.map { .bytes($0) } ?? .null,
      ])
    }
    writer.notes = [ThawWords.note(thaw)].compactMap(\.self)
    try writer.finish()
  }
}
