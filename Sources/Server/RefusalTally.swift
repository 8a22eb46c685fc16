internal import Synchronization
internal import Vocabulary

/// Connections that were turned away without a request: the first ones of a minute have a line each, and the rest one
/// together, so that a crowd does not fill the log.
///
///     2026-11-30T10:12:13Z - "- crowded" 0 0 0.0ms                 ten times, then after a minute
///     Note: 1,940 more connections were refused in the last minute: 1,900 crowded, 40 slow-request
package final class RefusalTally: Sendable {
  private struct State {
    var began: ContinuousClock.Instant?
    var lines = 0
    var counts: [String: Int] = [:]
  }

  private static let linesMax = 10
  private static let interval = Duration.seconds(60)

  private let state = Mutex(State())

  package init() {}

  /// Counts one; whether it has a line of its own.
  func hasLine(_ reason: String, now: ContinuousClock.Instant = .now) -> Bool {
    state.withLock { state in
      if state.began == nil { state.began = now }
      guard state.lines >= Self.linesMax else {
        state.lines += 1
        return true
      }
      state.counts[reason, default: 0] += 1
      return false
    }
  }

  /// The line for those that had none, when their minute is over or `isLast`; nil where there is nothing to tell.
  package func summary(isLast: Bool = false, now: ContinuousClock.Instant = .now) -> String? {
    let counts: [String: Int] = state.withLock { state in
      guard let began = state.began, isLast || now - began >= Self.interval else { return [:] }
      defer { state = State() }
      return state.counts
    }
    guard !counts.isEmpty else { return nil }
    let reasons = counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
      .map { "\(groupedDecimal(Int64($0.value))) \($0.key)" }.joined(separator: ", ")
    let all = groupedDecimal(Int64(counts.values.reduce(0, +)))
    return "Note: \(all) more connections were refused in the last minute: \(reasons)\n"
  }
}
