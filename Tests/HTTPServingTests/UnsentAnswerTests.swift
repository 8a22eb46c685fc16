import Testing

@testable import HTTPServing
@testable import System

/// How much memory clients hold that do not take their answers, and who has to go for others.
@Suite struct UnsentAnswerTests {
  private let near = PeerAddress(text: "127.0.0.1")
  private let far = PeerAddress(text: "192.0.2.1")
  private let other = PeerAddress(text: "192.0.2.2")

  private func taker(
    _ key: Int, _ peer: PeerAddress, seconds: Int64 = 5, speed: Double? = 100, bytes: Int = 8
  ) -> Taker<Int> {
    Taker(
      key: key, peer: peer, bytes: bytes,
      pace: TakingPace(elapsed: .seconds(seconds), bytesPerSecond: speed))
  }

  @Test func theSlowestGoesFirst() {
    let takers = [
      taker(1, near, speed: 900), taker(2, near, speed: 100), taker(3, near, speed: 500),
    ]
    #expect(Taker.cut(of: takers, missing: 8, for: near) == [2])
    #expect(Taker.cut(of: takers, missing: 9, for: near) == [2, 3])
    #expect(Taker.cut(of: takers, missing: 25, for: near) == nil)
  }

  @Test func nobodyGoesWhoIsFastOrHasJustBegun() {
    let fast = taker(1, near, speed: 1e6)
    let begun = taker(2, near, seconds: 1, speed: 0)
    let waiting = Taker(key: 3, peer: near, bytes: 8, pace: nil)
    let unknown = taker(4, near, speed: nil)
    #expect(Taker.cut(of: [fast, begun, waiting, unknown], missing: 1, for: far) == nil)
  }

  @Test func whoHoldsMostGoesForOthersHoweverFast() {
    let takers = [
      taker(1, far, speed: 1e6), taker(2, far, speed: 1e5), taker(3, other, speed: 1e5),
    ]
    #expect(Taker.cut(of: takers, missing: 8, for: other) == [2])
    #expect(Taker.cut(of: takers, missing: 8, for: far) == nil)
    // Many clients may stand behind one address of this machine.
    let here = [taker(1, near, speed: 1e6), taker(2, near, speed: 1e6)]
    #expect(Taker.cut(of: here, missing: 8, for: far) == nil)
  }

  private func fixture(unsentBytesMax: Int) throws -> ServerFixture {
    let body = [UInt8](repeating: 7, count: 8 << 20)
    return try ServerFixture(
      change: { $0.unsentBytesMax = unsentBytesMax },
      answer: { request, reply in
        let isLarge = request.target != Array("/small".utf8)
        reply.send(ServedAnswer(status: 200, body: isLarge ? body : [1]))
      })
  }

  @Test func anAnswerWithoutRoomIsRefusedAndTheClientMayAskAgain() throws {
    let fixture = try fixture(unsentBytesMax: 20 << 20)
    let slow = try (0..<2).map { _ in
      let client = try fixture.client(receiveBytes: 4_096)
      client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
      #expect(client.receive(bytesMax: 12))
      return client
    }
    let client = try fixture.client()
    let refused = try client.get("/")
    #expect(refused.status == 503 && refused.headers["retry-after"] == "1" && !refused.closes)
    #expect(try client.get("/small").status == 200)
    // By and by those who take too little have to go.
    let end = ContinuousClock.now + .seconds(20)
    var status = 503
    while status == 503, .now < end {
      SystemClock.block(for: .milliseconds(100))
      status = try client.get("/").status
    }
    #expect(status == 200 && fixture.awaitedRefusals == [.slowReader])
    withExtendedLifetime(slow) {}
  }

  @Test func roomComesBackWithEveryAnswerAndEveryClient() throws {
    let fixture = try fixture(unsentBytesMax: 9 << 20)
    let client = try fixture.client()
    for _ in 0..<5 { #expect(try client.get("/").status == 200) }
    do {
      let gone = try fixture.client(receiveBytes: 4_096)
      gone.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
      #expect(gone.receive(bytesMax: 12))
      #expect(try client.get("/").status == 503)
    }
    let end = ContinuousClock.now + .seconds(20)
    var status = 503
    while status == 503, .now < end { status = try client.get("/").status }
    #expect(status == 200 && fixture.refusals.isEmpty)
  }
}
