import HTTPServing
import Synchronization
import System
import Testing

/// Clients that come in numbers, or take their time.
@Suite struct CrowdTests {
  @Test func aRequestThatDripsIsCut() throws {
    let fixture = try ServerFixture(change: { $0.requestTime = .milliseconds(600) })
    let client = try fixture.client()
    let start = ContinuousClock.now
    var isOpen = client.send("GET / HTTP/1.1\r\n")
    while isOpen, .now - start < .seconds(20) {
      SystemClock.block(for: .milliseconds(50))
      isOpen = client.send("X-A: b\r\n")
    }
    #expect(ContinuousClock.now - start >= .milliseconds(600))
    #expect(!isOpen && fixture.awaitedRefusals == [.slowRequest])
  }

  @Test func silenceIsCutToo() throws {
    let fixture = try ServerFixture(change: { $0.requestTime = .milliseconds(300) })
    #expect(try fixture.client().isClosed())
    #expect(fixture.awaitedRefusals == [.slowRequest])
  }

  /// Between two requests a client may be silent for longer than within one.
  @Test func anIdleConnectionStaysUntilARequestBeginsToDrip() throws {
    let fixture = try ServerFixture(change: {
      $0.requestTime = .milliseconds(300)
      $0.idleTime = .seconds(60)
    })
    let client = try fixture.client()
    _ = try client.get("/")
    #expect(!client.isClosed(within: 1_000))
    #expect(try client.get("/").status == 200)
    client.send("GET ")
    #expect(client.isClosed())
    #expect(fixture.awaitedRefusals == [.slowRequest])
  }

  @Test func anIdleConnectionEnds() throws {
    let fixture = try ServerFixture(change: { $0.idleTime = .milliseconds(300) })
    let client = try fixture.client()
    _ = try client.get("/")
    #expect(client.isClosed())
    #expect(fixture.refusals.isEmpty)
  }

  /// An answer that takes longer than a request may is the server's affair.
  @Test func waitingForAnAnswerIsNotSlow() throws {
    let replies = Mutex<[Reply]>([])
    let fixture = try ServerFixture(
      change: {
        $0.requestTime = .milliseconds(200)
        $0.idleTime = .milliseconds(200)
      }, answer: { _, reply in replies.withLock { $0.append(reply) } })
    let client = try fixture.client()
    client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    #expect(!client.isClosed(within: 1_000))
    replies.withLock { $0.removeFirst() }.send(ServedAnswer(status: 200))
    #expect(try client.answer().status == 200)
  }

  @Test func aSlowReaderIsCut() throws {
    let fixture = try ServerFixture(
      change: { $0.slowTime = .seconds(1) },
      answer: { _, reply in
        reply.send(ServedAnswer(status: 200, body: [UInt8](repeating: 7, count: 8 << 20)))
      })
    let client = try fixture.client(receiveBytes: 4_096)
    client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    #expect(fixture.awaitedRefusals == [.slowReader])
  }

  @Test func aReaderThatTakesEnoughIsNot() throws {
    let body = [UInt8](repeating: 7, count: 2 << 20)
    let fixture = try ServerFixture(
      change: { $0.slowTime = .seconds(1) },
      answer: { _, reply in reply.send(ServedAnswer(status: 200, body: body)) })
    let client = try fixture.client(receiveBytes: 4_096)
    client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    let end = ContinuousClock.now + .seconds(3)
    while .now < end {
      _ = client.receive(bytesMax: 2_048)
      SystemClock.block(for: .milliseconds(50))
    }
    #expect(try client.answer().body == body)
    #expect(fixture.refusals.isEmpty)
  }

  /// From three quarters on whoever comes takes the place of the oldest connection without a request.
  @Test func whoAsksFindsAPlace() throws {
    let fixture = try ServerFixture(change: { $0.connectionsMax = 16 })
    var crowd: [WireClient] = []
    for _ in 0..<60 {
      crowd.append(try fixture.client())
      crowd.last?.send("GET / HTTP/1.1\r\nX-A: ")
      if crowd.count % 6 == 0 {
        let client = try fixture.client()
        #expect(try client.get("/").status == 200)
      }
    }
    #expect(fixture.server.openConnections <= 16)
    #expect(Set(fixture.refusals) == [.crowded])
  }

  /// Connections whose answers are awaited keep their places; those that come wait for one.
  @Test func whoWaitsForAnAnswerKeepsHisPlace() throws {
    let replies = Mutex<[Reply]>([])
    let fixture = try ServerFixture(
      change: { $0.connectionsMax = 8 },
      answer: { _, reply in replies.withLock { $0.append(reply) } })
    let clients = try (0..<12).map { _ in
      let client = try fixture.client()
      client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
      return client
    }
    while replies.withLock({ $0.count }) < 8 { SystemClock.block(for: .milliseconds(1)) }
    SystemClock.block(for: .milliseconds(300))
    #expect(fixture.server.openConnections == 8 && fixture.requests.count == 8)
    var answered = 0
    let end = ContinuousClock.now + .seconds(20)
    while answered < 12, .now < end {
      let taken = replies.withLock { replies in
        defer { replies = [] }
        return replies
      }
      for reply in taken { reply.send(ServedAnswer(status: 200)) }
      answered += taken.count
    }
    #expect(fixture.refusals.isEmpty)
    for client in clients { #expect(try client.answer().status == 200) }
  }
}
