internal import Synchronization
internal import System

/// A server of HTTP/1.1, with TLS or without, that hostile clients can neither stop nor slow down.
///
/// The command `serve` has one. Whoever answers gets requests that are whole and well-formed and answers each once,
/// from any thread, when it likes:
///
///     let server = try HTTPServer(ListenSettings(host: "127.0.0.1", port: 0)) { request, reply in
///       workers.run { reply.send(ServedAnswer(status: 200, body: answer(to: request))) }
///     } onRefusal: { refusal in log(refusal) }
///     …
///     server.stop(within: .seconds(5))
///
/// A client's way: `Door` accepts it, within limits, and gives it to an `Engine`, which is a thread of the library;
/// there its request becomes an `Exchange`, which asks and sleeps until the answer has come. All the while the door
/// watches the clock by the client's `ConnectionPace`.
package final class HTTPServer: Sendable {
  private let settings: ListenSettings
  private let desk: AnswerDesk
  private let door: Door
  private let thread: SystemThread
  private let duties: EngineDuties
  private let isStopped = Mutex(false)
  package let port: UInt16
  /// Where it is reached, with the port: `127.0.0.1:9412`, `[::1]:9412`; of a name, each address.
  package let addresses: [String]

  /// Begins to serve.
  ///
  /// `respond` is asked for every answer and `onRefusal` is told who was turned away, both on threads that must
  /// not wait: an answer may come later. Throws `ServingError`; then nothing has listened.
  package init(
    _ settings: ListenSettings,
    respond: @escaping @Sendable (ServedRequest, Reply) -> Void,
    onRefusal: @escaping @Sendable (Refusal) -> Void = { _ in }
  ) throws(ServingError) {
    let desk = AnswerDesk(
      unsent: UnsentAnswers(bytesMax: settings.unsentBytesMax, refuse: onRefusal))
    // The door is made when its sockets listen, and that is when nothing else can fail.
    let place = DoorPlace()
    let duties = EngineDuties(
      settings: settings, desk: desk, respond: respond, refuse: onRefusal,
      closed: { place.door?.closed($0) }, freed: { place.door?.freed() })
    let engines = try Self.engines(duties)
    let sockets: ListeningSockets
    do throws(ListenError) {
      sockets = try ListeningSockets(
        HostAddresses(settings.host, port: settings.port), backlog: 1_024)
    } catch {
      throw .listen(error)
    }
    do throws(SystemError) {
      let door = Door(settings, sockets, try Wakeup(), refuse: onRefusal)
      door.use(engines)
      place.door = door
      thread = try SystemThread { door.run() }
      self.door = door
    } catch {
      throw .engine(error.description)
    }
    self.settings = settings
    self.desk = desk
    self.duties = duties
    port = sockets.port
    addresses = sockets.addresses.map { "\($0.beforePort):\(sockets.port)" }
  }

  deinit { stop(within: .zero) }

  package var openConnections: Int { door.connections.count }

  /// Connections that begin from now on get another certificate; those that there are go on with theirs.
  ///
  /// - Throws: `ServingError`; then all stays as it was.
  package func replace(tls identity: TLSIdentity) throws(ServingError) {
    var duties = duties
    duties.settings.tls = identity
    door.use(try Self.engines(duties))
  }

  /// Takes no more connections, has what was asked answered, and ends.
  ///
  /// Blocks its thread, for so long at most and a moment. More calls do nothing.
  package func stop(within time: Duration) {
    let isFirst = isStopped.withLock { isStopped in
      defer { isStopped = true }
      return !isStopped
    }
    guard isFirst else { return }
    let deadline = ContinuousClock.now + time
    desk.beginClosing()
    door.close()
    thread.join()
    showOut(until: deadline, patience: .milliseconds(250))
    desk.close()
    showOut(until: .now + .milliseconds(200), patience: .zero)
    for engine in door.takeEngines() { engine.stop() }
  }

  /// Waits until all connections have ended, and ends those on which nothing has been asked for a while.
  private func showOut(until deadline: ContinuousClock.Instant, patience: Duration) {
    while ContinuousClock.now < deadline {
      let connections = door.connections
      guard !connections.isEmpty else { return }
      for connection in connections {
        guard let since = connection.withoutRequestSince, .now - since >= patience else { continue }
        if connection.cutUnlessAsked() { door.closed(connection) }
      }
      SystemClock.block(for: .milliseconds(5))
    }
  }

  /// One a processor, and no more than serve a network.
  private static func engines(_ duties: EngineDuties) throws(ServingError) -> [Engine] {
    try duties.settings.tls?.checkForm()
    var engines: [Engine] = []
    for _ in 0..<max(1, min(4, Machine.processorCount)) { engines.append(try Engine(duties)) }
    return engines
  }
}

/// Where the engines find the door, which is made after them.
private final class DoorPlace: Sendable {
  private let kept = Mutex<Door?>(nil)

  var door: Door? {
    get { kept.withLock { $0 } }
    set { kept.withLock { $0 = newValue } }
  }
}
