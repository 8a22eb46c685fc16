internal import Synchronization
internal import System

/// One client's connection, as the door knows it; safe to use from any thread.
final class ServedConnection: Sendable {
  let peer: PeerAddress
  private let socket: HeldSocket
  private let pace: Mutex<ConnectionPace>

  init(peer: PeerAddress, socket: HeldSocket) {
    self.peer = peer
    self.socket = socket
    pace = Mutex(ConnectionPace(now: .now))
  }

  /// Counted from one; the number of the request that has just come.
  func requestCame() -> Int {
    let traffic = socket.traffic
    return pace.withLock { pace in
      pace.requestCame(traffic)
      return pace.requests
    }
  }

  func answerBegins() {
    let traffic = socket.traffic
    pace.withLock { $0.answerBegins(now: .now, traffic) }
  }

  func answerEnds() {
    pace.withLock { $0.answerEnds(now: .now) }
  }

  /// Ends the connection if it is time; returns why, where the client is to blame.
  func check(_ settings: ListenSettings) -> Refusal.Reason? {
    let traffic = socket.traffic
    let verdict = pace.withLock { pace in
      let verdict = pace.check(now: .now, traffic, settings)
      if verdict != .fine { pace.cut() }
      return verdict
    }
    switch verdict {
    case .fine: return nil
    case .retire:
      socket.cut(dropping: false)
      return nil
    case .cut(let reason):
      socket.cut(dropping: reason == .slowReader)
      return reason
    }
  }

  /// Since when nothing has been asked; nil while a request is at work, and when it has been cut.
  var withoutRequestSince: ContinuousClock.Instant? { pace.withLock { $0.withoutRequestSince } }

  var isCut: Bool { pace.withLock { $0.isCut } }

  /// Whether the connection, which is ending now, was within a request that nobody has seen.
  func isWithinRequest(isTLS: Bool) -> Bool {
    let traffic = socket.traffic
    return pace.withLock { $0.isWithinRequest(traffic, isTLS: isTLS) }
  }

  /// How the client takes the answer that is on its way; nil where there is none.
  var taking: TakingPace? {
    let traffic = socket.traffic
    return pace.withLock { $0.taking(now: .now, traffic) }
  }

  /// Ends the connection, with what waits to be sent, if an answer is on its way; false otherwise.
  func cutIfTaking() -> Bool {
    let isTaking = pace.withLock { pace in
      guard case .sending = pace.phase, !pace.isCut else { return false }
      pace.cut()
      return true
    }
    if isTaking { socket.cut(dropping: true) }
    return isTaking
  }

  /// Ends the connection if nothing is asked on it; false otherwise.
  func cutUnlessAsked() -> Bool {
    let isFree = pace.withLock { pace in
      guard pace.withoutRequestSince != nil else { return false }
      pace.cut()
      return true
    }
    if isFree { socket.cut(dropping: false) }
    return isFree
  }
}
