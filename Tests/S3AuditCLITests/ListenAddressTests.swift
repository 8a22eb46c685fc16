import Testing

@testable import S3AuditCLI

@Suite struct ListenAddressTests {
  @Test(
    arguments: [
      ("127.0.0.1:80", "127.0.0.1", 80, true), ("127.0.0.1", "127.0.0.1", 9_412, true),
      ("[::1]:9412", "::1", 9_412, true), ("localhost:0", "localhost", 0, true),
      ("0.0.0.0:9412", "0.0.0.0", 9_412, false), ("[::]:1", "::", 1, false),
      ("127.evil.example:1", "127.evil.example", 1, false), ("10.0.0.1", "10.0.0.1", 9_412, false),
    ] as [(String, String, UInt16, Bool)])
  func readsAddresses(text: String, host: String, port: UInt16, isLoopback: Bool) throws {
    let address = try #require(ListenAddress(text))
    #expect(address.host == host && address.port == port)
    #expect(address.isLoopback == isLoopback)
  }

  @Test(arguments: [
    "", ":80", "host:", "host:x", "host:65536", "host:-1", "[::1", "[]:80", "[::1]80", "::1",
    "http://127.0.0.1:80", "a b:80", "host:8 0", "host:٣",
  ])
  func refusesWhatIsNone(text: String) { #expect(ListenAddress(text) == nil) }
}
