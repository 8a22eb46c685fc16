import AWS
import HTTP
import Signing
import Synchronization
import TestSupport
import Testing

@Suite struct RetryingCallerTests {
  /// An answer that is an error, with the cause it is judged by.
  private struct Refusal: JudgedError, Equatable {
    var status: Int
    var retryCause: RetryCause { RetryCause(code: nil, status: status) }
  }

  private struct Unjudged: Error {}

  private static let start: Int64 = 1_790_000_000_000

  private final class Fixture: Sendable {
    let caller: RetryingCaller
    let time = VirtualTime(millisecondsSinceEpoch: RetryingCallerTests.start)
    let asked = Asked()

    init(
      attemptsMax: Int = 3, quota: RetryQuota = RetryQuota(), random: Double = 1,
      sleep: (@Sendable (Duration) async throws -> Void)? = nil,
      credentials: @escaping CredentialSource = { _ in
        Credentials(accessKeyID: "AK", secretAccessKey: Secret("s"), providerName: "test")
      }
    ) throws {
      let time = time
      let asked = asked
      caller = RetryingCaller(
        http: try HTTPClient(),
        credentials: { now in
          asked.times.withLock { $0.append(now.secondsSinceEpoch) }
          return try await credentials(now)
        }, policy: RetryPolicy(attemptsMax: attemptsMax), quota: quota,
        environment: CallerEnvironment(
          now: { SigningTime(secondsSinceEpoch: time.now() / 1_000) },
          sleep: sleep ?? { time.sleep($0) }, random: { random }))
    }

    func send(_ origin: String, isList: Bool = false, bodyBytesMax: Int = 1 << 20) async throws
      -> [UInt8]
    {
      let call = ServiceCall(
        endpoint: try Endpoint(parsing: origin, from: "test"), region: .usEast1,
        bodyBytesMax: bodyBytesMax, isList: isList)
      return try await caller.send(call) { response in
        guard response.status == 200 else { throw Refusal(status: response.status) }
        return response.body
      }
    }
  }

  /// The times at which credentials were asked for, in seconds since 1970.
  private final class Asked: Sendable {
    let times = Mutex<[Int64]>([])
  }

  /// Answers with each in turn, then with the last for ever.
  private func server(_ answers: String...) throws -> LoopbackServer {
    try LoopbackServer(inTurn: answers)
  }

  private let good = answer("fine")

  private func bad(_ status: String = "500 Oops", _ headers: String...) -> String {
    answer(status: status, headers: headers)
  }

  @Test func countsAttemptsRetriesAndBilledLists() async throws {
    let server = try server(bad(), bad("503 Busy"), good, good, bad("404 No"))
    defer { server.stop() }
    let fixture = try Fixture()
    #expect(try await fixture.send(server.origin, isList: true) == Array("fine".utf8))
    #expect(try await fixture.send(server.origin) == Array("fine".utf8))
    await #expect(throws: Refusal(status: 404)) {
      try await fixture.send(server.origin, isList: true)
    }
    var expected = RequestCounts()
    expected.sent = 5
    expected.retries = 2
    expected.billedLists = 2
    #expect(fixture.caller.counts == expected)
    #expect(server.requests.count == 5)
  }

  @Test func waitsLongerEachTime() async throws {
    let server = try server(bad())
    defer { server.stop() }
    let fixture = try Fixture(attemptsMax: 5)
    await #expect(throws: Refusal(status: 500)) { try await fixture.send(server.origin) }
    #expect(fixture.time.sleeps == [50, 100, 200, 400].map { .milliseconds($0) })
    #expect(server.requests.count == 5)
  }

  @Test func throwsTheDiceForEachWait() async throws {
    let server = try server(bad())
    defer { server.stop() }
    let fixture = try Fixture(random: 0.5)
    await #expect(throws: Refusal.self) { try await fixture.send(server.origin) }
    #expect(fixture.time.sleeps == [.milliseconds(25), .milliseconds(50)])
  }

  @Test(
    arguments: [
      ("1500", 1_500), ("60000", 5_050), ("1", 50), ("soon", 50), ("-5", 50),
    ])
  func honoursTheServersWait(header: String, milliseconds: Int) async throws {
    let server = try server(bad("503 Busy", "x-amz-retry-after: \(header)"), good)
    defer { server.stop() }
    let fixture = try Fixture()
    _ = try await fixture.send(server.origin)
    #expect(fixture.time.sleeps == [.milliseconds(milliseconds)])
  }

  @Test func forgetsTheServersWaitAfterOneRetry() async throws {
    let server = try server(bad("503 Busy", "x-amz-retry-after: 4000"), bad(), good)
    defer { server.stop() }
    let fixture = try Fixture()
    _ = try await fixture.send(server.origin)
    #expect(fixture.time.sleeps == [.milliseconds(4_000), .milliseconds(100)])
  }

  @Test(
    arguments: [
      "301 Moved", "400 Bad Request", "403 Forbidden", "404 Not Found", "501 Not Implemented",
    ])
  func doesNotRepeatARefusal(status: String) async throws {
    let server = try server(bad(status))
    defer { server.stop() }
    let fixture = try Fixture()
    await #expect(throws: Refusal.self) { try await fixture.send(server.origin) }
    #expect(server.requests.count == 1)
    #expect(fixture.time.sleeps.isEmpty)
  }

  @Test func doesNotRepeatAnErrorThatNobodyJudged() async throws {
    let server = try server(good)
    defer { server.stop() }
    let fixture = try Fixture()
    let call = ServiceCall(
      endpoint: try Endpoint(parsing: server.origin, from: "test"), region: .usEast1,
      bodyBytesMax: 100)
    await #expect(throws: Unjudged.self) {
      try await fixture.caller.send(call) { _ in throw Unjudged() }
    }
    #expect(server.requests.count == 1)
  }

  @Test func callsShareAQuotaOfRetries() async throws {
    let server = try server(bad())
    defer { server.stop() }
    // Enough for two retries of 14.
    let fixture = try Fixture(attemptsMax: 10, quota: RetryQuota(capacity: 30))
    await #expect(throws: Refusal.self) { try await fixture.send(server.origin) }
    #expect(fixture.caller.counts.sent == 3)
    await #expect(throws: Refusal.self) { try await fixture.send(server.origin) }
    #expect(fixture.caller.counts.sent == 4)
    #expect(fixture.caller.counts.retries == 2)
  }

  @Test func successPaysTheQuotaBack() async throws {
    let server = try server(bad(), good, bad(), good, bad(), good)
    defer { server.stop() }
    let fixture = try Fixture(quota: RetryQuota(capacity: 14))
    for _ in 1...3 { _ = try await fixture.send(server.origin) }
    #expect(fixture.caller.counts.retries == 3)
  }

  @Test func signsEachAttemptAnew() async throws {
    let server = try server(bad("503 Busy", "x-amz-retry-after: 5000"), good)
    defer { server.stop() }
    let fixture = try Fixture()
    _ = try await fixture.send(server.origin)
    #expect(
      server.requests.flatMap { $0.values(of: "X-Amz-Date") }
        == ["20260921T141320Z", "20260921T141325Z"])
    let first = Self.start / 1_000
    #expect(fixture.asked.times.withLock { $0 } == [first, first + 5])
    #expect(Set(server.requests.flatMap { $0.values(of: "Authorization") }).count == 2)
  }

  @Test func sendsNothingWithoutTheCredentialsItShouldHave() async throws {
    let server = try server(good)
    defer { server.stop() }
    let error = ConfigurationError(.credentialsExpired, "expired")
    let fixture = try Fixture(credentials: { _ in throw error })
    await #expect(throws: error) { try await fixture.send(server.origin) }
    #expect(server.requests.isEmpty)
    #expect(fixture.caller.counts == RequestCounts())
  }

  @Test func anonymousRequestsAreNotSigned() async throws {
    let server = try server(good)
    defer { server.stop() }
    let fixture = try Fixture(credentials: { _ in nil })
    _ = try await fixture.send(server.origin)
    #expect(server.requests.first?.values(of: "Authorization") == [])
    #expect(server.requests.first?.values(of: "X-Amz-Date") == [])
  }

  @Test func repeatsWhatBrokeOffOnTheWay() async throws {
    let server = try LoopbackServer { connection in
      guard connection.readRequest() != nil else { return }
      // The first two connections break in the middle of the body.
      connection.send(
        connection.number < 3 ? "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nfi" : answer("fine"))
    }
    defer { server.stop() }
    let fixture = try Fixture()
    #expect(try await fixture.send(server.origin, isList: true) == Array("fine".utf8))
    #expect(fixture.caller.counts.retries == 2)
    // What never arrived as an answer is not counted as billed.
    #expect(fixture.caller.counts.billedLists == 1)
  }

  @Test func doesNotRepeatAnAnswerThatIsTooLong() async throws {
    let server = try server(good)
    defer { server.stop() }
    let fixture = try Fixture()
    let error = await #expect(throws: HTTPError.self) {
      try await fixture.send(server.origin, bodyBytesMax: 3)
    }
    #expect(error?.kind == .bodyTooLarge)
    #expect(server.requests.count == 1)
  }

  @Test func cancellationEndsAWait() async throws {
    let server = try server(bad())
    defer { server.stop() }
    let (waiting, signal) = AsyncStream<Void>.makeStream()
    let fixture = try Fixture(sleep: { _ in
      signal.yield()
      // Ends only by cancellation.
      try await Task.sleep(for: .seconds(3_600))
    })
    let task = Task { try await fixture.send(server.origin) }
    for await _ in waiting { break }
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
    #expect(server.requests.count == 1)
  }

  @Test func cancellationEndsARequestInFlight() async throws {
    let (received, signal) = AsyncStream<Void>.makeStream()
    let server = try LoopbackServer { connection in
      guard connection.readRequest() != nil else { return }
      signal.yield()
      _ = connection.isClosedByClient()
    }
    defer { server.stop() }
    let fixture = try Fixture()
    let task = Task { try await fixture.send(server.origin) }
    for await _ in received { break }
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
    #expect(fixture.caller.counts.retries == 0)
  }
}
