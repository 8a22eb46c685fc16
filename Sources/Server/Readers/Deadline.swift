internal import Synchronization

/// When what a reader does has to end; asked by SQLite while a statement runs.
final class Deadline: Sendable {
  private let origin = ContinuousClock.now
  /// Nanoseconds since `origin`; the greatest number while nothing runs.
  private let end = Atomic<Int64>(.max)

  func begin(_ duration: Duration) {
    let seconds = ContinuousClock.now - origin + duration
    end.store(Int64(seconds / .nanoseconds(1)), ordering: .relaxed)
  }

  func clear() { end.store(.max, ordering: .relaxed) }

  var hasPassed: Bool {
    let end = end.load(ordering: .relaxed)
    return end != .max && Int64((ContinuousClock.now - origin) / .nanoseconds(1)) > end
  }
}
