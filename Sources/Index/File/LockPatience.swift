internal import SQLite
internal import System

/// How long a statement that another program's lock keeps from running is tried again.
package struct LockPatience: Sendable {
  /// Nil for one without an end.
  private let secondsMax: Int?
  /// Called once a wait, when it has lasted some seconds.
  private let onWait: @Sendable () -> Void

  /// Gives up after ten seconds.
  package static let short = LockPatience(secondsMax: 10) {}

  static let none = LockPatience(secondsMax: 0) {}

  /// Never gives up before the task is cancelled; `onWait` is called when a wait takes long.
  package static func endless(
    onWait: @escaping @Sendable () -> Void
  ) -> LockPatience { LockPatience(secondsMax: nil, onWait: onWait) }

  private init(secondsMax: Int?, onWait: @escaping @Sendable () -> Void) {
    self.secondsMax = secondsMax
    self.onWait = onWait
  }

  /// A writer's own wait in SQLite: after it, cancellation is looked for.
  static let busyTimeoutMilliseconds: Int32 = 500
  private static let quietSecondsMax = 2
  private static let pause = Duration.milliseconds(20)

  /// Runs `body` until it does not meet a lock.
  ///
  /// - Throws: the error of the lock, when patience is at its end; `CancellationError`.
  func callAsFunction<Result>(_ body: () throws -> Result) throws -> Result {
    let start = ContinuousClock.now
    var hasSaid = false
    while true {
      do {
        return try body()
      } catch let error as SQLiteError where error.primaryCode == .busy {
        let waited = ContinuousClock.now - start
        if let secondsMax, waited >= .seconds(secondsMax) { throw error }
        guard !Task.isCancelled else { throw CancellationError() }
        if !hasSaid, waited >= .seconds(Self.quietSecondsMax) {
          hasSaid = true
          onWait()
        }
        // Some locks are reported at once, whatever the connection's own patience is.
        SystemClock.block(for: Self.pause)
      }
    }
  }
}
