import Testing
import Vocabulary

@testable import Server

@Suite struct AccessLogTests {
  private func entry(_ target: String, method: String = "GET") -> AccessLog.Entry {
    AccessLog.Entry(
      at: Timestamp(millisecondsSinceEpoch: 1_795_000_000_000), peer: "127.0.0.1", method: method,
      target: Array(target.utf8), status: 200, bytes: 12, milliseconds: 1.26)
  }

  @Test func isALineOfText() {
    let line = AccessLog(.text) { _ in }.line(entry("/api/v1/du?bucket=logs"))
    #expect(line == "2026-11-18T11:06:40Z 127.0.0.1 \"GET /api/v1/du?bucket=logs\" 200 12 1.3ms\n")
  }

  @Test func isALineOfJSON() throws {
    let line = AccessLog(.json) { _ in }.line(entry("/\"\u{1B}[2J", method: "G\nT"))
    #expect(line.hasSuffix("}\n") && line.utf8.count { $0 == 0x0A } == 1)
    let json = try #require(JSONValue(parsing: Array(line.utf8)))
    #expect(json["target"]?.string == #"/\x22\x1B[2J"#)
    #expect(json["status"]?.integer == 200)
  }

  @Test(arguments: [
    ("/?token=secretsecret", "/?token=-"), ("/?a=1&token=secretsecret&b=2", "/?a=1&token=-&b=2"),
    ("/?%74%6Fken=secretsecret", "/?token=-"), ("/?TOKEN=secretsecret", "/?token=-"),
    ("/?token=%zz", "/?token=-"), ("/?x%zztoken=secretsecret", "/?token=-"),
    ("/token", "/token"), ("/?a&&b", "/?a&&b"),
  ])
  func cutsTheTokenOut(target: String, shown: String) {
    #expect(AccessLog.shown(Array(target.utf8)) == shown)
  }

  @Test(arguments: [
    ("/a b", #"/a\x20b"#), ("/\n", #"/\x0A"#), ("/\u{202E}", #"/\xE2\x80\xAE"#),
    ("/\"", #"/\x22"#), ("/\\x0A", #"/\x5Cx0A"#),
  ])
  func escapesWhatIsObeyed(target: String, shown: String) {
    #expect(AccessLog.shown(Array(target.utf8)) == shown)
  }
}
