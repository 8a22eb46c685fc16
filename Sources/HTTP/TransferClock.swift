/// The deadlines of one transfer, as a value: instants go in, a verdict comes out.
///
/// The connect timeout is not here: libcurl keeps it.
struct TransferClock {
  typealias Instant = ContinuousClock.Instant

  enum Expiry: Equatable {
    case firstByte, stall
  }

  private enum Phase {
    case connecting
    case requestSent(Instant)
    case headBegun(Instant)
    case body(windowStart: Instant)
    /// Nothing is taken from the server, which is not to blame.
    case paused
  }

  private let timeouts: HTTPTimeouts
  private var phase = Phase.connecting
  private var bytesInWindow = 0

  init(_ timeouts: HTTPTimeouts) {
    self.timeouts = timeouts
  }

  /// Called again when libcurl repeats the request because a pooled connection was dead.
  mutating func requestSent(at now: Instant) {
    phase = .requestSent(now)
  }

  mutating func headBegan(at now: Instant) {
    phase = .headBegun(now)
  }

  mutating func bodyBegan(at now: Instant) {
    phase = .body(windowStart: now)
  }

  mutating func bodyPaused() {
    phase = .paused
  }

  mutating func bodyResumed(at now: Instant) {
    guard case .paused = phase else { return }
    phase = .body(windowStart: now)
    bytesInWindow = 0
  }

  mutating func received(bytes: Int) {
    bytesInWindow += bytes
  }

  /// Judges the transfer, and opens the next stall window when this one is over and was filled.
  mutating func expiry(at now: Instant) -> Expiry? {
    switch phase {
    case .connecting, .paused:
      return nil
    case .requestSent(let sent):
      return now >= sent + timeouts.firstByte ? .firstByte : nil
    case .headBegun(let begun):
      return now >= begun + timeouts.firstByte ? .stall : nil
    case .body(let windowStart):
      guard now >= windowStart + timeouts.stall else { return nil }
      guard bytesInWindow >= timeouts.stallBytesMin else { return .stall }
      phase = .body(windowStart: now)
      bytesInWindow = 0
      return nil
    }
  }

  /// The earliest instant at which ``expiry(at:)`` could say something new.
  ///
  /// It holds whatever happens until then, so that a change of phase has nobody to tell.
  func nextCheck(after now: Instant) -> Instant {
    let anyPhase = now + min(timeouts.firstByte, timeouts.stall)
    switch phase {
    case .connecting, .paused: return anyPhase
    case .requestSent(let since), .headBegun(let since):
      return min(since + timeouts.firstByte, anyPhase)
    case .body(let windowStart): return windowStart + timeouts.stall
    }
  }
}
