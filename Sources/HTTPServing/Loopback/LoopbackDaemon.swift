internal import CMicroHTTPD
package import System

/// A running HTTP/1.1 server on 127.0.0.1 for the simulated S3.
///
/// What comes is taken as it is, answers may block or be no HTTP at all, and there are no limits. For anything
/// that others can reach there is `HTTPServer`.
///
/// Stopped exactly once, when it goes out of scope.
@safe package struct LoopbackDaemon: ~Copyable {
  package typealias Responder = @Sendable (LoopbackRequest) -> LoopbackAnswer

  /// At once; enough for any client here and well below the descriptors a process gets.
  private static let connectionsMax: UInt32 = 4_096

  private let handle: OpaquePointer
  /// The callbacks' context, retained as long as they can be called.
  private let context: Unmanaged<LoopbackContext>
  package let port: UInt16

  /// Starts serving; port 0 picks a free one.
  ///
  /// `mayBlock`: `respond`, and what its answers consist of, may sleep. The body of a request is cut soon after
  /// `bodyBytesMax`. Throws when the port cannot be listened on.
  package init(
    port: UInt16, mayBlock: Bool, bodyBytesMax: Int, respond: @escaping Responder
  ) throws(SystemError) {
    guard unsafe cmicrohttpd_load_error() == nil else { throw SystemError("load", "libmicrohttpd") }
    let context = unsafe Unmanaged.passRetained(
      LoopbackContext(respond, bodyBytesMax: bodyBytesMax))
    // A thread for each connection can sleep; a few shared threads are faster when nothing does.
    let started =
      unsafe mayBlock
      ? cmicrohttpd_start_thread_per_connection(
        port, Self.connectionsMax, context.toOpaque(), answerLoopback, beginLoopback, endLoopback)
      : cmicrohttpd_start_thread_pool(
        port, Self.connectionsMax, UInt32(Machine.processorCount),
        context.toOpaque(), answerLoopback, beginLoopback, endLoopback)
    guard let started = unsafe started else {
      let error = SystemError("listen on", "127.0.0.1:\(port)")
      unsafe context.release()
      throw error
    }
    unsafe handle = started
    unsafe self.context = context
    self.port = unsafe cmicrohttpd_port(started)
  }

  deinit {
    unsafe cmicrohttpd_stop(handle)
    unsafe context.release()
  }
}

private final class LoopbackContext: Sendable {
  let respond: LoopbackDaemon.Responder
  let bodyBytesMax: Int

  init(_ respond: @escaping LoopbackDaemon.Responder, bodyBytesMax: Int) {
    self.respond = respond
    self.bodyBytesMax = bodyBytesMax
  }
}

/// One request on its way in: libmicrohttpd calls several times until it is complete.
private final class LoopbackExchange {
  /// As it stood in the request line: the library decodes its own copy, which loses what was sent.
  let target: [UInt8]
  var hasBegun = false
  var body: [UInt8] = []

  init(target: [UInt8]) {
    self.target = target
  }
}

private func beginLoopback(
  _ context: UnsafeMutableRawPointer?, _ uri: UnsafePointer<CChar>?, _ connection: OpaquePointer?
) -> UnsafeMutableRawPointer? {
  guard let uri = unsafe uri else { return nil }
  return unsafe Unmanaged.passRetained(LoopbackExchange(target: bytes(of: uri))).toOpaque()
}

private func endLoopback(
  _ context: UnsafeMutableRawPointer?, _ connection: OpaquePointer?,
  _ state: UnsafeMutablePointer<UnsafeMutableRawPointer?>?, _ reason: MHD_RequestTerminationCode
) {
  guard let exchange = unsafe state?.pointee else { return }
  unsafe Unmanaged<LoopbackExchange>.fromOpaque(exchange).release()
  unsafe state?.pointee = nil
}

private func answerLoopback(
  _ context: UnsafeMutableRawPointer?, _ connection: OpaquePointer?, _ url: UnsafePointer<CChar>?,
  _ method: UnsafePointer<CChar>?, _ version: UnsafePointer<CChar>?,
  _ upload: UnsafePointer<CChar>?, _ uploadBytes: UnsafeMutablePointer<Int>?,
  _ state: UnsafeMutablePointer<UnsafeMutableRawPointer?>?
) -> MHD_Result {
  guard let context = unsafe context, let connection = unsafe connection,
    let method = unsafe method, let uploadBytes = unsafe uploadBytes,
    let opaque = unsafe state?.pointee
  else { return .NO }
  let exchange = unsafe Unmanaged<LoopbackExchange>.fromOpaque(opaque).takeUnretainedValue()
  let server = unsafe Unmanaged<LoopbackContext>.fromOpaque(context).takeUnretainedValue()
  guard exchange.hasBegun else {
    exchange.hasBegun = true
    return .YES
  }
  let count = unsafe uploadBytes.pointee
  guard count == 0 else {
    if let upload = unsafe upload, exchange.body.count <= server.bodyBytesMax {
      exchange.body += unsafe bytes(at: upload, count: count)
    }
    unsafe uploadBytes.pointee = 0
    return .YES
  }
  let request = unsafe LoopbackRequest(
    method: String(cString: method), target: exchange.target, headers: headers(of: connection),
    body: exchange.body)
  return unsafe server.respond(request).send(on: connection)
}

private func headers(of connection: OpaquePointer) -> [(name: String, value: String)] {
  var headers: [(name: String, value: String)] = []
  unsafe withUnsafeMutablePointer(to: &headers) { headers in
    _ = unsafe cmicrohttpd_headers(
      connection,
      { list, _, name, value in
        guard let name = unsafe name, let list = unsafe list else { return .YES }
        let header = unsafe (
          name: String(cString: name).lowercased(),
          value: value.map { unsafe String(cString: $0) } ?? ""
        )
        unsafe list.assumingMemoryBound(to: [(name: String, value: String)].self).pointee.append(
          header)
        return .YES
      }, headers)
  }
  return headers
}
