internal import Report
internal import Restore
internal import Synchronization
internal import Vocabulary

/// Writes what a restore would do: a row for each key and for each file that would be deleted.
///
/// People are not shown what would stay as it is; sums stand below.
final class RehearsalReport: Sendable {
  private struct Sum {
    var keys: Int64 = 0
    /// Nil once the size of one is not known.
    var bytes: Int64? = 0
  }

  private struct State: ~Copyable {
    var writer: ReportWriter?
    var sums: [RestoreRehearsal.Action: Sum] = [:]
  }

  private let context: Context
  private let ignored: Int64
  private let isForPeople: Bool
  private let state: Mutex<State>

  init(_ context: Context, _ arguments: RestoreArguments, ignored: Int64) {
    self.context = context
    self.ignored = ignored
    let options = context.reportOptions()
    isForPeople = options.format == .table || options.format == .markdown
    let writer = ReportWriter(
      columns: [
        Column("action", .text, rank: .stays), Column("bytes", .bytes), Column("key", .key),
        Column("version_id", .text, rank: .aside), Column("reason", .text, rank: .prose),
      ], options: options
    ) { try Terminal.writeOutput($0) }
    state = Mutex(State(writer: writer))
  }

  func tell(_ step: RestoreRehearsal.Step) throws {
    try state.withLock { state in
      var sum = state.sums[step.action] ?? Sum()
      sum.keys += 1
      sum.bytes = sum.bytes.flatMap { sum in step.bytes.map { sum + $0 } }
      state.sums[step.action] = sum
      if isForPeople, step.action == .skip { return }
      try state.writer?.append([
        .text(step.action.rawValue), step.bytes.map { .bytes($0) } ?? .null, .key(step.key.bytes),
        step.versionID.map { .text($0) } ?? .null, step.reason.map { .text($0) } ?? .null,
      ])
    }
  }

  /// Ends the rows; the status is the one that the restore would end with for what is known now.
  func close(_ kept: DeletionOutcome.Reason?) throws -> ExitStatus {
    let refusals = try state.withLock { state in
      if var writer = state.writer.take() {
        writer.notes = [notes(state.sums)]
        try writer.finish()
      }
      return state.sums[.refuse]?.keys ?? 0
    }
    if let text = kept?.text { Terminal.writeError(text) }
    return refusals > 0 || kept != nil ? .refused : .done
  }

  private func notes(_ sums: [RestoreRehearsal.Action: Sum]) -> String {
    var parts = RestoreRehearsal.Action.allCases.compactMap { action in
      sums[action].map { sum in
        "\(action.rawValue) \(groupedDecimal(sum.keys))"
          + (sum.bytes.map { " (\(context.options.output.unit.text($0)))" } ?? "")
      }
    }
    if ignored > 0 { parts.append("ignore \(groupedDecimal(ignored))") }
    return parts.isEmpty ? "nothing to do" : parts.joined(separator: ", ")
  }
}
