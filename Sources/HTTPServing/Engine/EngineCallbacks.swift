internal import CMicroHTTPD

// What the library calls, on an engine's thread. Each function copies what it is lent and returns.

/// A connection begins or has ended.
func noteConnection(
  _ context: UnsafeMutableRawPointer?, _ connection: OpaquePointer?,
  _ slot: UnsafeMutablePointer<UnsafeMutableRawPointer?>?, _ event: MHD_ConnectionNotificationCode
) {
  guard let context = unsafe engineContext(context), let connection = unsafe connection,
    let slot = unsafe slot
  else { return }
  if event == .CONNECTION_NOTIFY_STARTED {
    guard let served = unsafe context.begin(cmicrohttpd_socket(connection)) else { return }
    unsafe slot.pointee = Unmanaged.passRetained(served).toOpaque()
  } else if let kept = unsafe slot.pointee {
    unsafe slot.pointee = nil
    context.end(unsafe Unmanaged<ServedConnection>.fromOpaque(kept).takeRetainedValue())
  }
}

/// The library answers by itself, and ends a connection: what has come is no request for it.
///
/// Lines and headers that nobody could take apart it answers before anybody is asked, with a text of its own and no
/// header of ours: there is no hook in it for that (0.9.75 to 1.0). Nothing in such an answer is the client's, and its
/// connection ends with it.
func noteOwnRefusal(_ context: UnsafeMutableRawPointer?, _ status: UInt32) {
  unsafe engineContext(context)?.noteOwnRefusal(status: Int(status))
}

/// A request line has come.
func beginExchange(
  _ context: UnsafeMutableRawPointer?, _ uri: UnsafePointer<CChar>?, _ connection: OpaquePointer?
) -> UnsafeMutableRawPointer? {
  guard let context = unsafe engineContext(context), let uri = unsafe uri,
    let connection = unsafe connection
  else { return nil }
  let target = unsafe RequestHead.Part(uri)
  let ownHeaders = unsafe cmicrohttpd_pass_over(connection, uri)
  let exchange = Exchange(target: target, ownHeaders: ownHeaders, desk: context.desk)
  return unsafe Unmanaged.passRetained(exchange).toOpaque()
}

/// A request is over: answered, refused by the library, or lost with its connection.
func endExchange(
  _ context: UnsafeMutableRawPointer?, _ connection: OpaquePointer?,
  _ state: UnsafeMutablePointer<UnsafeMutableRawPointer?>?, _ reason: MHD_RequestTerminationCode
) {
  guard let opaque = unsafe state?.pointee else { return }
  unsafe state?.pointee = nil
  let exchange = unsafe Unmanaged<Exchange>.fromOpaque(opaque).takeRetainedValue()
  let wasAsked = exchange.end()
  guard let context = unsafe engineContext(context), let connection = unsafe connection,
    let served = unsafe servedConnection(connection)
  else { return }
  // What there is of it is this request's, and told here.
  _ = context.takeOwnRefusal()
  if !wasAsked, case let status = unsafe cmicrohttpd_status(connection), status != 0 {
    context.refuse(served, status: Int(status))
  }
  context.answerEnded(on: served)
}

/// A request's head has come, or all of it, or its answer: called for each, and again after a sleep.
func answerExchange(
  _ context: UnsafeMutableRawPointer?, _ connection: OpaquePointer?, _ url: UnsafePointer<CChar>?,
  _ method: UnsafePointer<CChar>?, _ version: UnsafePointer<CChar>?,
  _ upload: UnsafePointer<CChar>?, _ uploadBytes: UnsafeMutablePointer<Int>?,
  _ state: UnsafeMutablePointer<UnsafeMutableRawPointer?>?
) -> MHD_Result {
  guard let context = unsafe engineContext(context), let connection = unsafe connection,
    let served = unsafe servedConnection(connection), let method = unsafe method,
    let version = unsafe version, let opaque = unsafe state?.pointee
  else { return .NO }
  let exchange = unsafe Unmanaged<Exchange>.fromOpaque(opaque).takeUnretainedValue()
  switch unsafe exchange.outcome(for: connection) {
  case .later: return .YES
  case .answer(let answer): return unsafe begin(answer, on: connection, served)
  case .none: break
  }
  let head = unsafe RequestHead(
    method: RequestHead.Part(method), target: exchange.target,
    version: RequestHead.Part(version),
    headers: Array(headers(of: connection).dropFirst(exchange.ownHeaders)),
    count: UInt(cmicrohttpd_head_bytes(connection)), hasPlaces: cmicrohttpd_keeps_places() != 0)
  let isFirst = exchange.noteCall()
  let fault = isFirst ? head.fault(context.settings) : nil
  if let fault {
    // The library ends a connection that is answered before its request is complete.
    return unsafe begin(
      PreparedAnswer(.bare(status: fault), closes: true), on: connection, served)
  }
  // Without a body the library calls once more, and only an answer to that call leaves the connection open.
  if isFirst, !head.announcesBody { return .YES }
  guard context.ask(head, exchange, on: served) else {
    return unsafe begin(
      PreparedAnswer(.bare(status: 503), closes: true), on: connection, served)
  }
  switch unsafe exchange.outcome(for: connection) {
  case .later: return .YES
  case .answer(let answer): return unsafe begin(answer, on: connection, served)
  case .none: return .NO
  }
}

private func begin(
  _ answer: PreparedAnswer?, on connection: OpaquePointer, _ served: ServedConnection
) -> MHD_Result {
  // Without memory the connection is closed.
  guard let answer else { return .NO }
  served.answerBegins()
  return unsafe answer.queue(on: connection)
}

private func headers(
  of connection: OpaquePointer
) -> [(name: RequestHead.Part, value: RequestHead.Part)] {
  var headers: [(name: RequestHead.Part, value: RequestHead.Part)] = []
  unsafe withUnsafeMutablePointer(to: &headers) { headers in
    _ = unsafe cmicrohttpd_counted_headers(
      connection,
      { list, _, name, nameBytes, value, valueBytes in
        guard let name = unsafe name, let list = unsafe list else { return .YES }
        let header = unsafe (
          RequestHead.Part(name, count: nameBytes),
          value.map { unsafe RequestHead.Part($0, count: valueBytes) }
            ?? RequestHead.Part(text: [], place: 0)
        )
        unsafe list.assumingMemoryBound(
          to: [(name: RequestHead.Part, value: RequestHead.Part)].self
        ).pointee.append(header)
        return .YES
      }, headers)
  }
  return headers
}

private func engineContext(_ opaque: UnsafeMutableRawPointer?) -> EngineContext? {
  guard let opaque = unsafe opaque else { return nil }
  return unsafe Unmanaged<EngineContext>.fromOpaque(opaque).takeUnretainedValue()
}

private func servedConnection(_ connection: OpaquePointer) -> ServedConnection? {
  guard let kept = unsafe cmicrohttpd_socket_context(connection) else { return nil }
  return unsafe Unmanaged<ServedConnection>.fromOpaque(kept).takeUnretainedValue()
}

extension RequestHead.Part {
  fileprivate init(_ text: UnsafePointer<CChar>) {
    unsafe self.init(text: bytes(of: text), place: UInt(bitPattern: text))
  }

  fileprivate init(_ text: UnsafePointer<CChar>, count: Int) {
    unsafe self.init(text: bytes(at: text, count: count), place: UInt(bitPattern: text))
  }
}
