import HTTPServing
import Synchronization
import System
import Testing

/// What clients that do nothing odd get.
@Suite struct HTTPServerTests {
  @Test func answersOverOneConnection() throws {
    let fixture = try ServerFixture()
    let client = try fixture.client()
    for target in ["/", "/a%00b?c=%2F&d", "*"] {
      let answer = try client.get(target)
      #expect(answer.status == 200 && answer.text == target)
      #expect(answer.headers["date"] != nil && !answer.closes)
    }
    #expect(fixture.server.openConnections == 1)
  }

  @Test func showsTheRequestAsItWasSent() throws {
    let fixture = try ServerFixture()
    _ = try fixture.client().get("/x?%zz", headers: ["X-A:  b \t", "x-a: \u{e4}"])
    let request = try #require(fixture.requests.first)
    #expect(request.method == "GET" && request.version == "HTTP/1.1")
    #expect(request.headers.map(\.name) == ["host", "x-a", "x-a"])
    #expect(request.values(of: "x-a") == [Array("b".utf8), Array("\u{e4}".utf8)])
    #expect(request.peer.text == "127.0.0.1" && request.peer.isLoopback)
    #expect(!request.announcesBody)
  }

  @Test func answersFromAnotherThreadAndLater() throws {
    let threads = Mutex<[SystemThread]>([])
    let fixture = try ServerFixture(answer: { request, reply in
      let thread = try? SystemThread {
        SystemClock.block(for: .milliseconds(20))
        reply.send(ServedAnswer(status: 201, headers: [("X-B", "c")], body: request.target))
      }
      // Without a thread the reply goes unanswered, and the test sees 500.
      threads.withLock { if let thread { $0.append(thread) } }
    })
    let client = try fixture.client()
    for number in 0..<20 {
      let answer = try client.get("/\(number)")
      #expect(answer.status == 201 && answer.text == "/\(number)")
      #expect(answer.headers["x-b"] == "c")
    }
    for thread in threads.withLock({ $0 }) { thread.join() }
  }
}
