internal import Report
internal import Restore
internal import Synchronization
internal import Vocabulary

/// Writes what a restore would do: a row for each key, and for each file or key that would be deleted.
///
/// People are not shown what would stay as it is; sums stand below.
final class RehearsalReport: Sendable {
  /// What would become of one key.
  struct Row {
    var action: String
    /// Nil where nobody said it.
    var bytes: Int64?
    var key: Key
    var versionID: String?
    var reason: String?
  }

  private struct Sum {
    var keys: Int64 = 0
    /// Nil once the size of one is not known.
    var bytes: Int64? = 0
  }

  private struct State: ~Copyable {
    var writer: ReportWriter?
    var sums: [String: Sum] = [:]
    /// What broke the output; it is thrown where the rows end.
    var failure: (any Error)?
  }

  private let unit: ByteUnit
  private let actions: [String]
  private let idleAction: String
  private let ignored: Int64
  private let isForPeople: Bool
  private let state: Mutex<State>

  /// `actions` are all that there are, in the order of their sums; `idleAction` is the one that does nothing.
  init(_ context: Context, actions: [String], idleAction: String, ignored: Int64) {
    unit = context.options.output.unit
    (self.actions, self.idleAction) = (actions, idleAction)
    self.ignored = ignored
    let options = context.reportOptions()
    isForPeople = context.isForPeople
    let writer = ReportWriter(
      columns: [
        Column("action", .text, rank: .stays), Column("bytes", .bytes), Column("key", .key),
        Column("version_id", .text, rank: .aside), Column("reason", .text, rank: .prose),
      ], options: options
    ) { try Terminal.writeOutput($0) }
    state = Mutex(State(writer: writer))
  }

  func tell(_ row: Row) throws {
    try state.withLock { state in
      var sum = state.sums[row.action] ?? Sum()
      sum.keys += 1
      sum.bytes = sum.bytes.flatMap { sum in row.bytes.map { sum + $0 } }
      state.sums[row.action] = sum
      if isForPeople, row.action == idleAction { return }
      try state.writer?.append([
        .text(row.action), row.bytes.map { .bytes($0) } ?? .null, .key(row.key.bytes),
        row.versionID.map { .text($0) } ?? .null, row.reason.map { .text($0) } ?? .null,
      ])
    }
  }

  /// The same for who cannot be stopped: `close` throws what went wrong.
  func note(_ row: Row) {
    do {
      try tell(row)
    } catch {
      state.withLock { $0.failure = $0.failure ?? error }
    }
  }

  /// Ends the rows with their sums: `restore 6 (2.3 KiB), skip 12 (4.9 KiB)`.
  func close() throws {
    try state.withLock { state in
      if let failure = state.failure { throw failure }
      guard var writer = state.writer.take() else { return }
      var parts = actions.compactMap { action in
        state.sums[action].map { sum in
          "\(action) \(groupedDecimal(sum.keys))"
            + (sum.bytes.map { " (\(unit.text($0)))" } ?? "")
        }
      }
      if ignored > 0 { parts.append("ignore \(groupedDecimal(ignored))") }
      writer.notes = [parts.isEmpty ? "nothing to do" : parts.joined(separator: ", ")]
      try writer.finish()
    }
  }

  /// How many keys would be refused.
  func count(of action: String) -> Int64 {
    state.withLock { $0.sums[action]?.keys ?? 0 }
  }
}
