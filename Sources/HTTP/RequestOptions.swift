import CCurl

extension EasyHandle {
  /// Sets every option of a request but its headers and callbacks; nothing is left of the last one.
  func prepare(_ request: HTTPRequest, _ configuration: HTTPConfiguration) throws(CurlFailure) {
    try reset()
    try set(CURLOPT_URL, request.url)
    try set(CURLOPT_PATH_AS_IS, 1)
    try set(CURLOPT_DISALLOW_USERNAME_IN_URL, 1)
    try set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1))
    try set(CURLOPT_FOLLOWLOCATION, 0)
    try set(CURLOPT_USERAGENT, configuration.userAgent)
    // The lines of a proxy's answer to CONNECT are no part of the response.
    try set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)
    // An empty name is no proxy, whatever the environment says.
    if !request.usesProxy { try set(CURLOPT_PROXY, "") }
    if let exceptions = configuration.proxyExceptions {
      try set(CURLOPT_NOPROXY, exceptions.list(for: request.url))
    }

    try set(CURLOPT_SSL_VERIFYPEER, 1)
    try set(CURLOPT_SSL_VERIFYHOST, 2)
    if let path = configuration.caBundlePath {
      try set(CURLOPT_CAINFO, path)
      try set(CURLOPT_PROXY_CAINFO, path)
    }

    try set(CURLOPT_NOSIGNAL, 1)
    wish(CURLOPT_TCP_NODELAY, 1)
    wish(CURLOPT_TCP_KEEPALIVE, 1)
    wish(CURLOPT_BUFFERSIZE, receiveBufferBytes)
    // Zero would mean libcurl's default of five minutes.
    try set(CURLOPT_CONNECTTIMEOUT_MS, max(1, request.timeouts.connect.millisecondsRoundedUp))

    try setMethod(request)
  }

  /// Sets what only makes transfers faster; one that libcurl refuses is no reason to fail.
  private func wish(_ option: CURLoption, _ value: Int) {
    do throws(CurlFailure) { try set(option, value) } catch {}
  }

  private func setMethod(_ request: HTTPRequest) throws(CurlFailure) {
    switch request.method {
    case "GET" where request.body.isEmpty:
      try set(CURLOPT_HTTPGET, 1)
    case "HEAD":
      try set(CURLOPT_NOBODY, 1)
    default:
      // A POST or PUT without a body says so by `Content-Length: 0`; S3 answers 411 otherwise.
      if request.hasBody { try setBody(request.body) }
      try set(CURLOPT_CUSTOMREQUEST, request.method)
    }
  }
}

/// Larger than libcurl's 16 KiB for fewer reads, and kept small as every transfer has its own.
///
/// Measured on loopback with pages of 300 KB: 16 to 512 KiB are alike.
private let receiveBufferBytes = 64 << 10

extension HTTPRequest {
  fileprivate var hasBody: Bool {
    !body.isEmpty || method == "POST" || method == "PUT" || method == "PATCH"
  }

  /// The request's headers, and those of libcurl's own that must not be sent.
  func headerLines() throws(CurlFailure) -> HeaderLines {
    var lines = HeaderLines()
    // Nothing is asked to be compressed; what comes so all the same is no matter of libcurl's, which knows
    // one member of gzip and no more (`ContentCoding`).
    if !hasHeader("accept-encoding") { try lines.append("Accept-Encoding: identity") }
    for header in headers {
      // `Name;` is how libcurl sends a header without a value; `Name:` would remove it.
      let isEmpty = header.value.utf8.allSatisfy { $0 == UInt8(ascii: " ") }
      try lines.append(isEmpty ? "\(header.name);" : "\(header.name): \(header.value)")
    }
    // Some servers compress for whoever takes anything; the `aws` command sends no Accept.
    if !hasHeader("accept") { try lines.append("Accept:") }
    // libcurl would wait a second for `100 Continue` before it sends a larger body.
    if !hasHeader("expect") { try lines.append("Expect:") }
    // libcurl takes every body for a submitted form.
    if hasBody && !hasHeader("content-type") { try lines.append("Content-Type:") }
    return lines
  }

  private func hasHeader(_ name: String) -> Bool {
    headers.contains { header in
      header.name.utf8.count == name.utf8.count && header.name.lowercased() == name
    }
  }
}

extension Duration {
  var millisecondsRoundedUp: Int {
    let (seconds, attoseconds) = components
    return Int(seconds) * 1_000 + Int((attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000)
  }
}
