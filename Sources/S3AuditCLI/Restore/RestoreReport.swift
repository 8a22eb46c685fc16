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
    /// What went wrong, each kind once.
    var troubles: [RestoreTrouble] = []
    /// Keys that the service did not hand out, or refused: the same trouble, mostly.
    var unserved: [RestoreFailure.Kind: Int64] = [:]
  }

  /// So many keys that the service does not hand out are named, of each kind.
  ///
  /// With a wrong password, or while a server is away, it would be all of a million.
  private static let unservedNamedMax: Int64 = 100

  private let context: Context
  private let arguments: RestoreArguments
  private let ignored: Int64
  let say: @Sendable (String) -> Void
  let state = Mutex(State())

  /// `say` writes to standard error, beside whatever else is shown there.
  init(
    _ context: Context, _ arguments: RestoreArguments, ignored: Int64,
    say: @escaping @Sendable (String) -> Void
  ) {
    self.context = context
    self.arguments = arguments
    self.ignored = ignored
    self.say = say
  }

  func tell(_ entry: ManifestEntry, _ outcome: RestoreOutcome) {
    let words: String? =
      switch outcome {
      case .skipped, .folder, .restored, .found: nil
      case .refused(let refusal): "not restored: \(refusal.words)"
      case .archived(let archive, let state): ThawWords.reason(archive, state)
      case .failed(let failure): failure.description
      }
    let isNamed = state.withLock { state in
      state.counts.add(outcome)
      let isNamed = state.isNamed(outcome, max: Self.unservedNamedMax)
      if let trouble = RestoreTrouble(outcome), !state.troubles.contains(trouble) {
        state.troubles.append(trouble)
      }
      guard words != nil || outcome.isAwaited, arguments.failedPath != nil else { return isNamed }
      var entry = entry
      entry.bucket = arguments.bucket
      ManifestFormat.full.append(entry, to: &state.failed)
      return isNamed
    }
    if let words, isNamed {
      say("Error: \(entry.key.text.escapingControls(scalarsMax: .max)): \(words)\n")
    }
  }

  /// Writes the closing table and the manifest of what failed.
  ///
  /// `thaw` is how archived versions stand.
  func close(_ deletion: DeletionOutcome?, _ thaw: ThawPlan? = nil) throws -> ExitStatus {
    let state = state.withLock { $0 }
    if let path = arguments.failedPath {
      let file = try FileReplacement(of: path)
      try file.write(state.failed)
      try file.commit()
    }
    tellUnnamed(state)
    for trouble in state.troubles {
      say("Help:  \(trouble.hint(bucket: arguments.bucket, deletion: deletion))\n")
    }
    for line in ThawWords.help(state.counts, arguments.thaw, thaw, now: systemTime()) {
      say("Help:  \(line)\n")
    }
    let isDeleted = tell(deletion)
    if !context.options.output.isQuiet || context.machineFormat != nil {
      try write(state.counts, deletion, thaw)
    }
    if !state.counts.isWhole || !isDeleted { return .refused }
    return state.counts.different > 0 ? .differences : .done
  }

  private func tellUnnamed(_ state: State) {
    let unnamed = state.unserved.values.reduce(0) { $0 + max(0, $1 - Self.unservedNamedMax) }
    guard unnamed > 0 else { return }
    let way =
      arguments.failedPath.map { "\($0.escapingControls()) names" } ?? "'--failed FILE' names"
    say("Error: \(groupedDecimal(unnamed)) more keys failed like these; \(way) all of them\n")
  }

  /// Says what was not deleted, and why; false when something should have been.
  private func tell(_ deletion: DeletionOutcome?) -> Bool {
    switch deletion {
    case nil: return true
    case .done(_, let failures):
      for failure in failures {
        say("Error: not deleted: \(failure.description.escapingControls(scalarsMax: .max))\n")
      }
      return failures.isEmpty
    case .kept(let reason):
      // What was asked and denied was said where it was asked.
      if let text = reason.text { say(text) }
      return false
    }
  }

  private func write(
    _ counts: RestoreCounts, _ deletion: DeletionOutcome?, _ thaw: ThawPlan?
  ) throws {
    let options = context.reportOptions()
    var writer = ReportWriter(
      columns: [
        Column("outcome", .text), Column("keys", .count), Column("bytes", .bytes),
      ], options: options
    ) { try Terminal.writeOutput($0) }
    // People need not read what did not happen; programs find every row in its place.
    for row in rows(counts, deletion, thaw) where row.keys > 0 || !context.isForPeople {
      try writer.append([
        .text(row.outcome), .integer(row.keys), row.bytes.map { .bytes($0) } ?? .null,
      ])
    }
    writer.notes = [ThawWords.note(thaw)].compactMap(\.self)
    try writer.finish()
  }

  private typealias Row = (outcome: String, keys: Int64, bytes: Int64?)

  private func rows(
    _ counts: RestoreCounts, _ deletion: DeletionOutcome?, _ thaw: ThawPlan?
  ) -> [Row] {
    var surplus = Surplus()
    if case .done(let done, _)? = deletion { surplus = done }
    let before: [Row] = [
      ("restored", counts.restored, counts.bytes),
      ("right already", counts.skipped, counts.skippedBytes),
      ("read and right", counts.found, counts.foundBytes), ("folders", counts.folders, nil),
      ("ignored", ignored, nil),
    ]
    let verified: [Row] = counts.verified.sorted { $0.key < $1.key }.map { check, keys in
      ("verified by \(check)", keys, nil)
    }
    return before + verified + [
      ("not verified", counts.unverified, nil), ("different", counts.different, nil),
      ("refused", counts.refused, nil),
    ] + ThawWords.rows(counts, thaw).map { ($0.0, $0.1, nil) } + [
      ("failed", counts.failed, nil), ("deleted", surplus.files, surplus.bytes),
      ("folders deleted", surplus.folders, nil), ("delete markers", counts.markers, nil),
    ]
  }
}

extension RestoreReport.State {
  /// Counts what the service does not hand out, and says whether it is still named.
  fileprivate mutating func isNamed(_ outcome: RestoreOutcome, max: Int64) -> Bool {
    guard case .failed(let failure) = outcome, [.service, .denied].contains(failure.kind) else {
      return true
    }
    unserved[failure.kind, default: 0] += 1
    return unserved[failure.kind, default: 0] <= max
  }
}
