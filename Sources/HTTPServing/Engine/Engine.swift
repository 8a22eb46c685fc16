internal import CMicroHTTPD
internal import Synchronization
internal import System

/// One thread of the library, and the connections that it serves; it listens nowhere, the door gives it its clients.
final class Engine: Sendable {
  private let context: EngineContext
  private let daemon: Mutex<RunningDaemon?>

  /// - Throws: `ServingError`, above all for a certificate that cannot be used.
  init(_ duties: EngineDuties) throws(ServingError) {
    context = EngineContext(duties)
    daemon = Mutex(try RunningDaemon(context))
  }

  /// How many connections it has.
  var connections: Int { context.connections }

  /// From now on connections end with their answers.
  func retire() { context.retire() }

  /// Takes a client over; false when it could not.
  func serve(_ socket: consuming AcceptedSocket, _ connection: ServedConnection) -> Bool {
    let number = socket.number
    context.expect(connection, on: number)
    let taken = socket.take()
    let isServed = daemon.withLock { $0?.add(taken) ?? false }
    if !isServed { context.forget(number) }
    return isServed
  }

  /// Ends all connections and the thread; no connection may be asleep.
  ///
  /// Not to be called on the thread itself.
  func stop() { daemon.withLock { $0 = nil } }
}

/// A daemon of the library; stopped when it goes out of scope.
///
/// Safety: the library takes connections for a daemon, and the word to stop it, from any thread; the handle never
/// changes, and its one owner is behind a lock.
@safe private struct RunningDaemon: ~Copyable, @unchecked Sendable {
  // Safety: the library lets any thread add connections to a daemon; whoever holds the lock around this value is
  // the only one to do so, or to stop it.
  private let handle: OpaquePointer
  private let context: Unmanaged<EngineContext>
  private let journal: UnsafeMutablePointer<cmicrohttpd_journal>

  /// Beside the head there are the library's own records of headers and parameters, and the head of the answer.
  private static let connectionBytes = 48 << 10
  /// Those that are being closed beside those that are not.
  private static let closingMax = 256

  init(_ context: EngineContext) throws(ServingError) {
    if let reason = unsafe cmicrohttpd_load_error() {
      throw .library(unsafe String(cString: reason))
    }
    let settings = context.settings
    let retained = unsafe Unmanaged.passRetained(context)
    let journal = UnsafeMutablePointer<cmicrohttpd_journal>.allocate(capacity: 1)
    unsafe journal.initialize(to: .init())
    let callbacks = unsafe cmicrohttpd_callbacks(
      context: retained.toOpaque(), answer: answerExchange, uri: beginExchange,
      completed: endExchange, connection: noteConnection, refused: noteOwnRefusal)
    let connectionsMax = UInt32(settings.connectionsMax + Self.closingMax)
    let started = unsafe withPEM(settings.tls) { certificate, key, priorities in
      unsafe cmicrohttpd_start_engine(
        connectionsMax, Self.connectionBytes, certificate, key, priorities, journal, callbacks)
    }
    guard let started = unsafe started else {
      let words = unsafe withUnsafeBytes(of: journal.pointee.text) { text in
        unsafe String(decoding: text.prefix { $0 != 0 }, as: UTF8.self)
      }
      unsafe retained.release()
      unsafe journal.deallocate()
      throw settings.tls == nil ? .engine(words) : .identity(ServingError.reason(in: words))
    }
    unsafe handle = started
    unsafe self.context = retained
    unsafe self.journal = journal
  }

  deinit {
    unsafe cmicrohttpd_stop(handle)
    unsafe context.release()
    unsafe journal.deallocate()
  }

  /// Gives it a socket, which it closes in any case.
  func add(_ socket: Int32) -> Bool { unsafe cmicrohttpd_add(handle, socket) != 0 }
}

/// TLS 1.2 and up, without the key exchange whose traffic can be read once the key is known.
private let tlsPriorities =
  "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2:-RSA:-SHA1:%SERVER_PRECEDENCE"

/// Lends texts that end with a zero, or null where there is no TLS.
private func withPEM(
  _ identity: TLSIdentity?,
  _ body: (UnsafePointer<CChar>?, UnsafePointer<CChar>?, UnsafePointer<CChar>?) -> OpaquePointer?
) -> OpaquePointer? {
  guard let identity else { return unsafe body(nil, nil, nil) }
  let certificate = (identity.certificate + [0]).map { CChar(bitPattern: $0) }
  let key = (identity.key + [0]).map { CChar(bitPattern: $0) }
  return unsafe certificate.withUnsafeBufferPointer { certificate in
    unsafe key.withUnsafeBufferPointer { key in
      unsafe tlsPriorities.withCString { priorities in
        unsafe body(certificate.baseAddress, key.baseAddress, priorities)
      }
    }
  }
}
