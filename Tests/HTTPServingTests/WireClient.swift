import Foundation

struct WireError: Error {
  var what: String
}

/// A connection to a server on this machine: what goes over it is what the test wrote.
final class WireClient {
  private let descriptor: Int32
  private(set) var received: [UInt8] = []
  /// The server, which lives as long as its clients.
  private let server: AnyObject?

  /// The system keeps about `receiveBytes` for a client that does not read.
  init(port: UInt16, receiveBytes: Int32? = nil, of server: AnyObject? = nil) throws {
    self.server = server
    #if canImport(Darwin)
      descriptor = socket(AF_INET, SOCK_STREAM, 0)
    #else
      descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    #endif
    if var receiveBytes {
      setsockopt(
        descriptor, SOL_SOCKET, SO_RCVBUF, &receiveBytes, socklen_t(MemoryLayout<Int32>.size))
    }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    let connected = withUnsafePointer(to: &address) { address in
      address.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard connected == 0 else { throw WireError(what: "connect: errno \(errno)") }
  }

  deinit { close(descriptor) }

  /// An answer as it came.
  struct Answer {
    var status: Int
    /// Names in lower case.
    var headers: [String: String]
    var body: [UInt8]

    var text: String { String(decoding: body, as: UTF8.self) }
    var closes: Bool { headers["connection"]?.lowercased() == "close" }
  }

  /// Sends what it can; false when the server has closed.
  @discardableResult
  func send(_ bytes: [UInt8]) -> Bool {
    #if canImport(Darwin)
      let flags: Int32 = 0
    #else
      let flags = Int32(MSG_NOSIGNAL)
    #endif
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes {
        Foundation.send(descriptor, $0.baseAddress, $0.count, flags)
      }
      guard count > 0 else { return false }
      rest = rest.dropFirst(count)
    }
    return true
  }

  @discardableResult
  func send(_ text: String) -> Bool { send(Array(text.utf8)) }

  /// Sends a request without a body and takes its answer.
  func get(_ target: String, method: String = "GET", headers: [String] = []) throws -> Answer {
    send("\(method) \(target) HTTP/1.1\r\nHost: a\r\n\(headers.map { $0 + "\r\n" }.joined())\r\n")
    return try answer(hasBody: method != "HEAD")
  }

  /// Takes one answer, of which nothing is left.
  func answer(hasBody: Bool = true) throws -> Answer {
    let blank = Array("\r\n\r\n".utf8)
    var end: Int?
    while end == nil {
      end = Data(received).firstRange(of: Data(blank))?.upperBound
      if end == nil, !receive() { throw WireError(what: "no answer: \(received)") }
    }
    let head = String(decoding: received[..<(end ?? 0)], as: UTF8.self)
    let lines = head.components(separatedBy: "\r\n")
    var headers: [String: String] = [:]
    for line in lines.dropFirst() {
      guard let colon = line.firstIndex(of: ":") else { continue }
      headers[line[..<colon].lowercased()] =
        line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
    }
    guard let status = Int(lines[0].split(separator: " ").dropFirst().first ?? "") else {
      throw WireError(what: "no status: \(head)")
    }
    received.removeFirst(end ?? 0)
    let length = hasBody ? headers["content-length"].flatMap { Int($0) } ?? 0 : 0
    while received.count < length {
      guard receive() else { throw WireError(what: "\(received.count) of \(length) bytes") }
    }
    let body = Array(received[..<length])
    received.removeFirst(length)
    return Answer(status: status, headers: headers, body: body)
  }

  /// Whether the server ends the connection in time; what it sends before is kept.
  func isClosed(within milliseconds: Int32 = 10_000) -> Bool {
    let end = ContinuousClock.now + .milliseconds(Int64(milliseconds))
    while ContinuousClock.now < end {
      if isReadable(milliseconds: 50), !receive() { return true }
    }
    return false
  }

  /// Takes some bytes; false at the end, and when nothing has come for a long time.
  func receive(bytesMax: Int = 64 << 10) -> Bool {
    guard isReadable(milliseconds: 20_000) else { return false }
    var buffer = [UInt8](repeating: 0, count: bytesMax)
    let count = recv(descriptor, &buffer, buffer.count, 0)
    guard count > 0 else { return false }
    received += buffer[..<count]
    return true
  }

  private func isReadable(milliseconds: Int32) -> Bool {
    var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    return poll(&waiting, 1, milliseconds) > 0
  }
}
