import HTTPServing
import Synchronization
import System
import Testing

/// How a server begins and ends.
@Suite struct EndTests {
  @Test func answersWhatWasAskedBeforeItEnds() throws {
    let replies = Mutex<[Reply]>([])
    let fixture = try ServerFixture(answer: { _, reply in replies.withLock { $0.append(reply) } })
    let client = try fixture.client()
    client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    while replies.withLock({ $0.isEmpty }) { SystemClock.block(for: .milliseconds(1)) }
    let stopping = try SystemThread { fixture.server.stop(within: .seconds(10)) }
    SystemClock.block(for: .milliseconds(300))
    #expect(throws: WireError.self) { try fixture.client() }
    replies.withLock { $0.removeFirst() }.send(ServedAnswer(status: 200, body: Array("a".utf8)))
    let answer = try client.answer()
    #expect(answer.text == "a" && answer.closes)
    #expect(client.isClosed())
    stopping.join()
  }

  /// The library ends the process when it is stopped while a connection sleeps.
  @Test func whatIsNotAnsweredInTimeIs503() throws {
    let replies = Mutex<[Reply]>([])
    let fixture = try ServerFixture(answer: { _, reply in replies.withLock { $0.append(reply) } })
    let clients = try (0..<20).map { _ in try fixture.client() }
    for client in clients { client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n") }
    while replies.withLock({ $0.count }) < 20 { SystemClock.block(for: .milliseconds(1)) }
    fixture.server.stop(within: .milliseconds(100))
    for client in clients { #expect(try client.answer().status == 503) }
    // Too late, and no harm.
    for reply in replies.withLock({ $0 }) { reply.send(ServedAnswer(status: 200)) }
  }

  @Test func idleConnectionsDoNotHoldItUp() throws {
    let fixture = try ServerFixture()
    let clients = try (0..<5).map { _ in try fixture.client() }
    for client in clients { _ = try client.get("/") }
    let silent = try fixture.client()
    let start = ContinuousClock.now
    fixture.server.stop(within: .seconds(20))
    #expect(ContinuousClock.now - start < .seconds(10))
    #expect((clients + [silent]).allSatisfy { $0.isClosed() })
    fixture.server.stop(within: .seconds(20))
  }

  @Test func nothingIsLeftOfIt() throws {
    final class Mark: Sendable {}
    weak var mark: Mark?
    do {
      let kept = Mark()
      mark = kept
      let fixture = try ServerFixture(answer: { _, reply in
        _ = kept
        reply.send(ServedAnswer(status: 200))
      })
      #expect(try fixture.client().get("/").status == 200)
    }
    #expect(mark == nil)
  }

  @Test func saysThatThePortIsTaken() throws {
    let fixture = try ServerFixture()
    let error = #expect(throws: ServingError.self) {
      try ServerFixture(change: { $0.port = fixture.server.port })
    }
    guard case .listen(let reason) = error else { return #expect(Bool(false), "\(error as Any)") }
    #expect(reason.reason == .portTaken && reason.place == fixture.server.addresses[0])
  }

  @Test(arguments: [
    ("no.such.host.invalid", "cannot listen on no.such.host.invalid:0: "),
    ("203.0.113.7", "cannot listen on 203.0.113.7:0: this machine has no such address"),
    ("", "cannot listen on :0: no host is named"),
  ])
  func saysWhyItCannotListen(host: String, words: String) {
    let error = #expect(throws: ServingError.self) { try ServerFixture(host: host) }
    #expect(error?.description.hasPrefix(words) == true, "\(error as Any)")
  }

  @Test(arguments: ["127.0.0.1", "::1", "[::1]", "localhost"])
  func listensWhereItIsTold(host: String) throws {
    let fixture = try ServerFixture(host: host)
    #expect(!fixture.server.addresses.isEmpty)
    for address in fixture.server.addresses {
      #expect(address.hasPrefix("127.0.0.1:") || address.hasPrefix("[::1]:"))
      #expect(address.hasSuffix(":\(fixture.server.port)"))
    }
  }

  /// By all its addresses a machine is reached by IPv4 too, which is told as such.
  @Test func everyAddressOfIPv6IsForIPv4Too() throws {
    let fixture = try ServerFixture(host: "::")
    #expect(try fixture.client().get("/").status == 200)
    #expect(fixture.requests.first?.peer.text == "127.0.0.1")
    #expect(fixture.requests.first?.peer.isLoopback == true)
  }
}
