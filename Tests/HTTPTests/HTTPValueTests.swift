import Testing

@testable import HTTP

@Suite struct HTTPHeadersTests {
  private let headers = HTTPHeaders(
    block: Array(
      "Server: x\r\nx-amz-id:  a:b \r\nSET-COOKIE: 1\r\nset-cookie: 2\r\nEmpty:\r\nLong: a\r\n\t b\r\n"
        .utf8))

  @Test(arguments: ["x-amz-id", "X-Amz-Id", "X-AMZ-ID"])
  func findsAFieldInAnyCase(name: String) {
    #expect(headers[name] == "a:b")
  }

  @Test func keepsDuplicatesInOrder() {
    #expect(headers.values(of: "Set-Cookie") == ["1", "2"])
    #expect(headers["Set-Cookie"] == "1")
    #expect(
      headers.all.map(\.name)
        == ["Server", "x-amz-id", "SET-COOKIE", "set-cookie", "Empty", "Long"])
  }

  @Test func tellsEmptyFromAbsent() {
    #expect(headers["Empty"] == "")
    #expect(headers["Serve"] == nil)
    #expect(headers["Servers"] == nil)
    #expect(HTTPHeaders([])["Server"] == nil)
  }

  @Test func joinsFoldedLines() {
    #expect(headers["Long"] == "a b")
  }

  @Test func readsBackWhatItWasMadeOf() {
    let fields = [HTTPHeader(name: "A", value: "1"), HTTPHeader(name: "a", value: "")]
    #expect(HTTPHeaders(fields).all == fields)
  }

  @Test(arguments: ["", "\r\n", "no colon", ":", " folded first", "a:b", "\n\n:\n \n"])
  func survivesAnyBlock(text: String) {
    let headers = HTTPHeaders(block: Array(text.utf8))
    #expect(headers.all.count <= 1)
    #expect(headers["missing"] == nil)
  }
}

@Suite struct HTTPErrorTests {
  @Test(arguments: [
    ("https://h/a/b?X-Amz-Signature=1", "https://h/a/b"),
    ("https://user:secret@h/a@b?c", "https://h/a@b"),
    ("https://h#f", "https://h"), ("https://h", "https://h"), ("", ""),
  ])
  func keepsSecretsOutOfTheURL(url: String, shown: String) {
    let error = HTTPError(.connect, "refused", curlCode: 7, url: url)
    #expect(error.url == shown)
    #expect(error.description == (shown.isEmpty ? "" : shown + ": ") + "refused (curl 7)")
  }
}

@Suite struct HTTPRequestTests {
  @Test(arguments: [
    "", "example.com/", "ftp://h/", "file:///etc/passwd", "http:/h", "http://h/a b", "http://h/ä",
    "http://h/\u{0}", "http://h/a\r\nX: y", "//h/",
  ])
  func refusesURLs(url: String) {
    #expect(kind(of: HTTPRequest(url: url)) == .invalidURL)
  }

  @Test(arguments: [
    ("X", "a\r\nB: c"), ("X", "a\nb"), ("X", "a\u{0}"), ("X Y", "a"), ("", "a"), ("X:", "a"),
  ])
  func refusesHeadersThatWouldBecomeOthers(name: String, value: String) {
    let header = HTTPHeader(name: name, value: value)
    #expect(kind(of: HTTPRequest(url: "http://h/", headers: [header])) == .other)
  }

  @Test(arguments: ["", "GET /", "G\r\n"])
  func refusesMethods(method: String) {
    #expect(kind(of: HTTPRequest(method: method, url: "http://h/")) == .other)
  }

  private func kind(of request: HTTPRequest) -> HTTPError.Kind? {
    do throws(HTTPError) {
      try request.validate()
      return nil
    } catch {
      return error.kind
    }
  }
}
