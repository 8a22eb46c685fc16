package import System

/// One request, whole and well-formed, as it stood on the wire.
package struct ServedRequest: Sendable {
  /// Case matters: `get` is no `GET`.
  package var method: String
  /// Path and query as they were sent, or the absolute form, or `*`: visible ASCII without `#`, nothing decoded.
  package var target: [UInt8]
  /// `HTTP/1.1` or `HTTP/1.0`.
  package var version: String
  /// In order, repeats kept; names in lower case, values without the white space around them.
  package var headers: [(name: String, value: [UInt8])]
  package var peer: PeerAddress
  /// Whether a body follows, which nobody reads: the connection ends with the answer.
  package var announcesBody: Bool
  /// When its head was complete.
  package var arrived: ContinuousClock.Instant

  /// The values of a header, by its name in lower case.
  package func values(of name: String) -> [[UInt8]] {
    headers.filter { $0.name == name }.map(\.value)
  }

  /// Whether the client said that it reads gzip (RFC 9110, section 12.5.3).
  package var acceptsGzip: Bool {
    let codings = values(of: "accept-encoding").flatMap { $0.split(separator: UInt8(ascii: ",")) }
    return codings.contains { coding in
      let text = String(decoding: coding, as: UTF8.self).lowercased()
      let words = text.filter { !" \t".contains($0) }.split(separator: ";")
      let weight = words.dropFirst().first { $0.hasPrefix("q=") }
      return words.first == "gzip" && weight.map { Double($0.dropFirst(2)) ?? 0 > 0 } ?? true
    }
  }
}

/// What is sent back, whole.
package struct ServedAnswer: Sendable {
  /// 200 to 599.
  package var status: Int
  /// `Content-Length`, `Date` and `Connection` are the server's.
  package var headers: [(name: String, value: String)]
  /// An answer to HEAD has its length and no body, one of 204 or 304 neither.
  package var body: [UInt8]
  /// Whether the connection ends with it.
  package var closes: Bool

  package init(
    status: Int, headers: [(name: String, value: String)] = [], body: [UInt8] = [],
    closes: Bool = false
  ) {
    self.status = status
    self.headers = headers
    self.body = body
    self.closes = closes
  }

  /// In the place of one that there is no memory for.
  static let noRoom = ServedAnswer(
    status: 503, headers: headersOfAll + [("Cache-Control", "no-store"), ("Retry-After", "1")])

  /// What every answer tells a browser: to take it as what it says it is, and to keep it from other sites.
  package static let headersOfAll: [(name: String, value: String)] = [
    ("X-Content-Type-Options", "nosniff"), ("Referrer-Policy", "no-referrer"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
  ]

  /// The server's own: what it is, says its status; the connection ends with it.
  static func bare(status: Int) -> ServedAnswer {
    ServedAnswer(
      status: status, headers: headersOfAll + [("Cache-Control", "no-store")], closes: true)
  }
}
