import Testing

@testable import S3AuditCLI

@Suite struct ReceiverURLTests {
  @Test(arguments: [
    ("https://hooks.example.com/a/b", "hooks.example.com", "https://hooks.example.com/a/b/start"),
    ("https://hc.example.com/uuid/", "hc.example.com", "https://hc.example.com/uuid/start"),
    ("https://x.example:8443?key=1", "x.example:8443", "https://x.example:8443/start?key=1"),
    ("http://127.0.0.1:80/p?a=/b", "127.0.0.1:80", "http://127.0.0.1:80/p/start?a=/b"),
    ("http://[::1]:9/", "[::1]:9", "http://[::1]:9/start"),
    ("HTTP://LOCALHOST/x", "LOCALHOST", "HTTP://LOCALHOST/x/start"),
  ])
  func showsItsHostAndReachesBelowItsPath(text: String, host: String, start: String) throws {
    let url = try ReceiverURL(Array(text.utf8))
    #expect(url.host == host && "\(url)" == host)
    #expect(url.appending("/start") == start)
    #expect(url.whole == text)
  }

  @Test(
    arguments: [
      ("", .empty), ("https://a b/", .notPrintable), ("ftp://a/", .scheme), ("https:/a", .scheme),
      ("https:///a", .authority), ("https://u@a/", .authority), ("https://a:/", .authority),
      ("https://a:65536/", .authority), ("https://[::1/", .authority), ("https://a/#b", .fragment),
      ("http://a/", .plainHTTP), ("http://127.0.0.256/", .plainHTTP), ("http://[::2]/", .plainHTTP),
    ] as [(String, ReceiverURL.Refusal)])
  func refuses(text: String, refusal: ReceiverURL.Refusal) {
    #expect(throws: refusal) { try ReceiverURL(Array(text.utf8)) }
  }
}
