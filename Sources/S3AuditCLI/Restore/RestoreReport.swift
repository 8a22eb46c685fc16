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
  struct State {
    var counts = RestoreCounts()
    var failed: [UInt8] = ManifestFormat.full.header
  }

  private let context: Context
  private let arguments: RestoreArguments
  let state = Mutex(State())

  init(_ context: Context, _ arguments: RestoreArguments) {
    self.context = context
    self.arguments = arguments
  }

  func tell(_ entry: ManifestEntry, _ outcome: RestoreOutcome) {
    let words: String? =
      switch outcome {
      case .skipped, .folder, .restored, .found: nil
      case .refused(let refusal): "not restored: \(refusal.words)"
      case .archived: "not restored: it is archived and has to be brought back first"
      case .failed(let failure): failure.description
      }
    state.withLock { state in
      state.counts.add(outcome)
      guard words != nil, arguments.failedPath != nil else { return }
      var entry = entry
      entry.bucket = arguments.bucket
      ManifestFormat.full.append(entry, to: &state.failed)
    }
    if let words { Terminal.writeError("Error: \(entry.key.text.escapingControls()): \(words)\n") }
  }

  /// Writes the closing table and the manifest of what failed.
  func close() throws -> ExitStatus {
    let (counts, failed) = state.withLock { ($0.counts, $0.failed) }
    if let path = arguments.failedPath { try SequentialFile.replace(path, with: failed) }
    if !context.options.output.isQuiet { try write(counts) }
    if !counts.isWhole { return .refused }
    return counts.different > 0 ? .differences : .done
  }

  private func write(_ counts: RestoreCounts) throws {
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
        ("refused", counts.refused, nil), ("archived", counts.archived, nil),
        ("failed", counts.failed, nil), ("delete markers", counts.markers, nil),
      ]
    for (name, keys, bytes) in rows where keys > 0 {
      try writer.append([
        .text(name), .integer(keys), bytes.map { .bytes($0) } ?? .null,
      ])
    }
    try writer.finish()
  }
}
