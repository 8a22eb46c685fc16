internal import CMicroHTTPD
internal import Synchronization

/// One request and its answer, between the library's thread and whoever answers.
///
/// The library calls for an answer and takes none later than that, but it lets a connection sleep: so the answer is
/// either there when `respond` returns, or the connection is suspended and the answer resumes it.
final class Exchange: Sendable {
  /// As it stood in the request line, and where: the library decodes its own copy, which loses what was sent.
  let target: RequestHead.Part
  /// How many headers of the library's list are not the request's.
  let ownHeaders: Int
  private let desk: AnswerDesk
  private let situation = Mutex(Situation.arriving(isSeen: false))

  fileprivate enum Situation {
    /// Nobody has been asked yet; whether the head is complete.
    case arriving(isSeen: Bool)
    /// Somebody has been asked.
    case asked(Asking)
    /// The same, and the connection sleeps.
    case suspended(SuspendedConnection, Asking)
    case answered(PreparedAnswer?)
    /// The answer has been sent, or the connection is gone.
    case ended
  }

  fileprivate struct Asking {
    var connection: ServedConnection
    /// Whether the connection ends with the answer.
    var closes: Bool
  }

  init(target: RequestHead.Part, ownHeaders: Int, desk: AnswerDesk) {
    self.target = target
    self.ownHeaders = ownHeaders
    self.desk = desk
  }

  /// Notes that the library has shown the request; true the first time.
  func noteCall() -> Bool {
    situation.withLock { situation in
      guard case .arriving(isSeen: false) = situation else { return false }
      situation = .arriving(isSeen: true)
      return true
    }
  }

  /// Somebody is asked now; `closes` is whether the connection ends with the answer.
  ///
  /// False when nobody is to be asked any more.
  func ask(on connection: ServedConnection, closes: Bool) -> Bool {
    guard desk.add(self) else { return false }
    situation.withLock { $0 = .asked(Asking(connection: connection, closes: closes)) }
    return true
  }

  /// Keeps memory for an answer of so many bytes until it is sent; false where there is none.
  func makeRoom(_ bytes: Int) -> Bool {
    guard let asking = situation.withLock({ $0.asking }) else { return true }
    let hasRoom = desk.unsent.makeRoom(bytes, for: self, on: asking.connection)
    // The client may have gone meanwhile.
    if situation.withLock({ $0.isEnded }) { desk.unsent.release(self) }
    return hasRoom
  }

  /// Takes an answer, from any thread; more than one, or one for nobody, is ignored.
  func answer(_ answer: ServedAnswer) {
    guard let asking = situation.withLock({ $0.asking }) else { return }
    let kept = makeRoom(answer.body.count) ? answer : .noRoom
    let prepared =
      PreparedAnswer(kept, closes: asking.closes || desk.isClosing) ?? PreparedAnswer.failure()
    let isTaken = situation.withLock { situation in
      guard situation.asking != nil else { return false }
      // The connection stays until it is resumed, and it cannot be resumed twice: the situation changes here.
      if case .suspended(let connection, _) = situation { connection.resume() }
      situation = .answered(prepared)
      return true
    }
    if isTaken { desk.remove(self) }
  }

  /// What came of looking for an answer.
  enum Outcome {
    case answer(PreparedAnswer?)
    /// Nobody has been asked.
    case none
    /// The connection sleeps until there is one.
    case later
  }

  /// Looks for the answer, on the connection's thread; without one the connection is suspended.
  func outcome(for connection: OpaquePointer) -> Outcome {
    situation.withLock { situation in
      switch situation {
      case .arriving, .ended: return .none
      case .answered(let answer): return .answer(answer)
      case .suspended: return .later
      case .asked(let asking):
        unsafe cmicrohttpd_suspend(connection)
        situation = unsafe .suspended(SuspendedConnection(handle: connection), asking)
        return .later
      }
    }
  }

  /// The library is done with the request; returns whether anybody had been asked.
  func end() -> Bool {
    desk.remove(self)
    let wasAsked = situation.withLock { situation in
      defer { situation = .ended }
      if case .arriving = situation { return false }
      return true
    }
    desk.unsent.release(self)
    return wasAsked
  }
}

extension Exchange.Situation {
  /// What was asked; nil when no answer is wanted.
  fileprivate var asking: Exchange.Asking? {
    switch self {
    case .asked(let asking), .suspended(_, let asking): asking
    case .arriving, .answered, .ended: nil
    }
  }

  fileprivate var isEnded: Bool {
    if case .ended = self { true } else { false }
  }
}

/// A connection that sleeps.
///
/// Safety: the library touches and frees nothing of a connection that is suspended, and may be told to resume it
/// from any thread; its exchange does that once.
@safe private struct SuspendedConnection: @unchecked Sendable {
  let handle: OpaquePointer

  func resume() { unsafe cmicrohttpd_resume(handle) }
}
