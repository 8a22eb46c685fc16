internal import Report
internal import Restore
internal import S3
internal import Synchronization
internal import Vocabulary

/// Writes what a restore into a bucket would do: a row for each key of the target.
///
/// People are not shown what would stay as it is; sums stand below.
final class CopyRehearsal: Sendable {
  private struct State: ~Copyable {
    var writer: ReportWriter?
    var sums: [String: Int64] = [:]
    /// What broke the output; it is thrown where the rows end.
    var failure: (any Error)?
  }

  private let isForPeople: Bool
  private let state: Mutex<State>

  init(_ context: Context) {
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

  func tell(_ event: CopyEvent) {
    switch event {
    case .planned(let action, let target, let versionID, let bytes):
      write(action.rawValue, bytes, target.key, versionID, nil)
    case .settled(let entry, .refused(let refusal)):
      write("refuse", entry.size, entry.key, entry.versionID, refusal.words)
    case .settled(let entry, .archived):
      write("archived", entry.size, entry.key, entry.versionID, nil)
    case .settled(let entry, .failed(let failure)):
      write("fail", entry.size, entry.key, entry.versionID, failure.description)
    case .settled, .marked, .unmarked: break
    }
  }

  private func write(
    _ action: String, _ bytes: Int64?, _ key: Key, _ versionID: String?, _ reason: String?
  ) {
    state.withLock { state in
      state.sums[action, default: 0] += 1
      if isForPeople, action == CopyAction.nothing.rawValue { return }
      do {
        try state.writer?.append([
          .text(action), bytes.map { .bytes($0) } ?? .null, .key(key.bytes),
          versionID.map { .text($0) } ?? .null, reason.map { .text($0) } ?? .null,
        ])
      } catch {
        state.failure = state.failure ?? error
      }
    }
  }

  func close() throws {
    try state.withLock { state in
      if let failure = state.failure { throw failure }
      guard var writer = state.writer.take() else { return }
      let parts = state.sums.sorted { $0.key < $1.key }
        .map { "\($0.key): \(groupedDecimal($0.value))" }
      writer.notes = [parts.isEmpty ? "nothing to do" : parts.joined(separator: ", ")]
      try writer.finish()
    }
  }
}
