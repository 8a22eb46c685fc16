#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

struct LoopbackError: Error {
  var what: String
}

/// An HTTP/1.1 client on one kept connection: what goes over the wire is what the test wrote.
struct LoopbackClient: ~Copyable {
  struct Response {
    var status: Int
    /// Names in lower case.
    var headers: [String: String]
    var body: [UInt8]

    var text: String { String(decoding: body, as: UTF8.self) }
  }

  private let descriptor: Int32
  private let host: String

  init(port: UInt16) throws {
    #if canImport(Glibc)
      descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    #else
      descriptor = socket(AF_INET, SOCK_STREAM, 0)
    #endif
    host = "127.0.0.1:\(port)"
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    let connected = withUnsafePointer(to: &address) { address in
      address.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard connected == 0 else { throw LoopbackError(what: "connect: errno \(errno)") }
  }

  deinit { close(descriptor) }

  func get(_ target: String, headers: [(String, String)] = []) throws -> Response {
    try send("GET", target, headers: headers)
  }

  /// A `Host` among the headers replaces the client's own.
  func send(
    _ method: String, _ target: String, headers: [(String, String)] = [], body: String? = nil
  ) throws -> Response {
    var request = "\(method) \(target) HTTP/1.1\r\n"
    if !headers.contains(where: { $0.0.lowercased() == "host" }) { request += "Host: \(host)\r\n" }
    for (name, value) in headers { request += "\(name): \(value)\r\n" }
    if let body { request += "Content-Length: \(body.utf8.count)\r\n" }
    request += "\r\n" + (body ?? "")
    try write(request)
    return try receive(hasBody: method != "HEAD")
  }

  /// How the server leaves an exchange.
  enum Ending: Equatable {
    case closed, reset
    /// No byte came for the time given, or more than were wanted.
    case open
  }

  /// Sends a request without a body and takes what comes, as bytes, until the connection ends, nothing comes for
  /// `milliseconds`, or more than `bytesMax` have come.
  func exchange(
    _ target: String, method: String = "GET", headers: [(String, String)] = [],
    milliseconds: Int32 = 10_000, bytesMax: Int = 1 << 20
  ) throws -> (bytes: [UInt8], ending: Ending) {
    let fields = headers.map { "\($0): \($1)\r\n" }.joined()
    try write("\(method) \(target) HTTP/1.1\r\nHost: \(host)\r\n\(fields)\r\n")
    var bytes: [UInt8] = []
    while bytes.count <= bytesMax {
      var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
      guard poll(&waiting, 1, milliseconds) > 0 else { break }
      var chunk = [UInt8](repeating: 0, count: 65_536)
      let count = read(descriptor, &chunk, chunk.count)
      guard count > 0 else { return (bytes, count == 0 ? .closed : .reset) }
      bytes += chunk[..<count]
    }
    return (bytes, .open)
  }

  private func write(_ text: String) throws {
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
      let written = rest.withUnsafeBytes { bytes in
        #if canImport(Glibc)
          Glibc.write(descriptor, bytes.baseAddress, bytes.count)
        #else
          Darwin.write(descriptor, bytes.baseAddress, bytes.count)
        #endif
      }
      guard written > 0 else { throw LoopbackError(what: "write: errno \(errno)") }
      rest = rest.dropFirst(written)
    }
  }

  private func receive(hasBody: Bool) throws -> Response {
    var bytes: [UInt8] = []
    let end = Array("\r\n\r\n".utf8)
    var headEnd: Int?
    while headEnd == nil {
      try receiveMore(into: &bytes)
      headEnd = bytes.indices.first { bytes[$0...].starts(with: end) }
    }
    let head = String(decoding: bytes[..<(headEnd ?? 0)], as: UTF8.self)
    let lines = head.split(separator: "\r\n")
    var headers: [String: String] = [:]
    for line in lines.dropFirst() {
      let parts = line.split(separator: ":", maxSplits: 1)
      headers[parts[0].lowercased()] =
        parts.count > 1 ? parts[1].drop { $0 == " " }.description : ""
    }
    guard let status = lines.first?.split(separator: " ").dropFirst().first.flatMap({ Int($0) })
    else { throw LoopbackError(what: "no status: \(head)") }
    var body = Array(bytes[((headEnd ?? 0) + end.count)...])
    let length = hasBody ? headers["content-length"].flatMap { Int($0) } ?? 0 : 0
    while body.count < length { try receiveMore(into: &body) }
    return Response(status: status, headers: headers, body: body)
  }

  private func receiveMore(into bytes: inout [UInt8]) throws {
    let chunk = [UInt8](unsafeUninitializedCapacity: 65_536) { out, count in
      count = max(0, read(descriptor, out.baseAddress, 65_536))
    }
    guard !chunk.isEmpty else { throw LoopbackError(what: "the server closed the connection") }
    bytes += chunk
  }
}
