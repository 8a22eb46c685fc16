/// Pauses in which a program that waits until nobody reads comes in.
///
/// A sync that begins turns the log on, for which nobody may read. SQLite lets who waits for that go before new readers
/// of other processes, but not of one that reads already: the locks are the process's (os_unix.c, `unixLock`).
/// Where one question follows the other on several threads, such a moment may not come for minutes.
struct WriterTurn: Sendable {
  private var began: ContinuousClock.Instant?
  private var ended: ContinuousClock.Instant?

  /// Who only reads waits for no longer: what keeps the writer out may be a reader of another program.
  private static let lengthMax = Duration.seconds(4)
  private static let interval = Duration.milliseconds(1_500)

  /// Whether a thread has to wait before it begins to read.
  mutating func goesOn(isKeptWaiting: Bool) -> Bool {
    guard isKeptWaiting else {
      began = nil
      return false
    }
    let now = ContinuousClock.now
    if let ended, now - ended < Self.interval { return false }
    guard let began else {
      began = now
      return true
    }
    guard now - began >= Self.lengthMax else { return true }
    (self.began, ended) = (nil, now)
    return false
  }
}
