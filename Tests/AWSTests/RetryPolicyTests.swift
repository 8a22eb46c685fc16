import AWS
import HTTP
import Testing

@Suite struct RetryPolicyTests {
  @Test(
    arguments: [
      ("SlowDown", 503, .throttling), ("SlowDown", 200, .throttling),
      ("Throttling", 400, .throttling),
      ("ThrottlingException", 500, .throttling), ("InternalError", 500, .transient),
      ("InternalError", 200, .transient), ("RequestTimeout", 400, .transient),
      ("ServiceUnavailable", 503, .transient), (nil, 500, .transient), (nil, 502, .transient),
      (nil, 503, .transient), (nil, 504, .transient), (nil, 501, .other), (nil, 429, .throttling),
      (nil, 408, .transient), ("RequestTimeout", 408, .transient),
      ("AccessDenied", 403, .other), ("NoSuchBucket", 404, .other), (nil, 400, .other),
      ("ExpiredToken", 400, .other), (nil, 301, .other),
    ] as [(String?, Int, RetryCause)])
  func judgesByCodeThenByStatus(code: String?, status: Int, expected: RetryCause) {
    #expect(RetryCause(code: code, status: status) == expected)
  }

  @Test(arguments: HTTPError.Kind.allCases)
  func judgesBrokenConnections(kind: HTTPError.Kind) {
    let permanent: Set<HTTPError.Kind> = [.tls, .bodyTooLarge, .cancelled, .invalidURL, .other]
    let cause = RetryCause(HTTPError(kind, "x", url: "https://h"))
    #expect(cause == (permanent.contains(kind) ? .other : .transient))
  }

  // botocore's expectations of the standard mode, version 2.1.
  @Test(arguments: [
    (RetryCause.transient, [50, 100, 200, 400, 800, 1_600, 3_200, 6_400, 12_800, 20_000, 20_000]),
    (.throttling, [1_000, 2_000, 4_000, 8_000, 16_000, 20_000, 20_000]),
  ])
  func doublesTheWaitUpToTwentySeconds(cause: RetryCause, milliseconds: [Int]) {
    let policy = RetryPolicy(attemptsMax: 100)
    for (retry, expected) in milliseconds.enumerated() {
      #expect(policy.delay(beforeRetry: retry, after: cause, random: 1) == .milliseconds(expected))
    }
    #expect(policy.delay(beforeRetry: 2, after: cause, random: 0) == .zero)
    #expect(
      policy.delay(beforeRetry: 2, after: cause, random: 0.5) == .milliseconds(milliseconds[2]) / 2)
    #expect(policy.delay(beforeRetry: 500, after: cause, random: 1) == .seconds(20))
  }

  @Test(arguments: [
    ("1500", 1_500), ("0", 50), ("10", 50), ("5050", 5_050), ("9999", 5_050), ("-1", 50),
    ("soon", 50), ("1.5", 50), ("", 50), ("99999999999999999999", 50), (" 200 ", 200),
  ])
  func honoursRetryAfterWithinBounds(header: String, milliseconds: Int) {
    let delay = RetryPolicy().delay(
      beforeRetry: 0, after: .transient, retryAfter: header, random: 1)
    #expect(delay == .milliseconds(milliseconds))
  }

  @Test(arguments: [(RetryCause.transient, 486), (.throttling, 495)])
  func paysForARetryAndIsPaidBack(cause: RetryCause, left: Int) {
    var quota = RetryQuota()
    var attempts = RetryAttempts()
    let decision = attempts.failed(cause, policy: RetryPolicy(), quota: &quota, random: 1)
    #expect(decision == .retry(after: .milliseconds(cause == .transient ? 50 : 1_000)))
    #expect(quota.available == left)
    #expect(attempts.current == 2)
    attempts.succeeded(quota: &quota)
    #expect(quota.available == 500)
  }

  @Test func paysBackOnlyTheLastRetry() {
    var quota = RetryQuota()
    var attempts = RetryAttempts()
    _ = attempts.failed(.transient, policy: RetryPolicy(), quota: &quota, random: 1)
    _ = attempts.failed(.throttling, policy: RetryPolicy(), quota: &quota, random: 1)
    #expect(quota.available == 481)
    attempts.succeeded(quota: &quota)
    #expect(quota.available == 486)
    RetryAttempts().succeeded(quota: &quota)
    #expect(quota.available == 487)
  }

  @Test func neverHoldsMoreThanItsCapacity() {
    var quota = RetryQuota(capacity: 10)
    RetryAttempts().succeeded(quota: &quota)
    #expect(quota.available == 10)
  }

  @Test func givesUpAfterTheLastAttemptWithoutPaying() {
    var quota = RetryQuota()
    var attempts = RetryAttempts()
    let policy = RetryPolicy(attemptsMax: 2)
    _ = attempts.failed(.transient, policy: policy, quota: &quota, random: 1)
    let decision = attempts.failed(.transient, policy: policy, quota: &quota, random: 1)
    #expect(decision == .giveUp(.attemptsExhausted))
    #expect(quota.available == 486)
  }

  @Test func givesUpWhenTheQuotaIsSpent() {
    var quota = RetryQuota(capacity: 13)
    var attempts = RetryAttempts()
    let policy = RetryPolicy(attemptsMax: 10)
    #expect(
      attempts.failed(.transient, policy: policy, quota: &quota, random: 1)
        == .giveUp(.quotaExhausted))
    #expect(quota.available == 13)
    #expect(
      attempts.failed(.throttling, policy: policy, quota: &quota, random: 0)
        == .retry(after: .zero))
  }

  @Test func patienceRepeatsThrottledAttemptsForNothing() {
    var quota = RetryQuota()
    var attempts = RetryAttempts()
    let policy = RetryPolicy(attemptsMax: 2, throttlingPatience: .seconds(60))
    for retry in 0..<8 {
      let decision = attempts.failed(
        .throttling, throttledFor: .seconds(59), policy: policy, quota: &quota, random: 1)
      #expect(decision == .retry(after: .seconds(min(20, 1 << retry))))
    }
    #expect(quota.available == 500)
    #expect(attempts.current == 9)
    let decision = attempts.failed(
      .throttling, throttledFor: .seconds(60), policy: policy, quota: &quota, random: 1)
    #expect(decision == .giveUp(.patienceExhausted))
  }

  @Test func patienceDoesNotExtendToFailures() {
    var quota = RetryQuota()
    var attempts = RetryAttempts()
    let policy = RetryPolicy(attemptsMax: 2, throttlingPatience: .seconds(60))
    let causes: [RetryCause] = [.throttling, .transient, .throttling]
    for cause in causes {
      let decision = attempts.failed(cause, policy: policy, quota: &quota, random: 0)
      #expect(decision == .retry(after: .zero))
    }
    #expect(quota.available == 486)
    let decision = attempts.failed(.transient, policy: policy, quota: &quota, random: 0)
    #expect(decision == .giveUp(.attemptsExhausted))
    // The throttled attempt in between did not forfeit what was paid for the other.
    attempts.succeeded(quota: &quota)
    #expect(quota.available == 500)
  }

  @Test func givesUpOnWhatWouldFailAgain() {
    var quota = RetryQuota()
    var attempts = RetryAttempts()
    #expect(
      attempts.failed(.other, policy: RetryPolicy(attemptsMax: 10), quota: &quota, random: 1)
        == .giveUp(.notRetryable))
    #expect(quota.available == 500)
  }

  @Test(
    arguments: [
      ([:], [:], nil), (["AWS_MAX_ATTEMPTS": "7"], ["max_attempts": "8"], 7),
      ([:], ["max_attempts": "8"], 8),
    ] as [([String: String], [String: String], Int?)])
  func readsTheNumberOfAttempts(
    variables: [String: String], properties: [String: String], expected: Int?
  ) throws {
    let count = try RetryPolicy.configuredAttemptsMax(
      environment: environment(variables),
      profile: ProfileSection(name: "p", properties: properties))
    #expect(count == expected)
  }

  @Test(arguments: ["standard", "adaptive", "legacy", "Standard", "nonsense"])
  func takesTheModesOfTheSDKsAndNoOther(mode: String) throws {
    let places: [([String: String], [String: String])] = [
      (["AWS_RETRY_MODE": mode], [:]), ([:], ["retry_mode": mode]),
    ]
    for (variables, properties) in places {
      let section = ProfileSection(name: "p", properties: properties)
      guard mode == "nonsense" else {
        let count = try RetryPolicy.configuredAttemptsMax(
          environment: environment(variables), profile: section)
        #expect(count == nil)
        continue
      }
      let error = try #require(
        #expect(throws: ConfigurationError.self) {
          try RetryPolicy.configuredAttemptsMax(
            environment: environment(variables), profile: section)
        })
      #expect(error.kind == .retry && error.hint == "use one of: standard, adaptive, legacy")
    }
  }

  @Test(arguments: ["0", "-1", "many", "1.5"])
  func refusesWhatIsNoNumberOfAttempts(text: String) throws {
    let error = try #require(
      #expect(throws: ConfigurationError.self) {
        try RetryPolicy.configuredAttemptsMax(
          environment: environment(["AWS_MAX_ATTEMPTS": text]), profile: ProfileSection(name: "p"))
      })
    #expect(error.kind == .retry)
  }
}
