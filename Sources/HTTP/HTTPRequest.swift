/// One header field, as sent or received.
package struct HTTPHeader: Equatable, Sendable {
  package var name: String
  package var value: String

  package init(name: String, value: String) {
    self.name = name
    self.value = value
  }
}

/// One HTTP/1.1 request; the transport adds Host, User-Agent, `Accept-Encoding: identity` and
/// Content-Length to it.
///
/// A header given here replaces the one that the transport would have added.
package struct HTTPRequest: Sendable {
  package var method: String

  /// An absolute `http` or `https` URL, already percent-encoded.
  ///
  /// Path and query are sent byte for byte: dot segments, double slashes and `%2F` are not
  /// normalised, because they are part of an S3 key and of its signature. Only the fragment, and a
  /// `?` with nothing after it, are not sent. A user name in it is refused.
  package var url: String
  package var headers: [HTTPHeader]
  package var body: [UInt8]

  /// The longest response body accepted, as it is when it has been decoded; a longer one ends in ``HTTPError/Kind/bodyTooLarge``.
  package var bodyBytesMax: Int
  package var timeouts: HTTPTimeouts
  /// Whether a proxy of the environment is used; metadata of this very machine is asked directly.
  package var usesProxy: Bool
  /// Where the body of the response goes; nil for the response itself.
  ///
  /// Such a body has no limit, and is as the server sent it: compressed, if it was.
  package var sink: (any BodySink)?
  /// Whether it goes over one connection only.
  ///
  /// libcurl sends a request again by itself where a connection that was used before is closed without a
  /// word. The server may have done by then what it was asked for: what must not be done twice is an error
  /// (`connectionLost`) instead.
  package var isSentOnce = false

  package init(
    method: String = "GET", url: String, headers: [HTTPHeader] = [], body: [UInt8] = [],
    bodyBytesMax: Int = 16 << 20, timeouts: HTTPTimeouts = HTTPTimeouts(), usesProxy: Bool = true,
    sink: (any BodySink)? = nil
  ) {
    self.method = method
    self.url = url
    self.headers = headers
    self.body = body
    self.bodyBytesMax = bodyBytesMax
    self.timeouts = timeouts
    self.usesProxy = usesProxy
    self.sink = sink
  }
}

extension HTTPRequest: CustomStringConvertible, CustomReflectable {
  /// The method and the URL without its query: headers and query carry signatures and tokens.
  package var description: String { "\(method) \(url.prefix { $0 != "?" })" }

  package var customMirror: Mirror { Mirror(self, children: EmptyCollection<Mirror.Child>()) }
}

/// How long each stage of a request may take; there is no limit on the whole.
package struct HTTPTimeouts: Equatable, Sendable {
  /// From the start until the request can be sent: name, TCP, proxy and TLS together.
  package var connect: Duration

  /// From there until the first line of the response; then as long again until its body begins.
  package var firstByte: Duration

  /// The window in which at least `stallBytesMin` bytes of the body must arrive.
  package var stall: Duration
  package var stallBytesMin: Int

  package init(
    connect: Duration = .seconds(10), firstByte: Duration = .seconds(60),
    stall: Duration = .seconds(30), stallBytesMin: Int = 1024
  ) {
    self.connect = connect
    self.firstByte = firstByte
    self.stall = stall
    self.stallBytesMin = stallBytesMin
  }
}

extension HTTPRequest {
  /// Refuses what could not be sent as it is written, or would be read as something else.
  func validate() throws(HTTPError) {
    // Bytes outside of this range are cut, encoded or refused by libcurl, depending on the place.
    guard areAll(url, { (0x21...0x7e).contains($0) }) else {
      throw HTTPError(.invalidURL, "the URL has bytes that are not percent-encoded", url: url)
    }
    // Without a scheme libcurl guesses one.
    let scheme = url.prefix { $0 != ":" }.lowercased()
    guard scheme == "http" || scheme == "https", url.dropFirst(scheme.count).hasPrefix("://") else {
      throw HTTPError(.invalidURL, "the URL does not begin with http:// or https://", url: url)
    }
    guard isToken(method) else {
      throw HTTPError(.other, "the method is not a word", url: url)
    }
    for header in headers where !isToken(header.name) || !isLine(header.value) {
      // Values may be secret; a name is not.
      throw HTTPError(.other, "the header '\(header.name)' cannot be sent on one line", url: url)
    }
  }
}

/// RFC 9110, 5.6.2.
private func isToken(_ text: String) -> Bool {
  !text.isEmpty
    && areAll(text) { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"):
        true
      default:
        "!#$%&'*+.^_`|~".utf8.contains(byte)
      }
    }
}

private func isLine(_ text: String) -> Bool {
  areAll(text) { $0 != 0 && $0 != UInt8(ascii: "\r") && $0 != UInt8(ascii: "\n") }
}

/// Whether all bytes of a text are such: read in place, several times as fast as one by one.
private func areAll(_ text: String, _ isSuch: (UInt8) -> Bool) -> Bool {
  let inPlace = unsafe text.utf8.withContiguousStorageIfAvailable { bytes in
    unsafe bytes.allSatisfy(isSuch)
  }
  return inPlace ?? text.utf8.allSatisfy(isSuch)
}
