import AWS
import HTTP
import TestSupport
import Testing

@Suite struct RetryingCallerTests {
  private struct Unjudged: Error {}

  @Test func countsAttemptsRetriesAndBilledLists() async throws {
    let server = try server(bad(), bad("503 Busy"), good, good, bad("404 No"))
    defer { server.stop() }
    let fixture = try CallerFixture()
    #expect(try await fixture.send(server.origin, isList: true) == Array("fine".utf8))
    #expect(try await fixture.send(server.origin) == Array("fine".utf8))
    await #expect(throws: CallerFixture.Refusal(status: 404)) {
      try await fixture.send(server.origin, isList: true)
    }
    var expected = RequestCounts()
    expected.sent = 5
    expected.retries = 2
    expected.billedLists = 2
    expected.billedListsByRegion = ["us-east-1": 2]
    #expect(fixture.caller.counts == expected)
    #expect(server.requests.count == 5)
  }

  @Test func waitsLongerEachTime() async throws {
    let server = try server(bad())
    defer { server.stop() }
    let fixture = try CallerFixture(attemptsMax: 5)
    await #expect(throws: CallerFixture.Refusal(status: 500)) {
      try await fixture.send(server.origin)
    }
    #expect(fixture.time.sleeps == [50, 100, 200, 400].map { .milliseconds($0) })
    #expect(server.requests.count == 5)
  }

  @Test func throwsTheDiceForEachWait() async throws {
    let server = try server(bad())
    defer { server.stop() }
    let fixture = try CallerFixture(random: { 0.5 })
    await #expect(throws: CallerFixture.Refusal.self) { try await fixture.send(server.origin) }
    #expect(fixture.time.sleeps == [.milliseconds(25), .milliseconds(50)])
  }

  @Test(
    arguments: [
      ("1500", 1_500), ("60000", 5_050), ("1", 50), ("soon", 50), ("-5", 50),
    ])
  func honoursTheServersWait(header: String, milliseconds: Int) async throws {
    let server = try server(bad("503 Busy", "x-amz-retry-after: \(header)"), good)
    defer { server.stop() }
    let fixture = try CallerFixture()
    _ = try await fixture.send(server.origin)
    #expect(fixture.time.sleeps == [.milliseconds(milliseconds)])
  }

  @Test func forgetsTheServersWaitAfterOneRetry() async throws {
    let server = try server(bad("503 Busy", "x-amz-retry-after: 4000"), bad(), good)
    defer { server.stop() }
    let fixture = try CallerFixture()
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
    let fixture = try CallerFixture()
    await #expect(throws: CallerFixture.Refusal.self) { try await fixture.send(server.origin) }
    #expect(server.requests.count == 1)
    #expect(fixture.time.sleeps.isEmpty)
  }

  @Test func doesNotRepeatAnErrorThatNobodyJudged() async throws {
    let server = try server(good)
    defer { server.stop() }
    let fixture = try CallerFixture()
    let call = ServiceCall(
      address: try CallerFixture.address(server.origin), bodyBytesMax: 100)
    await #expect(throws: Unjudged.self) {
      try await fixture.caller.send(call) { _ in throw Unjudged() }
    }
    #expect(server.requests.count == 1)
  }

  @Test func callsShareAQuotaOfRetries() async throws {
    let server = try server(bad())
    defer { server.stop() }
    // Enough for two retries of 14.
    let fixture = try CallerFixture(attemptsMax: 10, quota: RetryQuota(capacity: 30))
    await #expect(throws: CallerFixture.Refusal.self) { try await fixture.send(server.origin) }
    #expect(fixture.caller.counts.sent == 3)
    await #expect(throws: CallerFixture.Refusal.self) { try await fixture.send(server.origin) }
    #expect(fixture.caller.counts.sent == 4)
    #expect(fixture.caller.counts.retries == 2)
  }

  @Test func successPaysTheQuotaBack() async throws {
    let server = try server(bad(), good, bad(), good, bad(), good)
    defer { server.stop() }
    let fixture = try CallerFixture(quota: RetryQuota(capacity: 14))
    for _ in 1...3 { _ = try await fixture.send(server.origin) }
    #expect(fixture.caller.counts.retries == 3)
  }

  @Test func signsEachAttemptAnew() async throws {
    let server = try server(bad("503 Busy", "x-amz-retry-after: 5000"), good)
    defer { server.stop() }
    let fixture = try CallerFixture()
    _ = try await fixture.send(server.origin)
    #expect(
      server.requests.flatMap { $0.values(of: "X-Amz-Date") }
        == ["20260921T141320Z", "20260921T141325Z"])
    let first = CallerFixture.start / 1_000
    #expect(fixture.timesAsked == [first, first + 5])
    #expect(Set(server.requests.flatMap { $0.values(of: "Authorization") }).count == 2)
  }

  @Test func sendsNothingWithoutTheCredentialsItShouldHave() async throws {
    let server = try server(good)
    defer { server.stop() }
    let error = ConfigurationError(.credentialsExpired, "expired")
    let fixture = try CallerFixture(credentials: { _ in throw error })
    await #expect(throws: error) { try await fixture.send(server.origin) }
    #expect(server.requests.isEmpty)
    #expect(fixture.caller.counts == RequestCounts())
  }

  @Test func anonymousRequestsAreNotSigned() async throws {
    let server = try server(good)
    defer { server.stop() }
    let fixture = try CallerFixture(credentials: { _ in nil })
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
    let fixture = try CallerFixture()
    #expect(try await fixture.send(server.origin, isList: true) == Array("fine".utf8))
    #expect(fixture.caller.counts.retries == 2)
    // What never arrived as an answer is not counted as billed.
    #expect(fixture.caller.counts.billedLists == 1)
  }

  @Test func doesNotRepeatAnAnswerThatIsTooLong() async throws {
    let server = try server(good)
    defer { server.stop() }
    let fixture = try CallerFixture()
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
    let fixture = try CallerFixture(sleep: { _ in
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
    let fixture = try CallerFixture()
    let task = Task { try await fixture.send(server.origin) }
    for await _ in received { break }
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
    #expect(fixture.caller.counts.retries == 0)
  }
}
