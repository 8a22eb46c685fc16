import Foundation
import HTTPServing
import Testing

/// What is no request, or two at once to different readers: refused, and the connection ends.
@Suite struct MalformedRequestTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var name: String
    var bytes: [UInt8]
    /// Nil where the connection ends without a word.
    var status: Int?

    init(_ name: String, _ text: String, _ status: Int?) {
      self.name = name
      bytes = Array(text.utf8)
      self.status = status
    }

    var testDescription: String { name }
  }

  private static func get(_ headers: String) -> String {
    "GET /ok HTTP/1.1\r\nHost: a\r\n\(headers)\r\n"
  }

  static let framing: [Case] = [
    Case("two lengths", get("Content-Length: 5\r\nContent-Length: 6\r\n"), 400),
    Case("two equal lengths", get("Content-Length: 0\r\nContent-Length: 0\r\n"), 400),
    Case("a list of lengths", get("Content-Length: 0, 0\r\n"), 400),
    Case("a length with a sign", get("Content-Length: +1\r\n"), 400),
    Case("a negative length", get("Content-Length: -1\r\n"), 400),
    Case("a hexadecimal length", get("Content-Length: 0x1\r\n"), 400),
    Case("an empty length", get("Content-Length: \r\n"), 400),
    Case("a length beyond 64 bits", get("Content-Length: 99999999999999999999\r\n"), 413),
    Case("length and chunked", get("Content-Length: 1\r\nTransfer-Encoding: chunked\r\n"), 400),
    Case("chunked and length", get("Transfer-Encoding: chunked\r\nContent-Length: 1\r\n"), 400),
    Case("chunked twice", get("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"), 400),
    Case("chunked, identity", get("Transfer-Encoding: chunked, identity\r\n"), 400),
    Case("an unknown coding", get("Transfer-Encoding: xchunked\r\n"), 400),
    Case("a coding behind a vertical tab", get("Transfer-Encoding: \u{b}chunked\r\n"), 400),
    Case("chunked in 1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
  ]

  static let lines: [Case] = [
    Case("a bare line feed behind the request line", "GET /ok HTTP/1.1\nHost: a\r\n\r\n", 400),
    Case("a bare line feed behind a header", "GET /ok HTTP/1.1\r\nHost: a\n\r\n", 400),
    Case("a bare line feed at the end", "GET /ok HTTP/1.1\r\nHost: a\r\n\n", 400),
    Case("line feeds only", "GET /ok HTTP/1.1\nHost: a\n\n", 400),
    Case("a bare carriage return in a value", get("A: b\rContent-Length: 5\r\n"), 400),
    Case("a value over two lines", get("A: b\r\n c\r\n"), 400),
    Case("a value over three lines", get("A: b\r\n\tc\r\n d\r\n"), 400),
    Case("a first header that goes on", "GET /ok HTTP/1.1\r\n Host: a\r\n\r\n", 400),
    Case("a zero in a value", get("A: b\0c\r\n"), 400),
    Case("a zero in a name", get("A\0: b\r\n"), 400),
    Case("a control byte in a value", get("A: b\u{1}c\r\n"), 400),
    Case("an escape in a value", get("A: \u{1b}[31m\r\n"), 400),
    Case("a delete in a value", get("A: b\u{7f}\r\n"), 400),
    Case("a blank before the colon", get("Content-Length : 5\r\n"), 400),
    Case("a tab before the colon", get("A\t: b\r\n"), 400),
    Case("a header without a colon", get("nonsense\r\n"), 400),
    Case("a header without a name", get(": b\r\n"), 400),
    Case("a name in brackets", get("(A): b\r\n"), 400),
    Case("a name beyond ASCII", get("\u{e4}: b\r\n"), 400),
  ]

  static let requestLines: [Case] = [
    Case("two blanks before the target", "GET  /ok HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    Case("two blanks behind the target", "GET /ok  HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    Case("a tab for a blank", "GET\t/ok\tHTTP/1.1\r\nHost: a\r\n\r\n", nil),
    Case("a blank in the target", "GET /o k HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    Case("a blank at the end", "GET /ok HTTP/1.1 \r\nHost: a\r\n\r\n", 400),
    Case("a blank in front", " GET /ok HTTP/1.1\r\nHost: a\r\n\r\n", nil),
    Case("a zero in the target", "GET /o\0k HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    Case("a control byte in the target", "GET /o\u{1}k HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    Case("bytes beyond ASCII in the target", "GET /\u{e4} HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    Case("a fragment", "GET /ok#x HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    Case("a target without a slash", "GET ok HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    Case("another scheme", "GET file:///etc/passwd HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    Case("an authority", "CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    Case("a method in brackets", "(GET) /ok HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    Case("no method", " /ok HTTP/1.1\r\nHost: a\r\n\r\n", nil),
    Case("no target", "GET HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    Case("one word", "GET\r\nHost: a\r\n\r\n", nil),
    Case("HTTP/0.9", "GET /ok\r\n\r\n", 400),
    Case("HTTP/1.2", "GET /ok HTTP/1.2\r\nHost: a\r\n\r\n", 505),
    Case("HTTP/2.0", "GET /ok HTTP/2.0\r\nHost: a\r\n\r\n", 505),
    Case("HTTP/2's greeting", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
    Case("HTTP/11.1", "GET /ok HTTP/11.1\r\nHost: a\r\n\r\n", 400),
    Case("http/1.1", "GET /ok http/1.1\r\nHost: a\r\n\r\n", 400),
    Case("another protocol", "GET /ok ICY/1.1\r\nHost: a\r\n\r\n", 400),
    Case("SMTP", "EHLO a\r\n\r\n", 400),
    Case("noise", "\u{16}\u{3}\u{1}\r\n\r\n", nil),
  ]

  static let sizes: [Case] = [
    Case("a long target", "GET /\(String(repeating: "a", count: 8_192)) HTTP/1.1\r\n\r\n", 414),
    Case("a target without end", "GET /\(String(repeating: "a", count: 60_000))", 414),
    Case("a long header", get("A: \(String(repeating: "a", count: 17_000))\r\n"), 431),
    Case("a header without end", get("A: \(String(repeating: "a", count: 60_000))"), 431),
    Case("many headers", get(String(repeating: "A: b\r\n", count: 65)), 431),
    Case("very many headers", get(String(repeating: "A:b\r\n", count: 3_000)), 431),
  ]

  /// The library would take them apart, in memory that has no room for so many.
  @Test func manyParametersAndCookiesAreARequestLikeOthers() throws {
    let fixture = try ServerFixture()
    let client = try fixture.client()
    let target = "/?" + String(repeating: "a&", count: 4_000)
    let cookie = "Cookie: " + String(repeating: "a;", count: 3_500)
    for _ in 0..<2 { #expect(try client.get(target, headers: [cookie]).text == target) }
    #expect(fixture.refusals.isEmpty)
    #expect(fixture.requests.last?.headers.map(\.name) == ["host", "cookie"])
  }

  @Test(arguments: framing + lines + requestLines + sizes)
  func isRefused(_ malformed: Case) throws {
    let fixture = try ServerFixture()
    let client = try fixture.client()
    client.send(malformed.bytes)
    if let status = malformed.status {
      let answer = try client.answer()
      #expect(answer.status == status)
      #expect(answer.closes)
    }
    #expect(client.isClosed())
    #expect(!String(decoding: client.received, as: UTF8.self).contains(" 200 "))
    #expect(fixture.requests.isEmpty)
    let refusal = try #require(fixture.awaitedRefusals.first)
    switch refusal {
    case .unreadable: #expect(malformed.status == nil)
    // Where the answer is lost, the reason is not.
    case .request(let status): #expect(malformed.status ?? status == status)
    default: Issue.record("\(refusal)")
    }
    #expect(fixture.refusals.count == 1)
  }

  @Test(arguments: [
    Case("a lower-case method", "get /ok HTTP/1.1\r\nHost: a\r\n\r\n", 200),
    Case("HTTP/1.0", "GET /ok HTTP/1.0\r\n\r\n", 200),
    Case("an empty line in front", "\r\nGET /ok HTTP/1.1\r\nHost: a\r\n\r\n", 200),
    Case("absolute form", "GET http://a/ok HTTP/1.1\r\nHost: a\r\n\r\n", 200),
    Case("no blank behind the colon", "GET /ok HTTP/1.1\r\nHost:a\r\n\r\n", 200),
    Case("blanks around a value", "GET /ok HTTP/1.1\r\nHost: \t a \t \r\n\r\n", 200),
    Case("an empty value", "GET /ok HTTP/1.1\r\nHost:\r\nA: \r\n\r\n", 200),
    Case("Latin letters in a value", "GET /ok HTTP/1.1\r\nHost: a\r\nA: \u{e4}\r\n\r\n", 200),
    Case("no header", "GET /ok HTTP/1.1\r\n\r\n", 200),
    Case("an empty body", get("Content-Length: 0\r\n"), 200),
    Case("parameters", "GET /ok?a=b&c=%00&d HTTP/1.1\r\nHost: a\r\n\r\n", 200),
    Case("64 headers", get(String(repeating: "A: b\r\n", count: 63)), 200),
    Case("a target of 8 KiB", "GET /\(String(repeating: "a", count: 8_191)) HTTP/1.1\r\n\r\n", 200),
  ])
  func isNot(_ lawful: Case) throws {
    let fixture = try ServerFixture()
    let client = try fixture.client()
    client.send(lawful.bytes)
    #expect(try client.answer().status == lawful.status)
    #expect(fixture.refusals.isEmpty)
  }

  @Test func requestsMayComeBehindEachOther() throws {
    let fixture = try ServerFixture()
    let client = try fixture.client()
    client.send((0..<50).map { "GET /\($0) HTTP/1.1\r\nHost: a\r\n\r\n" }.joined())
    for number in 0..<50 { #expect(try client.answer().text == "/\(number)") }
  }

  /// What stands behind a request that is refused is nobody's request.
  @Test func nothingIsReadBehindARefusedRequest() throws {
    let fixture = try ServerFixture()
    let client = try fixture.client()
    client.send(
      "GET /ok HTTP/1.1\r\nContent-Length: 35\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
        + "GET /hidden HTTP/1.1\r\nHost: a\r\n\r\n")
    #expect(try client.answer().status == 400)
    #expect(client.isClosed() && client.received.isEmpty)
    #expect(fixture.requests.isEmpty)
  }

  /// A body is announced to whoever answers, and never read: the connection ends with the answer.
  @Test(arguments: ["Content-Length: 30", "Transfer-Encoding: chunked"])
  func noBodyIsRead(_ header: String) throws {
    let fixture = try ServerFixture()
    let client = try fixture.client()
    client.send(
      "POST /ok HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n\(header)\r\n\r\n"
        + "GET /hidden HTTP/1.1\r\nHost: a\r\n\r\n")
    let answer = try client.answer()
    #expect(answer.status == 200 && answer.text == "/ok" && answer.closes)
    #expect(client.isClosed() && client.received.isEmpty)
    #expect(fixture.requests.map(\.announcesBody) == [true])
  }
}
