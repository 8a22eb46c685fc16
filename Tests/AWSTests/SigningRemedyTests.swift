import AWS
import HTTP
import Signing
import Synchronization
import TestSupport
import Testing

/// Requests that are refused for their time or for the age of their credentials.
@Suite struct SigningRemedyTests {
  /// What the caller's clock says: `CallerFixture.start`.
  private static let now = "20260921T141320Z"
  private static let hourAhead = "Date: Mon, 21 Sep 2026 15:13:20 GMT"

  private static func signedAt(_ request: ReceivedRequest) -> String? {
    request.values(of: "X-Amz-Date").first
  }

  private static func key(_ request: ReceivedRequest) -> String? {
    request.values(of: "Authorization").first?.split(separator: "=").dropFirst().first?
      .split(separator: "/").first.map(String.init)
  }

  private static func keys(_ id: String) -> Credentials {
    Credentials(
      accessKeyID: id, secretAccessKey: Secret("s"), sessionToken: Secret("t"),
      providerName: "test")
  }

  // MARK: - Clocks

  /// A service that takes one time only, and tells it.
  private func service(
    _ time: String, date: String, status: String = "403 Forbidden", code: String
  ) throws -> LoopbackServer {
    try LoopbackServer(answering: { request in
      Self.signedAt(request) == time ? good : answer(code, status: status, headers: [date])
    })
  }

  private static let clockCodes = [
    "RequestTimeTooSkewed", "RequestExpired", "RequestInTheFuture", "InvalidSignatureException",
    "SignatureDoesNotMatch", "AuthFailure",
    // An answer to HEAD.
    "",
  ]

  /// A service's time, how it says so, and how far it is from the client's.
  struct Clock: CustomTestStringConvertible {
    var time: String
    var date: String
    var offset: Int64

    var testDescription: String { date }
  }

  private static let clocks = [
    Clock(time: "20260921T151320Z", date: hourAhead, offset: 3_600),
    Clock(
      time: "20260920T141320Z", date: "date:  Sun, 20 Sep 2026 14:13:20 GMT", offset: -86_400),
    Clock(
      time: "20270101T000000Z", date: "DATE: Fri, 01 Jan 2027 00:00:00 GMT", offset: 8_761_600),
    Clock(
      time: "20280229T235959Z", date: "Date: Tue, 29 Feb 2028 23:59:59 GMT", offset: 45_481_599),
  ]

  @Test(arguments: clockCodes, clocks)
  func signsAnewByTheServicesClock(code: String, clock: Clock) async throws {
    let server = try service(clock.time, date: clock.date, code: code)
    defer { server.stop() }
    let fixture = try CallerFixture(attemptsMax: 1)
    _ = try await fixture.send(server.origin)
    #expect(server.requests.map(Self.signedAt) == [Self.now, clock.time])
    #expect(fixture.time.sleeps.isEmpty)
    #expect(fixture.caller.counts.retries == 1)
    #expect(fixture.attempts.map(\.outcome) == [.failed, .succeeded])
    #expect(fixture.attempts.map(\.isRetried) == [true, false])
  }

  @Test(arguments: clockCodes, clocks)
  func goesByTheServicesClockFromThenOn(code: String, clock: Clock) async throws {
    let server = try service(clock.time, date: clock.date, code: code)
    defer { server.stop() }
    let fixture = try CallerFixture(attemptsMax: 1)
    _ = try await fixture.send(server.origin)
    #expect(fixture.caller.clockOffsetSeconds == clock.offset)
    // Whether credentials have expired is a question of the service's time as well.
    let start = CallerFixture.start / 1_000
    #expect(fixture.timesAsked == [start, start + clock.offset])
    _ = try await fixture.send(server.origin)
    #expect(server.requests.count == 3)
  }

  @Test(
    arguments: [
      "Date: Mon, 21 Sep 2026 14:17:00 GMT", "Date: Mon, 21 Sep 2026 14:09:30 GMT", "X-No: date",
      "Date: ", "Date: yesterday", "Date: Mon, 21 Sep 2026 15:13:20 CET",
      "Date: Mon, 21 Sep 2026 25:13:20 GMT", "Date: Mon, 21 Okt 2026 15:13:20 GMT",
      "Date: Mon, -1 Sep 2026 15:13:20 GMT", "Date: Mon, 21 Sep 99999 15:13:20 GMT",
      "Date: 2026-09-21T15:13:20",
    ])
  func doesNotRepeatWhereTheClockIsNotTheTrouble(date: String) async throws {
    let server = try service("never", date: date, code: "RequestTimeTooSkewed")
    defer { server.stop() }
    let fixture = try CallerFixture()
    await #expect(throws: CallerFixture.Refusal.self) { try await fixture.send(server.origin) }
    #expect(server.requests.count == 1)
    #expect(fixture.caller.clockOffsetSeconds == 0)
  }

  @Test func repeatsOnceAndForgetsWhatDidNotHelp() async throws {
    let server = try service("never", date: Self.hourAhead, code: "SignatureDoesNotMatch")
    defer { server.stop() }
    let fixture = try CallerFixture()
    let error = await #expect(throws: CallerFixture.Refusal.self) {
      try await fixture.send(server.origin)
    }
    #expect(error?.code == "SignatureDoesNotMatch")
    #expect(server.requests.map(Self.signedAt) == [Self.now, "20260921T151320Z"])
    #expect(fixture.caller.clockOffsetSeconds == 0)
  }

  /// rclone answers so to a signature from another time.
  @Test(arguments: ["400 Bad Request", "403 Forbidden"])
  func accessDeniedFarFromTheServicesTimeIsTriedByItsClock(status: String) async throws {
    let server = try service(
      "20260921T151320Z", date: Self.hourAhead, status: status, code: "AccessDenied")
    defer { server.stop() }
    let fixture = try CallerFixture(attemptsMax: 1)
    _ = try await fixture.send(server.origin)
    #expect(server.requests.map(Self.signedAt) == [Self.now, "20260921T151320Z"])
    #expect(fixture.caller.clockOffsetSeconds == 3_600)
  }

  @Test func accessDeniedNearTheServicesTimeIsWhatItSays() async throws {
    let server = try service(
      "never", date: "Date: Mon, 21 Sep 2026 14:28:00 GMT", code: "AccessDenied")
    defer { server.stop() }
    let fixture = try CallerFixture()
    await #expect(throws: CallerFixture.Refusal.self) { try await fixture.send(server.origin) }
    #expect(server.requests.count == 1)
  }

  @Test func accessDeniedByEveryClockIsNoMatterOfTime() async throws {
    let server = try service("never", date: Self.hourAhead, code: "AccessDenied")
    defer { server.stop() }
    let fixture = try CallerFixture()
    await #expect(throws: CallerFixture.Refusal.self) { try await fixture.send(server.origin) }
    #expect(server.requests.map(Self.signedAt) == [Self.now, "20260921T151320Z"])
    #expect(fixture.caller.clockOffsetSeconds == 0)
  }

  @Test func keepsAnOffsetThatLeadsToAnotherRefusal() async throws {
    let server = try LoopbackServer(answering: { request in
      Self.signedAt(request) == "20260921T151320Z"
        ? answer("AccessDenied", status: "403 Forbidden")
        : answer("RequestTimeTooSkewed", status: "403 Forbidden", headers: [Self.hourAhead])
    })
    defer { server.stop() }
    let fixture = try CallerFixture()
    let error = await #expect(throws: CallerFixture.Refusal.self) {
      try await fixture.send(server.origin)
    }
    #expect(error?.code == "AccessDenied")
    #expect(fixture.caller.clockOffsetSeconds == 3_600)
  }

  @Test func correctsTheClockAgainWhenItIsSet() async throws {
    let time = VirtualTime(millisecondsSinceEpoch: 0)
    let server = try LoopbackServer(answering: { request in
      let expected = time.now() == 0 ? "20260921T151320Z" : "20260921T141320Z"
      let date = time.now() == 0 ? "15:13:20" : "14:13:20"
      return Self.signedAt(request) == expected
        ? good
        : answer(
          "RequestTimeTooSkewed", status: "403 Forbidden",
          headers: ["Date: Mon, 21 Sep 2026 \(date) GMT"])
    })
    defer { server.stop() }
    let fixture = try CallerFixture()
    _ = try await fixture.send(server.origin)
    time.advance(milliseconds: 1)
    _ = try await fixture.send(server.origin)
    #expect(fixture.caller.clockOffsetSeconds == 0)
    #expect(server.requests.count == 4)
  }

  @Test func anonymousRequestsHaveNoTime() async throws {
    let server = try service("never", date: Self.hourAhead, code: "RequestTimeTooSkewed")
    defer { server.stop() }
    let fixture = try CallerFixture(credentials: { _ in nil })
    await #expect(throws: CallerFixture.Refusal.self) { try await fixture.send(server.origin) }
    #expect(server.requests.count == 1)
  }

  // MARK: - Expired credentials

  private func serviceThatTakes(_ id: String, code: String = "ExpiredToken") throws
    -> LoopbackServer
  {
    try LoopbackServer(answering: { request in
      Self.key(request) == id ? good : answer(code, status: "400 Bad Request")
    })
  }

  /// Gives one key after another, the next when one is discarded; the last for ever.
  private final class KeyRing: CredentialProvider {
    let name = "ring"
    let absence = "nothing"
    private let ids: [String]
    private let count = Mutex(0)

    init(_ ids: String...) { self.ids = ids }

    var asked: Int { count.withLock { $0 } }

    func credentials() async throws -> Credentials? {
      count.withLock { count in
        defer { count += 1 }
        return SigningRemedyTests.keys(ids[min(count, ids.count - 1)])
      }
    }
  }

  private func caller(_ provider: some CredentialProvider) throws -> RetryingCaller {
    RetryingCaller(
      http: try HTTPClient(), credentials: CredentialCache(provider).source,
      policy: RetryPolicy(attemptsMax: 1),
      environment: CallerEnvironment(now: { SigningTime(secondsSinceEpoch: 1_790_000_000) }))
  }

  private func send(_ caller: RetryingCaller, _ origin: String) async throws {
    let call = ServiceCall(address: try CallerFixture.address(origin), bodyBytesMax: 1_000)
    try await caller.send(call) { response in
      guard response.status == 200 else {
        throw CallerFixture.Refusal(
          status: response.status, code: String(decoding: response.body, as: UTF8.self))
      }
    }
  }

  @Test(
    arguments: [
      "ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired", "RequestExpired",
      "InvalidToken",
    ])
  func renewsRefusedCredentials(code: String) async throws {
    let server = try serviceThatTakes("b", code: code)
    defer { server.stop() }
    let ring = KeyRing("a", "b")
    let caller = try caller(ring)
    try await send(caller, server.origin)
    try await send(caller, server.origin)
    #expect(server.requests.map(Self.key) == ["a", "b", "b"])
    #expect(ring.asked == 2)
  }

  @Test func oneRenewalServesAllRequests() async throws {
    let server = try serviceThatTakes("b")
    defer { server.stop() }
    let ring = KeyRing("a", "b")
    let caller = try caller(ring)
    try await withThrowingTaskGroup { group in
      for _ in 0..<64 { group.addTask { try await send(caller, server.origin) } }
      try await group.waitForAll()
    }
    #expect(ring.asked == 2)
    #expect(server.requests.count { Self.key($0) == "b" } == 64)
  }

  @Test func refusalStandsWhereThereIsNothingElse() async throws {
    let server = try serviceThatTakes("b")
    defer { server.stop() }
    let error = await #expect(throws: CallerFixture.Refusal.self) {
      try await send(try caller(KeyRing("a")), server.origin)
    }
    #expect(error?.code == "ExpiredToken")
    #expect(server.requests.count == 1)
  }

  @Test func renewsOnceForARequest() async throws {
    let server = try serviceThatTakes("z")
    defer { server.stop() }
    let ring = KeyRing("a", "b", "c", "d")
    await #expect(throws: CallerFixture.Refusal.self) {
      try await send(try caller(ring), server.origin)
    }
    #expect(server.requests.map(Self.key) == ["a", "b"])
  }

  @Test func failureToRenewIsTheErrorToTell() async throws {
    let server = try serviceThatTakes("b")
    defer { server.stop() }
    let gone = ConfigurationError(.credentialsExpired, "log in again")
    let isDiscarded = Mutex(false)
    let fixture = try CallerFixture(discard: { _ in isDiscarded.withLock { $0 = true } }) { _ in
      guard !isDiscarded.withLock({ $0 }) else { throw gone }
      return Self.keys("a")
    }
    await #expect(throws: gone) { try await fixture.send(server.origin) }
    #expect(server.requests.count == 1)
    #expect(fixture.attempts.map(\.outcome) == [.failed])
  }

  @Test func otherRefusalsDiscardNothing() async throws {
    let server = try serviceThatTakes("b", code: "AccessDenied")
    defer { server.stop() }
    let fixture = try CallerFixture(discard: { _ in Issue.record("discarded") })
    await #expect(throws: CallerFixture.Refusal.self) { try await fixture.send(server.origin) }
    #expect(server.requests.count == 1)
  }

  @Test func callsMayBringCredentialsOfTheirOwn() async throws {
    let server = try serviceThatTakes("own")
    defer { server.stop() }
    let fixture = try CallerFixture(credentials: { _ in
      Issue.record("asked for the client's")
      return nil
    })
    let call = ServiceCall(
      address: try CallerFixture.address(server.origin), bodyBytesMax: 1_000,
      credentials: CredentialCache(KeyRing("old", "own")).source)
    let status = try await fixture.caller.send(call) { response in
      guard response.status == 200 else {
        throw CallerFixture.Refusal(status: response.status, code: "ExpiredToken")
      }
      return response.status
    }
    #expect(status == 200)
    #expect(server.requests.map(Self.key) == ["old", "own"])
  }
}
