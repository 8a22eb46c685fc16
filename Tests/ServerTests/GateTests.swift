import HTTPServing
import Testing

@testable import Server

@Suite struct GateTests {
  private let gate = Gate(allowedHosts: ["Audit.Example.com"])

  private func status(_ request: ServedRequest) -> Int {
    do throws(Problem) {
      _ = try gate.check(request)
      return 200
    } catch {
      return error.kind.status
    }
  }

  @Test(arguments: [
    ("localhost", 200), ("LOCALHOST:9412", 200), ("127.0.0.1:9412", 200), ("[::1]:9412", 200),
    ("192.0.2.7", 200), ("audit.example.com", 200), ("audit.example.com.:443", 200),
    ("evil.example", 421), ("localhost.evil.example", 421), ("127.0.0.1.nip.io", 421),
    ("0x7f000001", 421), ("2130706433", 421), ("", 400), ("a b", 400), ("u@localhost", 400),
  ])
  func judgesTheHost(host: String, status expected: Int) {
    #expect(status(request("/", headers: [("host", host)])) == expected)
  }

  @Test func wantsOneHost() {
    #expect(status(request("/", headers: [])) == 400)
    #expect(status(request("/", headers: [("host", "localhost"), ("host", "localhost")])) == 400)
  }

  @Test(arguments: [
    ("http://localhost:9412", 200), ("https://localhost:9412", 200), ("http://localhost", 403),
    ("http://127.0.0.1:9412", 403), ("http://localhost:8000", 403), ("null", 403), ("", 403),
    ("http://evil.example", 403), ("http://localhost:9412.evil.example", 403), ("file://", 403),
    ("http://localhost:9412/", 403),
  ])
  func judgesTheOrigin(origin: String, status expected: Int) {
    let fields = [("host", "localhost:9412"), ("origin", origin)]
    #expect(status(request("/", headers: fields)) == expected)
  }

  @Test(arguments: [("https://audit.example.com", 200), ("https://audit.example.com:443", 200)])
  func knowsThePortOfAScheme(origin: String, status expected: Int) {
    let fields = [("host", "audit.example.com"), ("origin", origin)]
    #expect(status(request("/", headers: fields)) == expected)
  }

  @Test(arguments: [
    ("GET", 200), ("HEAD", 200), ("POST", 405), ("get", 405), ("OPTIONS", 405), ("DELETE", 405),
  ])
  func judgesTheMethod(method: String, status expected: Int) {
    #expect(status(request("/", method: method)) == expected)
  }

  @Test func saysWhichMethodsThereAre() throws {
    let problem = problem { _ = try gate.check(request("/", method: "POST", announcesBody: true)) }
    #expect(problem?.headers == [.init(name: "Allow", value: "GET, HEAD")])
    #expect(problem?.closes == true)
  }

  @Test func refusesBodies() {
    let problem = problem { _ = try gate.check(request("/", announcesBody: true)) }
    #expect(problem?.kind == .body)
    #expect(problem?.closes == true)
  }

  @Test(arguments: [
    ("/a%2Fb?x=1", 200), ("http://localhost/a", 200), ("HTTP://LOCALHOST:1/a", 200),
    ("http://evil.example/a", 421), ("http://@localhost/", 421), ("*", 400), ("localhost:80", 400),
    ("ftp://localhost/", 400), ("/%00", 400), ("/%zz", 400), ("/%2", 400), ("/a b", 400),
    ("/a#b", 400), ("/\u{7f}", 400), ("/\u{e9}", 400), ("", 400),
  ])
  func judgesTheTarget(target: String, status expected: Int) {
    #expect(status(request(target)) == expected)
  }

  /// A page of another host that rebound its name is told of that before anything else.
  @Test func asksForTheHostFirst() {
    let foreign = [("host", "evil.example"), ("origin", "http://evil.example")]
    #expect(status(request("/", method: "POST", headers: foreign, announcesBody: true)) == 421)
  }
}
