import AWS
import HTTP
import Synchronization
import TestSupport
import Testing

/// What a caller bears, how fast it sends, and what it tells of it.
@Suite struct CallerRateTests {
  private static let patience = Duration.seconds(600)

  // MARK: - Throttling

  @Test func throttlingAloneDoesNotFailACall() async throws {
    let storm = Array(repeating: slowDown, count: 25) + [bad(), good]
    let server = try LoopbackServer(inTurn: storm)
    defer { server.stop() }
    // Neither the attempts nor the quota would do for half of it.
    let fixture = try CallerFixture(
      attemptsMax: 2, patience: Self.patience, quota: RetryQuota(capacity: 14))
    #expect(try await fixture.send(server.origin) == Array("fine".utf8))
    #expect(fixture.caller.counts.retries == 26)
    let throttled = fixture.time.sleeps.dropLast()
    let expected: [Duration] = [1, 2, 4, 8, 16, 20].map { .seconds($0) }
    #expect(Array(throttled.prefix(6)) == expected)
    #expect(throttled.allSatisfy { $0 <= .seconds(20) })
    // The quota was paid back by the call that succeeded: the next one may retry too.
    _ = try await fixture.send(server.origin)
    #expect(fixture.caller.counts.retries == 26)
  }

  @Test func aServiceThatOnlyThrottlesFailsAfterALongTime() async throws {
    let server = try server(slowDown)
    defer { server.stop() }
    let fixture = try CallerFixture(patience: Self.patience)
    let error = await #expect(throws: PersistentThrottling.self) {
      try await fixture.send(server.origin)
    }
    #expect(error?.description == "the service has asked for fewer requests for 10 minutes")
    #expect(
      error?.error as? CallerFixture.Refusal
        == CallerFixture.Refusal(status: 503, code: "SlowDown"))
    let waited = fixture.time.sleeps.reduce(.zero, +)
    #expect((.seconds(600)...(.seconds(620))).contains(waited))
    // So does the next call, at once: nothing has changed.
    await #expect(throws: PersistentThrottling.self) { try await fixture.send(server.origin) }
    #expect(fixture.time.sleeps.reduce(.zero, +) == waited)
  }

  @Test(arguments: ["200 OK", "404 Not Found"])
  func anyOtherAnswerRenewsThePatience(status: String) async throws {
    let storm = Array(repeating: slowDown, count: 25)
    let sign = answer("x", status: status)
    let server = try LoopbackServer(inTurn: storm + [sign] + storm + [sign] + storm + [good])
    defer { server.stop() }
    let fixture = try CallerFixture(patience: Self.patience)
    for _ in 1...2 {
      // Whatever it says, somebody is there.
      _ = try? await fixture.send(server.origin)
    }
    #expect(try await fixture.send(server.origin) == Array("fine".utf8))
    #expect(fixture.time.sleeps.reduce(.zero, +) > Self.patience * 2)
  }

  @Test func failuresDoNotRenewThePatience() async throws {
    let server = try LoopbackServer(
      inTurn: (0..<100).map { $0.isMultiple(of: 10) ? bad() : slowDown })
    defer { server.stop() }
    let fixture = try CallerFixture(attemptsMax: 50, patience: Self.patience)
    await #expect(throws: PersistentThrottling.self) { try await fixture.send(server.origin) }
  }

  @Test(arguments: [1, 2, 10])
  func anOutageFailsAfterTheAttempts(attemptsMax: Int) async throws {
    let server = try LoopbackServer(inTurn: [good, bad()])
    defer { server.stop() }
    let fixture = try CallerFixture(attemptsMax: attemptsMax, patience: Self.patience)
    _ = try await fixture.send(server.origin)
    await #expect(throws: CallerFixture.Refusal(status: 500)) {
      try await fixture.send(server.origin)
    }
    #expect(fixture.caller.counts.sent == Int64(attemptsMax) + 1)
  }

  @Test func throttledAttemptsBetweenFailuresDoNotCount() async throws {
    let server = try server(bad(), slowDown, slowDown, bad(), slowDown, bad())
    defer { server.stop() }
    let fixture = try CallerFixture(attemptsMax: 3, patience: Self.patience)
    await #expect(throws: CallerFixture.Refusal(status: 500)) {
      try await fixture.send(server.origin)
    }
    #expect(fixture.caller.counts.sent == 6)
  }

  @Test func aServiceThatIsNotThereFailsAtOnce() async throws {
    let fixture = try CallerFixture(attemptsMax: 10, patience: Self.patience)
    let origin = "http://127.0.0.1:\(try LoopbackServer.closedPort())"
    await #expect(throws: HTTPError.self) { try await fixture.send(origin) }
    #expect(fixture.caller.counts.sent == 3)
  }

  // MARK: - Pace

  @Test(arguments: [1, 3, 40])
  func attemptsOfAnyKindKeepThePace(rate: Double) async throws {
    let answers = [good, bad(), good, slowDown, slowDown, good, bad("503 Busy"), good, good]
    let server = try LoopbackServer(inTurn: (0..<12).flatMap { _ in answers })
    defer { server.stop() }
    let dice = Mutex(SplitMix64(seed: 7))
    let fixture = try CallerFixture(
      attemptsMax: 10, patience: Self.patience, pace: SharedPace(perSecond: rate),
      random: { dice.withLock { Double.random(in: 0...0.2, using: &$0) } })
    for _ in 0..<60 { _ = try await fixture.send(server.origin) }
    #expect(fixture.caller.counts.sent > 60)
    let first = try #require(fixture.attempts.first)
    let moments = fixture.attempts.map { ($0.startedAt - first.startedAt) / .seconds(1) }
    #expect(moments.count == Int(fixture.caller.counts.sent))
    #expect(excess(of: moments, over: rate) <= max(1, rate / 10))
  }

  @Test func signsAfterWaitingForItsMoment() async throws {
    let server = try server(good)
    defer { server.stop() }
    let fixture = try CallerFixture(pace: SharedPace(perSecond: 0.01))
    for _ in 1...2 { _ = try await fixture.send(server.origin) }
    let first = CallerFixture.start / 1_000
    #expect(fixture.timesAsked == [first, first + 100])
  }

  @Test func withoutAPaceNothingWaits() async throws {
    let server = try server(good)
    defer { server.stop() }
    let fixture = try CallerFixture()
    for _ in 1...20 { _ = try await fixture.send(server.origin) }
    #expect(fixture.time.sleeps.isEmpty)
  }

  // MARK: - Observation

  @Test func tellsOfEveryAttempt() async throws {
    let server = try server(
      slowDown, bad(), bad("503 Busy"), bad("429 Too Many"), good, bad("404 No"))
    defer { server.stop() }
    let fixture = try CallerFixture(attemptsMax: 10)
    _ = try await fixture.send(server.origin)
    await #expect(throws: CallerFixture.Refusal(status: 404)) {
      try await fixture.send(server.origin)
    }
    #expect(
      fixture.attempts.map(\.outcome)
        == [.throttled, .failed, .throttled, .throttled, .succeeded, .failed])
    #expect(fixture.attempts.map(\.isRetried) == [true, true, true, true, false, false])
  }

  @Test func tellsHowLongAnAttemptTookWithoutItsWaits() async throws {
    let fixture = try CallerFixture(pace: SharedPace(perSecond: 0.5))
    let time = fixture.time
    let server = try LoopbackServer { connection in
      while connection.readRequest() != nil {
        time.advance(milliseconds: 30)
        connection.send(time.sleeps.isEmpty ? bad() : good)
      }
    }
    defer { server.stop() }
    _ = try await fixture.send(server.origin)
    #expect(time.sleeps.count == 2)
    #expect(fixture.attempts.map(\.latency) == [.milliseconds(30), .milliseconds(30)])
  }

  @Test func tellsOfALostConnection() async throws {
    let fixture = try CallerFixture()
    let origin = "http://127.0.0.1:\(try LoopbackServer.closedPort())"
    await #expect(throws: HTTPError.self) { try await fixture.send(origin) }
    #expect(fixture.attempts.map(\.outcome) == [.failed, .failed, .failed])
    #expect(fixture.attempts.map(\.isRetried) == [true, true, false])
  }

  @Test func tellsNothingOfWhatWasNeverSent() async throws {
    let fixture = try CallerFixture(credentials: { _ in
      throw ConfigurationError(.credentialsExpired, "expired")
    })
    await #expect(throws: ConfigurationError.self) { try await fixture.send("http://127.0.0.1:1") }
    #expect(fixture.attempts.isEmpty)
  }
}
