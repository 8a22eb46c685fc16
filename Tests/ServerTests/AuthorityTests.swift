import Testing

@testable import Server

@Suite struct AuthorityTests {
  @Test(
    arguments: [
      ("localhost", "localhost", nil, false), ("LocalHost:9412", "localhost", 9_412, false),
      ("127.0.0.1", "127.0.0.1", nil, true), ("127.0.0.1:80", "127.0.0.1", 80, true),
      ("[::1]:9412", "[::1]", 9_412, true), ("a.example.", "a.example", nil, false),
      ("127.0.0.1:", "127.0.0.1", nil, true), ("0x7f.0.0.1", "0x7f.0.0.1", nil, false),
      ("127.1", "127.1", nil, false), ("127.0.0.01", "127.0.0.01", nil, false),
      ("127.0.0.1.:80", "127.0.0.1", 80, true),
    ] as [(String, String, UInt16?, Bool)])
  func readsHosts(text: String, host: String, port: UInt16?, isAddress: Bool) throws {
    let authority = try #require(Authority(Array(text.utf8)))
    #expect(authority.host == host)
    #expect(authority.port == port)
    #expect(authority.isAddress == isAddress)
  }

  @Test(arguments: [
    "", ":80", "a b", "user@localhost", "localhost:x", "localhost:65536", "[::1", "[x]", "a/b",
    ".localhost", "[::1]x", "localhost\u{0}", "loc\u{e9}", "[]", "a..", "a..b", ".", "..",
  ])
  func refusesWhatIsNoHost(text: String) {
    #expect(Authority(Array(text.utf8)) == nil)
  }
}
