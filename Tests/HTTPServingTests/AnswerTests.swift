import HTTPServing
import Synchronization
import System
import Testing

/// How answers reach clients.
@Suite struct AnswerTests {
  private func fixture(_ answer: ServedAnswer) throws -> ServerFixture {
    try ServerFixture(answer: { _, reply in reply.send(answer) })
  }

  @Test func sendsEightMegabytes() throws {
    let body = [UInt8](unsafeUninitializedCapacity: 8 << 20) { buffer, count in
      for place in buffer.indices { buffer[place] = UInt8(truncatingIfNeeded: place &* 31 >> 3) }
      count = buffer.count
    }
    let client = try fixture(ServedAnswer(status: 200, body: body)).client()
    for _ in 0..<2 { #expect(try client.get("/").body == body) }
  }

  @Test func sendsALengthAndNoBodyForHead() throws {
    let fixture = try fixture(ServedAnswer(status: 200, body: Array("abc".utf8)))
    let client = try fixture.client()
    #expect(try client.get("/", method: "HEAD").headers["content-length"] == "3")
    #expect(try client.get("/").text == "abc")
  }

  @Test(arguments: [204, 304])
  func sendsNoBodyWhereNoneIsAllowed(status: Int) throws {
    let fixture = try fixture(ServedAnswer(status: status, headers: [("ETag", "\"a\"")]))
    let client = try fixture.client()
    for _ in 0..<2 {
      let answer = try client.get("/")
      #expect(answer.status == status && answer.body.isEmpty && answer.headers["etag"] == "\"a\"")
    }
  }

  @Test func closesWhenToldSo() throws {
    let client = try fixture(ServedAnswer(status: 413, closes: true)).client()
    #expect(try client.get("/").closes)
    #expect(client.isClosed())
  }

  @Test func framingIsTheServersOwn() throws {
    let headers = [
      ("Content-Length", "7"), ("Connection", "keep-alive"), ("transfer-encoding", "chunked"),
    ]
    let client = try fixture(
      ServedAnswer(status: 200, headers: headers, body: Array("abc".utf8))
    ).client()
    for _ in 0..<2 { #expect(try client.get("/").text == "abc") }
  }

  @Test(arguments: ["a\r\nSet-Cookie: b", "a\nb", "a\rb"])
  func noHeaderBreaksALine(value: String) throws {
    let client = try fixture(ServedAnswer(status: 200, headers: [("X-A", value)])).client()
    let answer = try client.get("/")
    #expect(answer.status == 500 && answer.headers["set-cookie"] == nil)
  }

  @Test func aReplyThatGoesUnansweredIs500() throws {
    let fixture = try ServerFixture(answer: { _, _ in })
    let client = try fixture.client()
    #expect(try client.get("/").status == 500)
  }

  @Test func onlyTheFirstAnswerCounts() throws {
    let fixture = try ServerFixture(answer: { _, reply in
      for status in [200, 404, 500] { reply.send(ServedAnswer(status: status)) }
    })
    let client = try fixture.client()
    for _ in 0..<3 { #expect(try client.get("/").status == 200) }
  }

  /// The connection is gone, and so may be its descriptor's number; the answer goes nowhere.
  @Test func anAnswerForNobodyIsNoHarm() throws {
    let replies = Mutex<[Reply]>([])
    let fixture = try ServerFixture(answer: { request, reply in
      if request.target == Array("/wait".utf8) {
        replies.withLock { $0.append(reply) }
      } else {
        reply.send(ServedAnswer(status: 200))
      }
    })
    for _ in 0..<10 { try fixture.client().send("GET /wait HTTP/1.1\r\nHost: a\r\n\r\n") }
    while replies.withLock({ $0.count }) < 10 { SystemClock.block(for: .milliseconds(1)) }
    let client = try fixture.client()
    #expect(try client.get("/").status == 200)
    for reply in replies.withLock({ $0 }) { reply.send(ServedAnswer(status: 200)) }
    #expect(try client.get("/").status == 200)
  }

  @Test func connectionsAreRetired() throws {
    let fixture = try ServerFixture(change: { $0.requestsPerConnectionMax = 3 })
    let client = try fixture.client()
    #expect(try (0..<3).map { _ in try client.get("/").closes } == [false, false, true])
    #expect(client.isClosed())
  }

  /// Many connections at once, whose answers come from threads of their own.
  @Test func answersManyAtOnce() throws {
    let waiting = Mutex<[(Reply, [UInt8])]>([])
    let fixture = try ServerFixture(answer: { request, reply in
      waiting.withLock { $0.append((reply, request.target)) }
    })
    let clients = try (0..<100).map { _ in try fixture.client() }
    for (number, client) in clients.enumerated() {
      client.send("GET /\(number) HTTP/1.1\r\nHost: a\r\n\r\n")
    }
    var threads: [SystemThread] = []
    for _ in 0..<4 {
      threads.append(
        try SystemThread {
          var answered = 0
          while answered < 25 {
            guard let (reply, target) = waiting.withLock({ $0.popLast() }) else {
              SystemClock.block(for: .milliseconds(1))
              continue
            }
            reply.send(ServedAnswer(status: 200, body: target))
            answered += 1
          }
        })
    }
    for (number, client) in clients.enumerated() {
      #expect(try client.answer().text == "/\(number)")
    }
    for thread in threads { thread.join() }
  }
}
