import AWS
import Signing
import Synchronization
import Testing

@Suite struct CredentialCacheTests {
  @Test func asksOnceForCredentialsThatDoNotExpire() async throws {
    let provider = ScriptedProvider([.success(keys("a", expiresAt: nil))])
    let cache = CredentialCache(provider)
    for seconds in [0, 1_000_000] as [Int64] {
      #expect(try await cache.credentials(at: time(seconds)).accessKeyID == "a")
    }
    #expect(provider.asked == 1)
  }

  @Test func renewsBeforeTheEnd() async throws {
    let provider = ScriptedProvider([
      .success(keys("a", expiresAt: 3_600)), .success(keys("b", expiresAt: 7_200)),
    ])
    let cache = CredentialCache(provider)
    for (seconds, id) in [(0, "a"), (2_699, "a"), (2_700, "b"), (6_000, "b")] as [(Int64, String)] {
      #expect(try await cache.credentials(at: time(seconds)).accessKeyID == id)
    }
    #expect(provider.asked == 2)
  }

  @Test func usesValidCredentialsWhileRenewalFailsAndAsksOnceAMinute() async throws {
    let provider = ScriptedProvider([
      .success(keys("a", expiresAt: 3_600)), .failure(Broken()), .failure(Broken()),
      .failure(Broken()),
    ])
    let cache = CredentialCache(provider)
    for seconds in [0, 2_700, 2_701, 2_759, 2_760] as [Int64] {
      #expect(try await cache.credentials(at: time(seconds)).accessKeyID == "a")
    }
    #expect(provider.asked == 3)
    await #expect(throws: Broken.self) { try await cache.credentials(at: time(3_600)) }
    #expect(provider.asked == 4)
  }

  @Test func doesNotAskAtEveryRequestForShortLivedCredentials() async throws {
    let provider = ScriptedProvider([
      .success(keys("a", expiresAt: 600)), .success(keys("b", expiresAt: 700)),
    ])
    let cache = CredentialCache(provider)
    for seconds in [0, 10, 59] as [Int64] {
      #expect(try await cache.credentials(at: time(seconds)).accessKeyID == "a")
    }
    #expect(try await cache.credentials(at: time(60)).accessKeyID == "b")
  }

  @Test func renewsVeryShortLivedCredentialsAgainAndAgain() async throws {
    let provider = ScriptedProvider(
      (0..<10).map { .success(keys("\($0)", expiresAt: Int64($0) + 3)) })
    let cache = CredentialCache(provider)
    for seconds in 0..<10 {
      let found = try await cache.credentials(at: time(Int64(seconds)))
      #expect(found.accessKeyID == "\(seconds)")
      #expect(found.isValid(at: time(Int64(seconds))))
    }
    #expect(provider.asked == 10)
  }

  @Test func refusesExpiredOnesAndAsksAgain() async throws {
    let provider = ScriptedProvider([
      .success(keys("a", expiresAt: 0)), .success(keys("b", expiresAt: nil)),
    ])
    let cache = CredentialCache(provider)
    let error = try #require(
      await #expect(throws: ConfigurationError.self) { try await cache.credentials(at: time(0)) })
    #expect(error.kind == .credentialsExpired)
    #expect(try await cache.credentials(at: time(0)).accessKeyID == "b")
  }

  @Test func failsWithoutCredentials() async throws {
    let error = try #require(
      await #expect(throws: ConfigurationError.self) {
        try await CredentialCache(ScriptedProvider([.success(nil)])).credentials(at: time(0))
      })
    #expect(error.kind == .credentialsMissing)
  }

  @Test func forgetsOnlyTheRefusedCredentials() async throws {
    let provider = ScriptedProvider([
      .success(keys("a", expiresAt: nil)), .success(keys("b", expiresAt: nil)),
    ])
    let cache = CredentialCache(provider)
    let first = try await cache.credentials(at: time(0))
    await cache.discard(keys("other", expiresAt: nil))
    #expect(try await cache.credentials(at: time(0)) == first)
    await cache.discard(first)
    await cache.discard(first)
    #expect(try await cache.credentials(at: time(0)).accessKeyID == "b")
    await cache.discard(first)
    #expect(try await cache.credentials(at: time(0)).accessKeyID == "b")
  }

  // Refused by a service while others already ask: they must not be served again.
  @Test func forgetsRefusedCredentialsWhileTheyAreRenewed() async throws {
    let gate = Gate()
    let old = keys("old", expiresAt: 1_000)
    let provider = GatedProvider(gate, .success(keys("new", expiresAt: nil)), first: old)
    let cache = CredentialCache(provider)
    _ = try await cache.credentials(at: time(0))
    let renewal = Task { try await cache.credentials(at: time(500)) }
    await gate.waitUntilAsked()
    #expect(try await cache.credentials(at: time(500)) == old)
    await cache.discard(old)
    let refused = Task { try await cache.credentials(at: time(500)) }
    await gate.open(after: provider)
    #expect(try await renewal.value.accessKeyID == "new")
    #expect(try await refused.value.accessKeyID == "new")
    #expect(provider.asked == 2)
  }

  @Test func renewsOnceForAllWhoWereRefused() async throws {
    let gate = Gate()
    let old = keys("old", expiresAt: nil)
    let provider = GatedProvider(gate, .success(keys("new", expiresAt: nil)), first: old)
    let cache = CredentialCache(provider)
    _ = try await cache.credentials(at: time(0))
    try await withThrowingTaskGroup(of: String.self) { group in
      for _ in 0..<50 {
        group.addTask {
          await cache.discard(old)
          return try await cache.credentials(at: time(0)).accessKeyID
        }
      }
      await gate.open(after: provider)
      for try await id in group { #expect(id == "new") }
    }
    #expect(provider.asked == 2)
  }

  @Test func renewsOnceForAllRequests() async throws {
    let gate = Gate()
    let provider = GatedProvider(gate, .success(keys("a", expiresAt: nil)))
    let cache = CredentialCache(provider)
    try await withThrowingTaskGroup(of: String.self) { group in
      for _ in 0..<50 {
        group.addTask { try await cache.credentials(at: time(0)).accessKeyID }
      }
      await gate.open(after: provider)
      for try await id in group { #expect(id == "a") }
    }
    #expect(provider.asked == 1)
  }

  @Test func failsAllWhoWaitedForAFailure() async throws {
    let gate = Gate()
    let provider = GatedProvider(gate, .failure(Broken()))
    let cache = CredentialCache(provider)
    await withTaskGroup(of: Bool.self) { group in
      for _ in 0..<20 {
        group.addTask {
          do {
            _ = try await cache.credentials(at: time(0))
            return false
          } catch { return error is Broken }
        }
      }
      await gate.open(after: provider)
      for await failed in group { #expect(failed) }
    }
  }

  @Test func letsAnotherAskWhenTheFirstIsCancelled() async throws {
    let gate = Gate()
    let provider = GatedProvider(gate, .success(keys("a", expiresAt: nil)))
    let cache = CredentialCache(provider)
    let first = Task { try await cache.credentials(at: time(0)) }
    await gate.waitUntilAsked()
    let second = Task { try await cache.credentials(at: time(0)) }
    first.cancel()
    await gate.open()
    await #expect(throws: CancellationError.self) { try await first.value }
    #expect(try await second.value.accessKeyID == "a")
  }

  @Test func renewsAsEarlyAsIsSaid() async throws {
    let provider = ScriptedProvider([
      .success(keys("a", expiresAt: 300)), .success(keys("b", expiresAt: 540)),
    ])
    let cache = CredentialCache(provider, renewalWindowSeconds: 60)
    for (seconds, id) in [(0, "a"), (239, "a"), (240, "b")] as [(Int64, String)] {
      #expect(try await cache.credentials(at: time(seconds)).accessKeyID == id)
    }
  }

  private func keys(_ id: String, expiresAt seconds: Int64?) -> Credentials {
    Credentials(
      accessKeyID: id, secretAccessKey: Secret("s"), expiration: seconds.map { time($0) },
      providerName: "test")
  }
}

private struct Broken: Error {}

/// Answers from a list, in order.
private final class ScriptedProvider: CredentialProvider {
  let name = "scripted"
  let absence = "nothing"
  private let answers: [Result<Credentials?, Broken>]
  private let count = Mutex(0)

  init(_ answers: [Result<Credentials?, Broken>]) {
    self.answers = answers
  }

  var asked: Int { count.withLock { $0 } }

  func credentials() async throws -> Credentials? {
    let index = count.withLock { count in
      defer { count += 1 }
      return count
    }
    return try #require(answers.indices.contains(index) ? answers[index] : nil).get()
  }
}

/// Holds those who pass until it is opened.
private actor Gate {
  private var isOpen = false
  private var wasAsked = false
  private var held: [CheckedContinuation<Void, Never>] = []
  private var watchers: [CheckedContinuation<Void, Never>] = []

  func pass() async {
    wasAsked = true
    for watcher in watchers { watcher.resume() }
    watchers = []
    guard !isOpen else { return }
    await withCheckedContinuation { held.append($0) }
  }

  func waitUntilAsked() async {
    guard !wasAsked else { return }
    await withCheckedContinuation { watchers.append($0) }
  }

  func open() {
    isOpen = true
    for continuation in held { continuation.resume() }
    held = []
  }

  /// Opens once somebody has asked `provider`, so that others had the time to queue.
  func open(after provider: GatedProvider) async {
    await waitUntilAsked()
    for _ in 0..<100 { await Task.yield() }
    open()
  }
}

private final class GatedProvider: CredentialProvider {
  let name = "gated"
  let absence = "nothing"
  private let gate: Gate
  private let answer: Result<Credentials, Broken>
  /// What the first who asks gets, without a wait.
  private let first: Credentials?
  private let count = Mutex(0)

  init(_ gate: Gate, _ answer: Result<Credentials, Broken>, first: Credentials? = nil) {
    self.gate = gate
    self.answer = answer
    self.first = first
  }

  var asked: Int { count.withLock { $0 } }

  func credentials() async throws -> Credentials? {
    let number = count.withLock { count in
      count += 1
      return count
    }
    if number == 1, let first { return first }
    await gate.pass()
    try Task.checkCancellation()
    return try answer.get()
  }
}
