import CMicroHTTPD
import System

/// A failure to serve at all.
package struct SimulatorError: Error, Equatable, CustomStringConvertible {
  package var description: String

  init(_ description: String) {
    self.description = description
  }
}

/// A running HTTP/1.1 server on 127.0.0.1.
///
/// Stopped exactly once, when it goes out of scope.
@safe struct HTTPDaemon: ~Copyable {
  typealias Responder = @Sendable (S3Request) -> Delivery

  /// At once; enough for any client here and well below the descriptors a process gets.
  private static let connectionsMax: UInt32 = 4_096

  private let handle: OpaquePointer
  /// The callbacks' context, retained as long as they can be called.
  private let context: Unmanaged<CallbackContext>
  let port: UInt16

  /// Starts serving; port 0 picks a free one.
  ///
  /// `mayBlock`: deliveries may ask for a delay, or have a `wireFault`.
  init(port: UInt16, mayBlock: Bool, respond: @escaping Responder) throws(SimulatorError) {
    let context = Unmanaged.passRetained(CallbackContext(respond))
    // A thread for each connection can sleep; a few shared threads are faster when nothing does.
    let started =
      mayBlock
      ? cmicrohttpd_start_thread_per_connection(
        port, Self.connectionsMax, context.toOpaque(), answerRequest, beginExchange, endExchange)
      : cmicrohttpd_start_thread_pool(
        port, Self.connectionsMax, UInt32(Machine.processorCount),
        context.toOpaque(), answerRequest, beginExchange, endExchange)
    guard let started else {
      let error = SystemError("listen on", "127.0.0.1:\(port)")
      context.release()
      throw SimulatorError(error.description)
    }
    handle = started
    self.context = context
    self.port = cmicrohttpd_port(started)
  }

  deinit {
    MHD_stop_daemon(handle)
    context.release()
  }
}

private final class CallbackContext: Sendable {
  let respond: HTTPDaemon.Responder

  init(_ respond: @escaping HTTPDaemon.Responder) {
    self.respond = respond
  }
}

/// One request on its way in: libmicrohttpd calls several times until it is complete.
private final class Exchange {
  /// As it stood in the request line: the library decodes its own copy, which loses what was sent.
  let target: [UInt8]
  var hasBegun = false
  var body: [UInt8] = []

  init(target: [UInt8]) {
    self.target = target
  }
}

private func beginExchange(
  _ context: UnsafeMutableRawPointer?, _ uri: UnsafePointer<CChar>?, _ connection: OpaquePointer?
) -> UnsafeMutableRawPointer? {
  guard let uri else { return nil }
  var target: [UInt8] = []
  while uri[target.count] != 0 { target.append(UInt8(bitPattern: uri[target.count])) }
  return Unmanaged.passRetained(Exchange(target: target)).toOpaque()
}

private func endExchange(
  _ context: UnsafeMutableRawPointer?, _ connection: OpaquePointer?,
  _ state: UnsafeMutablePointer<UnsafeMutableRawPointer?>?, _ reason: MHD_RequestTerminationCode
) {
  guard let exchange = state?.pointee else { return }
  Unmanaged<Exchange>.fromOpaque(exchange).release()
  state?.pointee = nil
}

private func answerRequest(
  _ context: UnsafeMutableRawPointer?, _ connection: OpaquePointer?, _ url: UnsafePointer<CChar>?,
  _ method: UnsafePointer<CChar>?, _ version: UnsafePointer<CChar>?,
  _ upload: UnsafePointer<CChar>?, _ uploadBytes: UnsafeMutablePointer<Int>?,
  _ state: UnsafeMutablePointer<UnsafeMutableRawPointer?>?
) -> MHD_Result {
  guard let context, let connection, let method, let uploadBytes, let opaque = state?.pointee
  else { return .NO }
  let exchange = Unmanaged<Exchange>.fromOpaque(opaque).takeUnretainedValue()
  guard exchange.hasBegun else {
    exchange.hasBegun = true
    return .YES
  }
  guard uploadBytes.pointee == 0 else {
    if let upload, exchange.body.count <= S3Request.bodyBytesMax {
      upload.withMemoryRebound(to: UInt8.self, capacity: uploadBytes.pointee) { bytes in
        exchange.body += UnsafeBufferPointer(start: bytes, count: uploadBytes.pointee)
      }
    }
    uploadBytes.pointee = 0
    return .YES
  }
  let request = S3Request(
    method: String(cString: method), target: exchange.target, headers: headers(of: connection),
    body: exchange.body)
  let service = Unmanaged<CallbackContext>.fromOpaque(context).takeUnretainedValue()
  return send(service.respond(request), on: connection)
}

private func headers(of connection: OpaquePointer) -> [(name: String, value: String)] {
  var headers: [(name: String, value: String)] = []
  withUnsafeMutablePointer(to: &headers) { headers in
    _ = MHD_get_connection_values(
      connection, .HEADER_KIND,
      { list, _, name, value in
        guard let name, let list else { return .YES }
        list.assumingMemoryBound(to: [(name: String, value: String)].self).pointee.append(
          (String(cString: name).lowercased(), value.map { String(cString: $0) } ?? ""))
        return .YES
      }, headers)
  }
  return headers
}

private func send(_ delivery: consuming Delivery, on connection: OpaquePointer) -> MHD_Result {
  // Blocks this connection's own thread.
  SystemClock.block(for: delivery.delay)
  // Closes the connection.
  if delivery.answer.isLost { return .NO }
  if let (fault, random) = delivery.answer.wireFault {
    LentSocket(descriptor: cmicrohttpd_socket(connection)).send(
      fault.rawAnswer(
        status: delivery.answer.status, headers: delivery.answer.headers,
        body: delivery.answer.body.bytes, random: random))
    // The connection has no further use: this closes it.
    return .NO
  }
  let status = UInt32(delivery.answer.status)
  let fields = delivery.answer.headers
  let pace = delivery.pace
  guard let response = response(delivery.answer, pace: pace, on: connection) else { return .NO }
  defer { MHD_destroy_response(response) }
  for field in fields {
    guard MHD_add_response_header(response, field.name, field.value) == .YES else {
      return .NO
    }
  }
  return MHD_queue_response(connection, status, response)
}

/// The library's own form of an answer, without its headers.
private func response(
  _ answer: consuming Answer, pace: (@Sendable (Int) -> Duration)?, on connection: OpaquePointer
) -> OpaquePointer? {
  if let content = answer.content {
    let socket = LentSocket(descriptor: cmicrohttpd_socket(connection))
    return BodySender(content, socket: socket, pace: pace).response()
  }
  if let length = answer.announcedLength {
    // The library takes the length from the response and asks nobody for a body it does not send.
    return MHD_create_response_from_callback(
      UInt64(length), 1_024, { _, _, _, _ in -2 }, nil, nil)
  }
  let body = answer.body.take()
  let response = MHD_create_response_from_buffer(body.count, body.baseAddress, .RESPMEM_MUST_FREE)
  if response == nil { ForeignMemory.deallocate(body.baseAddress) }
  return response
}
