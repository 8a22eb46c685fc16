internal import Synchronization
internal import System

/// What the engines of a server share.
struct EngineDuties: Sendable {
  var settings: ListenSettings
  var desk: AnswerDesk
  /// Asks for an answer.
  var respond: @Sendable (ServedRequest, Reply) -> Void
  var refuse: @Sendable (Refusal) -> Void
  /// A connection has ended.
  var closed: @Sendable (ServedConnection) -> Void
  /// A connection has answered, and waits.
  var freed: @Sendable () -> Void
}

/// What the callbacks of one engine know; safe to use from any thread.
final class EngineContext: Sendable {
  private let duties: EngineDuties
  private let state = Mutex(State())

  private struct State {
    /// Given to the library, which has not begun with them: by the number of their sockets.
    var expected: [Int32: ServedConnection] = [:]
    var begun = 0
    /// The status of the answer that the library has just given by itself.
    ///
    /// It sends that and ends the connection before it looks at another.
    var ownRefusal: Int?
    var isRetired = false
  }

  init(_ duties: EngineDuties) { self.duties = duties }

  var settings: ListenSettings { duties.settings }
  var desk: AnswerDesk { duties.desk }
  var connections: Int { state.withLock { $0.expected.count + $0.begun } }

  func retire() { state.withLock { $0.isRetired = true } }

  func expect(_ connection: ServedConnection, on socket: Int32) {
    state.withLock { $0.expected[socket] = connection }
  }

  func forget(_ socket: Int32) { _ = state.withLock { $0.expected.removeValue(forKey: socket) } }

  func begin(_ socket: Int32) -> ServedConnection? {
    state.withLock { state in
      guard let connection = state.expected.removeValue(forKey: socket) else { return nil }
      state.begun += 1
      return connection
    }
  }

  func end(_ connection: ServedConnection) {
    let isTLS = settings.tls != nil
    let isUnread = connection.isWithinRequest(isTLS: isTLS)
    if isUnread || isTLS, let status = takeOwnRefusal() {
      refuse(connection, status: status)
    } else if isUnread {
      duties.refuse(Refusal(peer: connection.peer, reason: .unreadable))
    }
    duties.closed(connection)
    state.withLock { $0.begun -= 1 }
  }

  func noteOwnRefusal(status: Int) { state.withLock { $0.ownRefusal = status } }

  /// The status of an answer that the library gave by itself, once; nil where it gave none.
  func takeOwnRefusal() -> Int? { state.withLock { $0.ownRefusal.take() } }

  func answerEnded(on connection: ServedConnection) {
    connection.answerEnds()
    duties.freed()
  }

  func refuse(_ connection: ServedConnection, status: Int) {
    duties.refuse(Refusal(peer: connection.peer, reason: .request(status: status)))
  }

  /// Asks for the answer to a request; false when nobody answers any more.
  func ask(_ head: RequestHead, _ exchange: Exchange, on connection: ServedConnection) -> Bool {
    let number = connection.requestCame()
    let closes =
      head.announcesBody || number >= settings.requestsPerConnectionMax
      || state.withLock { $0.isRetired }
    guard exchange.ask(on: connection, closes: closes) else { return false }
    duties.respond(ServedRequest(head, peer: connection.peer), Reply(exchange))
    return true
  }
}

extension ServedRequest {
  init(_ head: RequestHead, peer: PeerAddress) {
    self.init(
      method: String(decoding: head.method.text, as: UTF8.self), target: head.target.text,
      version: String(decoding: head.version.text, as: UTF8.self),
      headers: head.headers.map { (lowercase($0.name.text), withoutWhiteSpace($0.value.text)) },
      peer: peer, announcesBody: head.announcesBody, arrived: .now)
  }
}
