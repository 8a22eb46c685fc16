/// Why an attempt failed, as far as the wait before the next one goes.
package enum RetryCause: Hashable, Sendable {
  /// The service or the way to it stumbled.
  case transient
  /// The service asked for fewer requests.
  case throttling
  /// Sending the same request again would fail again.
  case other

  private static let transientCodes: Set<String> = [
    "IDPCommunicationError", "InternalError", "RequestTimeout", "RequestTimeoutException",
  ]

  private static let throttlingCodes: Set<String> = [
    "BandwidthLimitExceeded", "EC2ThrottledException", "LimitExceededException",
    "PriorRequestNotComplete", "ProvisionedThroughputExceededException", "RequestLimitExceeded",
    "RequestThrottled", "RequestThrottledException", "SlowDown", "ThrottledException",
    "Throttling", "ThrottlingException", "TooManyRequestsException",
    "TransactionInProgressException",
  ]

  /// Judges an answer by its error code if that is known, else by its status.
  package init(code: String?, status: Int) {
    if let code, Self.throttlingCodes.contains(code) {
      self = .throttling
    } else if let code, Self.transientCodes.contains(code) {
      self = .transient
    } else {
      switch status {
      // 408 comes from servers and proxies that lost a request on its way.
      case 408, 500, 502, 503, 504: self = .transient
      // In no list of AWS's, which always sends a code; other servers may send the status alone.
      case 429: self = .throttling
      default: self = .other
      }
    }
  }
}

/// What to do after a failed attempt.
package enum RetryDecision: Hashable, Sendable {
  case retry(after: Duration)
  case giveUp(Reason)

  package enum Reason: Hashable, Sendable {
    case notRetryable
    case attemptsExhausted
    /// So many requests failed lately that one more retry would only add load.
    case quotaExhausted
    /// The service has done nothing but ask for fewer requests for too long.
    case patienceExhausted
  }
}

/// The SDKs' standard retry mode as of 2026: two bases of exponential backoff and a common quota.
///
/// With a patience, it bears throttling beyond that: being asked for fewer requests slows a crawl
/// and does not fail it. Pure: randomness and the quota come in. Source: AWS SDKs and Tools
/// Reference Guide, "Retry behavior".
package struct RetryPolicy: Hashable, Sendable {
  /// The default of the SDKs; a crawl wants more.
  package static let attemptsMaxDefault = 3
  private static let modes = ["standard", "adaptive", "legacy"]
  private static let delayMillisecondsMax = 20_000
  private static let retryAfterSlack = Duration.seconds(5)

  /// Attempts in all, the first one included; of a policy with a patience, without those that the
  /// service answered by asking for fewer requests.
  package var attemptsMax: Int
  /// How long a service may do nothing but ask for fewer requests.
  ///
  /// Until then, requests that it throttles are repeated for nothing: they count neither as
  /// attempts nor against the quota. Nil is the SDKs' rule, which treats them as other failures.
  package var throttlingPatience: Duration?
  /// Whether a request is sent again that had no answer in its time.
  package var repeatsSilence: Bool

  package init(
    attemptsMax: Int = RetryPolicy.attemptsMaxDefault, throttlingPatience: Duration? = nil,
    repeatsSilence: Bool = true
  ) {
    precondition(attemptsMax > 0)
    self.attemptsMax = attemptsMax
    self.throttlingPatience = throttlingPatience
    self.repeatsSilence = repeatsSilence
  }

  /// `AWS_MAX_ATTEMPTS`, then the profile's `max_attempts`; nil without either.
  ///
  /// Throws `Kind.retry` for what is no positive number, and for a mode that the SDKs do not know.
  /// Their modes differ in how a single call is repeated; a crawl has a policy of its own.
  package static func configuredAttemptsMax(
    environment: Environment, profile: ProfileSection
  ) throws(ConfigurationError) -> Int? {
    let source = SettingSource(environment: environment, profile: profile)
    if let (mode, place) = source.text("AWS_RETRY_MODE", ["retry_mode"]),
      !modes.contains(mode.lowercased())
    {
      throw ConfigurationError(
        .retry, "\(place) is no mode of retries",
        hint: "use one of: \(modes.joined(separator: ", "))")
    }
    let places = [
      (environment["AWS_MAX_ATTEMPTS"], "AWS_MAX_ATTEMPTS"),
      (profile["max_attempts"], "max_attempts of profile '\(profile.name)'"),
    ]
    for case (let text?, let place) in places {
      guard let count = Int(text), count > 0 else {
        throw ConfigurationError(.retry, "\(place) is not a positive number", hint: "use 1 or more")
      }
      return count
    }
    return nil
  }

  /// The wait before retry number `retry`, which starts at 0.
  ///
  /// `random` is in 0...1. `retryAfter` is the value of `x-amz-retry-after`, in milliseconds:
  /// taken as it is, but no shorter than the wait computed here and no more than 5 s longer;
  /// ignored when it is no number.
  package func delay(
    beforeRetry retry: Int, after cause: RetryCause, retryAfter: String? = nil, random: Double
  ) -> Duration {
    let base = cause == .throttling ? 1_000 : 50
    // 50 ms pass 20 s at the ninth doubling.
    let milliseconds = min(Self.delayMillisecondsMax, base << min(retry, 10))
    let delay = Duration.milliseconds(milliseconds) * random
    guard let asked = retryAfter.flatMap({ Int32(trimmingBlanks($0)) }), asked >= 0 else {
      return delay
    }
    return min(max(.milliseconds(asked), delay), delay + Self.retryAfterSlack)
  }
}

/// Tokens that the retries of all requests of a client share: few failures are retried, an outage
/// is not.
package struct RetryQuota: Hashable, Sendable {
  private let capacity: Int
  package private(set) var available: Int

  package init(capacity: Int = 500) {
    self.capacity = capacity
    available = capacity
  }

  fileprivate mutating func take(_ tokens: Int) -> Bool {
    guard tokens <= available else { return false }
    available -= tokens
    return true
  }

  fileprivate mutating func give(_ tokens: Int) {
    available = min(capacity, available + tokens)
  }
}

/// The attempts at one request.
package struct RetryAttempts: Hashable, Sendable {
  /// The number of the attempt under way, from 1.
  package private(set) var current = 1
  /// How many of the attempts before the current one were repeated for nothing.
  private var free = 0
  /// The tokens that the last paid retry took from the quota.
  private var taken = 0

  package init() {}

  /// Decides what follows a failure, and pays for it.
  ///
  /// `throttledFor` is how long the service has done nothing but ask for fewer requests.
  package mutating func failed(
    _ cause: RetryCause, retryAfter: String? = nil, throttledFor: Duration = .zero,
    policy: RetryPolicy, quota: inout RetryQuota, random: Double
  ) -> RetryDecision {
    guard cause != .other else { return .giveUp(.notRetryable) }
    if cause == .throttling, let patience = policy.throttlingPatience {
      guard throttledFor < patience else { return .giveUp(.patienceExhausted) }
      free += 1
    } else {
      guard current - free < policy.attemptsMax else { return .giveUp(.attemptsExhausted) }
      let cost = cause == .throttling ? 5 : 14
      guard quota.take(cost) else { return .giveUp(.quotaExhausted) }
      taken = cost
    }
    let delay = policy.delay(
      beforeRetry: current - 1, after: cause, retryAfter: retryAfter, random: random)
    current += 1
    return .retry(after: delay)
  }

  /// Gives back what the last retry took, or one token for a success at once.
  package func succeeded(quota: inout RetryQuota) {
    quota.give(current == 1 ? 1 : taken)
  }
}
