import Arguments
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
    let address = try ListenAddress(text)
    #expect(address.host == host && address.port == port)
    #expect(address.isLoopback == isLoopback)
  }

  @Test(arguments: [
    ("", "use an address and a port"), (":80", "an address is missing"),
    ("9412", "a port alone is no address; use 127.0.0.1:9412"), ("host:", "a port is a number"),
    ("host:x", "a port is a number"), ("host:-1", "a port is a number"),
    ("host:٣", "a port is a number"), ("host:8 0", "a port is a number"),
    ("host:65536", "ports go from 0 to 65535"), ("[::1", "its bracket has no end"),
    ("[]:80", "address of IPv6"), ("[host]:80", "address of IPv6"),
    ("[::1]80", "a port is a number"), ("::1", "stands in brackets"),
    ("http://127.0.0.1:80", "without a scheme"), ("http://host", "without a scheme"),
    ("a b:80", "without blanks"), ("1.2.3:80", "four numbers"), ("1.2.3.256", "four numbers"),
  ])
  func saysWhatIsOddAboutOthers(text: String, words: String) {
    let error = #expect(throws: UsageError.self) { try ListenAddress(text) }
    #expect(error?.message.contains(words) == true, "\(error as Any)")
  }
}
