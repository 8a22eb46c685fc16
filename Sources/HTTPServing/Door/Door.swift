internal import Synchronization
internal import System

/// Lets clients in, and shows out those that ask nothing or take nothing: one thread beside the engines'.
///
/// With a limit of 256 connections:
///
///     192 taken      each client that comes has the oldest connection without a request cut: who only holds
///                    connections open holds 192 of them, and who asks finds a place
///     256 taken      if all of them are asking or taking their answers, the others wait in the system's queue
///
/// An address that has its share gets a place in the same way: for its own oldest connection without a request.
///
/// A connection that has just begun has a moment to ask before its place is anybody's.
final class Door: Sendable {
  /// How often it is looked whether somebody takes too long.
  private static let checkMilliseconds: Int32 = 250
  /// How long a connection has its place for itself, where there are few places left and where there is none.
  private static let momentWhereFew = Duration.milliseconds(250)
  private static let momentWhereNone = Duration.milliseconds(40)
  /// How often a place is looked for where there is none.
  private static let fullMilliseconds: Int32 = 20
  /// At once, so that checks are not put off by a rush.
  private static let clientsPerRound = 64

  private let settings: ListenSettings
  private let sockets: Mutex<ListeningSockets?>
  private let wakeup: Wakeup
  private let refuse: @Sendable (Refusal) -> Void
  private let state = Mutex(State())

  private struct State {
    var connections: [ObjectIdentifier: ServedConnection] = [:]
    /// Of addresses that are not this machine.
    var perAddress: [PeerAddress: Int] = [:]
    var engines: [Engine] = []
    var nextEngine = 0
    /// Engines that get no more clients.
    var retired: [Engine] = []
    var isFull = false
    var isClosed = false
  }

  init(
    _ settings: ListenSettings, _ sockets: ListeningSockets, _ wakeup: Wakeup,
    refuse: @escaping @Sendable (Refusal) -> Void
  ) {
    self.settings = settings
    self.sockets = Mutex(sockets)
    self.wakeup = wakeup
    self.refuse = refuse
  }

  var connections: [ServedConnection] { state.withLock { Array($0.connections.values) } }

  /// Gives up all engines, for the end of a door that is closed: they and the door know each other.
  func takeEngines() -> [Engine] {
    state.withLock { state in
      defer { (state.engines, state.retired) = ([], []) }
      return state.engines + state.retired
    }
  }

  /// From now on clients go to these engines.
  func use(_ engines: [Engine]) {
    state.withLock { state in
      for engine in state.engines { engine.retire() }
      state.retired += state.engines
      state.engines = engines
    }
    wakeup.wake()
  }

  /// Lets nobody in any more; `run` returns.
  func close() {
    state.withLock { $0.isClosed = true }
    wakeup.wake()
  }

  /// A connection has ended.
  func closed(_ connection: ServedConnection) {
    remove(connection)
    freed()
  }

  /// A place has become free, or may be made so.
  func freed() {
    if state.withLock({ $0.isFull }) { wakeup.wake() }
  }

  /// Serves until the door is closed.
  func run() {
    guard let sockets = sockets.withLock({ $0 }) else { return }
    var lastCheck = ContinuousClock.now
    while !state.withLock({ $0.isClosed }) {
      let (isFull, isIdle) = state.withLock {
        ($0.isFull, $0.connections.isEmpty && $0.retired.isEmpty)
      }
      let milliseconds = isFull ? Self.fullMilliseconds : Self.checkMilliseconds
      sockets.wait(
        for: wakeup, milliseconds: isIdle ? nil : milliseconds, accepting: !isFull)
      letIn(from: sockets)
      if .now - lastCheck >= .milliseconds(Self.checkMilliseconds) {
        check()
        lastCheck = .now
      }
    }
    // Those that had come before.
    letIn(from: sockets)
    self.sockets.withLock { $0 = nil }
  }

  private func letIn(from sockets: ListeningSockets) {
    for _ in 0..<Self.clientsPerRound {
      guard makeRoom() else { return }
      switch sockets.accept() {
      case .nobody: return
      case .noRoom:
        // Files come back as connections end; until then nobody is waited for, who would be there at once.
        cutOldest(after: Self.momentWhereNone)
        state.withLock { $0.isFull = true }
        return
      case .client(let socket, let held, let peer):
        letIn(socket, held, peer)
      }
    }
  }

  /// Whether there is a place for one more client.
  private func makeRoom() -> Bool {
    let most = settings.connectionsMax
    let count = state.withLock { $0.connections.count }
    if count >= most * 3 / 4 {
      cutOldest(after: count < most ? Self.momentWhereFew : Self.momentWhereNone)
    }
    return state.withLock { state in
      state.isFull = state.connections.count >= most
      return !state.isFull
    }
  }

  private func letIn(_ socket: consuming AcceptedSocket, _ held: HeldSocket, _ peer: PeerAddress) {
    // What is still to be sent when the library is done, nobody else looks after. Before that the check is to be first,
    // which may need twice the time.
    held.endWhenStuck(
      afterMilliseconds: Int32(clamping: settings.slowTime.components.seconds * 4_000))
    if !peer.isLoopback,
      state.withLock({ $0.perAddress[peer, default: 0] }) >= settings.connectionsPerAddressMax
    {
      cutOldest(after: Self.momentWhereFew, of: peer)
    }
    let connection = ServedConnection(peer: peer, socket: held)
    let engine = state.withLock { state -> Engine? in
      if !peer.isLoopback {
        guard state.perAddress[peer, default: 0] < settings.connectionsPerAddressMax else {
          return nil
        }
        state.perAddress[peer, default: 0] += 1
      }
      state.connections[ObjectIdentifier(connection)] = connection
      state.nextEngine += 1
      return state.engines[state.nextEngine % state.engines.count]
    }
    guard let engine else { return refuse(Refusal(peer: peer, reason: .manyConnections)) }
    if !engine.serve(socket, connection) { remove(connection) }
  }

  private func remove(_ connection: ServedConnection) {
    state.withLock { state in
      guard state.connections.removeValue(forKey: ObjectIdentifier(connection)) != nil,
        !connection.peer.isLoopback, let count = state.perAddress[connection.peer]
      else { return }
      state.perAddress[connection.peer] = count > 1 ? count - 1 : nil
    }
  }

  /// Cuts the connection, of an address if one is named, that has been without a request for longest, if it has been so
  /// long.
  private func cutOldest(after moment: Duration, of peer: PeerAddress? = nil) {
    let candidates = connections.filter { peer == nil || $0.peer == peer }
    let oldest = candidates.compactMap { connection in
      connection.withoutRequestSince.map { (since: $0, connection: connection) }
    }.min { $0.since < $1.since }
    guard let (since, connection) = oldest, .now - since >= moment, connection.cutUnlessAsked()
    else { return }
    remove(connection)
    refuse(Refusal(peer: connection.peer, reason: .crowded))
  }

  private func check() {
    for connection in connections {
      let reason = connection.check(settings)
      if let reason { refuse(Refusal(peer: connection.peer, reason: reason)) }
      if connection.isCut { remove(connection) }
    }
    let ended = state.withLock { state in
      let ended = state.retired.filter { $0.connections == 0 }
      state.retired.removeAll { engine in ended.contains { $0 === engine } }
      return ended
    }
    for engine in ended { engine.stop() }
  }
}
