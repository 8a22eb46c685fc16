/// Pauses in which no reader is in the index, so that a sync's log can begin anew.
///
/// SQLite takes a log into the file as far as readers allow, but writes it from its beginning again only when none
/// reads it (https://www.sqlite.org/wal.html#avoiding_excessively_large_wal_files). Where one question follows the
/// other on several threads there is no such moment, and the log of a large sync would grow without a bound.
struct LogRest: Sendable {
  private var began: ContinuousClock.Instant?
  private var idleSince: ContinuousClock.Instant?
  private var ended: ContinuousClock.Instant?
  /// How large the log was then: a file that was begun anew keeps its size, and grows only beyond it.
  private var bytesThen: Int64 = 0

  /// As large as it becomes without readers.
  private static let logBytesMax: Int64 = 96 << 20
  /// A sync commits four times a second, and takes the log in with that.
  private static let length = Duration.milliseconds(400)
  /// Nobody is kept waiting for a long question for longer.
  private static let lengthMax = Duration.milliseconds(1_500)
  private static let interval = Duration.milliseconds(1_500)

  /// Notes that a question has ended, and whether it was the last at work.
  mutating func noteEnd(ofLast isLast: Bool) {
    idleSince = isLast ? .now : nil
  }

  /// Whether a thread has to wait before it begins to read.
  mutating func goesOn(logBytes: Int64, isIdle: Bool) -> Bool {
    let now = ContinuousClock.now
    guard let began else {
      let isDue = ended.map { now - $0 > Self.interval } ?? true
      if logBytes < bytesThen { bytesThen = 0 }
      guard logBytes > max(Self.logBytesMax, bytesThen), isDue else { return false }
      self.began = now
      return true
    }
    let quiet = isIdle ? now - max(began, idleSince ?? began) : .zero
    guard quiet >= Self.length || now - began >= Self.lengthMax else { return true }
    self.began = nil
    (ended, bytesThen) = (now, logBytes)
    return false
  }
}
