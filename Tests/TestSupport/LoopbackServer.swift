internal import Foundation
internal import Synchronization

/// A server of raw bytes: each connection runs a script of its own, on a thread of its own.
///
/// Waits inside scripts end after a minute, so that a broken client fails a test, not the run:
/// tests that run beside others may be that slow.
package final class LoopbackServer: Sendable {
  package let port: UInt16
  private let listener: Int32
  private let log = Mutex(Log())

  private struct Log {
    var connectionCount = 0
    var requests: [ReceivedRequest] = []
    var isStopped = false
  }

  /// Listens on a free port of 127.0.0.1 and runs `script` for each connection, until `stop()`.
  package init(_ script: @escaping @Sendable (ServerConnection) -> Void) throws {
    (listener, port) = try Self.listen()
    Thread.detachNewThread { [self] in
      while !log.withLock({ $0.isStopped }) {
        guard isReadable(listener, milliseconds: 20) else { continue }
        let socket = accept(listener, nil, nil)
        guard socket >= 0 else { continue }
        let number = log.withLock { log in
          log.connectionCount += 1
          return log.connectionCount
        }
        Thread.detachNewThread { [self] in
          let connection = ServerConnection(socket, number: number) { request in
            self.log.withLock { $0.requests.append(request) }
          }
          script(connection)
          close(socket)
        }
      }
      close(listener)
    }
  }

  /// Answers every request on every connection with the same bytes.
  package convenience init(always answer: String) throws {
    try self.init { connection in
      while connection.readRequest() != nil { connection.send(answer) }
    }
  }

  /// Answers each request, on whatever connection it comes, with what `respond` makes of it.
  package convenience init(
    answering respond: @escaping @Sendable (ReceivedRequest) -> String
  ) throws {
    try self.init { connection in
      while let request = connection.readRequest() { connection.send(respond(request)) }
    }
  }

  /// Answers the first request with the first of these, and so on; all further ones with the last.
  package convenience init(inTurn answers: [String]) throws {
    let place = Place()
    try self.init(answering: { _ in answers[min(place.next(), answers.count - 1)] })
  }

  private final class Place: Sendable {
    private let place = Mutex(-1)

    func next() -> Int {
      place.withLock { place in
        place += 1
        return place
      }
    }
  }

  /// `http://127.0.0.1:PORT`.
  package var origin: String { "http://127.0.0.1:\(port)" }
  package var connectionCount: Int { log.withLock { $0.connectionCount } }
  /// In the order they came.
  package var requests: [ReceivedRequest] { log.withLock { $0.requests } }

  /// Accepts no more connections.
  package func stop() {
    log.withLock { $0.isStopped = true }
  }

  /// A port where nobody listens.
  package static func closedPort() throws -> UInt16 {
    let (socket, port) = try listen()
    close(socket)
    return port
  }

  private static func listen() throws -> (Int32, UInt16) {
    #if canImport(Darwin)
      let socket = Foundation.socket(AF_INET, SOCK_STREAM, 0)
    #else
      let socket = Foundation.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    #endif
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isListening = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        bind(socket, address, length) == 0 && Foundation.listen(socket, 256) == 0
          && getsockname(socket, address, &length) == 0
      }
    }
    guard isListening else { throw POSIXError(.EADDRINUSE) }
    return (socket, UInt16(bigEndian: address.sin_port))
  }
}

/// A request as a `LoopbackServer` got it.
package struct ReceivedRequest: Sendable {
  package var head: String
  package var body: [UInt8]

  package var lines: [String] { head.components(separatedBy: "\r\n") }
  package var method: String { lines[0].components(separatedBy: " ")[0] }
  package var target: String { lines[0].components(separatedBy: " ")[1] }

  /// The values of all headers with this name, in whatever case, in order.
  package func values(of name: String) -> [String] {
    lines.dropFirst().filter { $0.lowercased().hasPrefix(name.lowercased() + ":") }
      .map { $0.dropFirst(name.count + 1).trimmingCharacters(in: .whitespaces) }
  }
}

/// The server's end of one connection; only its own thread uses it.
package final class ServerConnection {
  /// Counted from one, per server.
  package let number: Int
  private let socket: Int32
  private let record: (ReceivedRequest) -> Void
  private var received: [UInt8] = []

  init(_ socket: Int32, number: Int, record: @escaping (ReceivedRequest) -> Void) {
    self.socket = socket
    self.number = number
    self.record = record
    #if canImport(Darwin)
      var isOn: Int32 = 1
      setsockopt(socket, SOL_SOCKET, SO_NOSIGPIPE, &isOn, socklen_t(MemoryLayout<Int32>.size))
    #endif
  }

  /// Waits for a whole request; nil when the client has closed.
  package func readRequest() -> ReceivedRequest? {
    let blank = Data("\r\n\r\n".utf8)
    while true {
      if let end = Data(received).firstRange(of: blank) {
        let head = String(decoding: received[..<end.lowerBound], as: UTF8.self)
        var request = ReceivedRequest(head: head, body: [])
        let length = request.values(of: "Content-Length").first.flatMap { Int($0) } ?? 0
        if received.count >= end.upperBound + length {
          request.body = Array(received[end.upperBound..<end.upperBound + length])
          received.removeFirst(end.upperBound + length)
          record(request)
          return request
        }
      }
      guard receive() else { return nil }
    }
  }

  /// Sends text as it is, or as much as the client takes.
  package func send(_ text: String) {
    send(Array(text.utf8))
  }

  /// Sends bytes as they are, or as many as the client takes.
  package func send(_ bytes: [UInt8]) {
    #if canImport(Darwin)
      let flags: Int32 = 0
    #else
      let flags = Int32(MSG_NOSIGNAL)
    #endif
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Foundation.send(socket, $0.baseAddress, $0.count, flags) }
      guard count > 0 else { return }
      rest = rest.dropFirst(count)
    }
  }

  /// Whether the client closes within `milliseconds`, the bytes it sends before being ignored.
  package func isClosedByClient(within milliseconds: Int32 = 10_000) -> Bool {
    while isReadable(socket, milliseconds: milliseconds) {
      if !receive() { return true }
    }
    return false
  }

  /// Makes the closing at the end of the script a reset.
  package func reset() {
    var option = linger(l_onoff: 1, l_linger: 0)
    setsockopt(socket, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
  }

  private func receive() -> Bool {
    var buffer = [UInt8](repeating: 0, count: 64 << 10)
    guard isReadable(socket, milliseconds: 60_000) else { return false }
    let count = recv(socket, &buffer, buffer.count, 0)
    guard count > 0 else { return false }
    received += buffer[..<count]
    return true
  }
}

private func isReadable(_ socket: Int32, milliseconds: Int32) -> Bool {
  var waiting = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
  return poll(&waiting, 1, milliseconds) > 0
}

/// A response with a Content-Length.
package func answer(_ body: String = "", status: String = "200 OK", headers: [String] = [])
  -> String
{
  let lines = ["HTTP/1.1 \(status)"] + headers + ["Content-Length: \(body.utf8.count)", "", body]
  return lines.joined(separator: "\r\n")
}
