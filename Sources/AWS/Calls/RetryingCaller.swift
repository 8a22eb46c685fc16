package import HTTP
internal import Signing
internal import Synchronization

/// A request to a service before it is signed.
package struct ServiceCall: Sendable {
  package var method: String
  package var address: ServiceAddress
  package var path: [UInt8]
  package var query: [QueryParameter]
  package var headers: [HTTPHeader]
  package var body: [UInt8]
  /// Longer answers are an error.
  package var bodyBytesMax: Int
  /// Whether answers to it are billed as LIST requests.
  package var isList: Bool
  /// Where the body of the answer goes, anew with each attempt; nil for the response.
  package var sink: (any BodySink)?
  /// Attempts at this call at most, where that is fewer than the policy has; nil for as many.
  package var attemptsMax: Int?
  /// How long the service may work before it answers, blanks before the answer aside; nil for the
  /// transport's own limits.
  package var workMax: Duration?
  /// The credentials to sign the call with, instead of the client's own.
  package var credentials: CredentialSource?
  /// Called after each attempt that was sent, but for one whose task has been cancelled.
  package var observe: @Sendable (Attempt) -> Void

  package init(
    method: String = "GET", address: ServiceAddress, path: [UInt8] = [],
    query: [QueryParameter] = [], headers: [HTTPHeader] = [], body: [UInt8] = [],
    bodyBytesMax: Int, isList: Bool = false, credentials: CredentialSource? = nil,
    observe: @escaping @Sendable (Attempt) -> Void = { _ in }
  ) {
    self.method = method
    self.address = address
    self.path = path
    self.query = query
    self.headers = headers
    self.body = body
    self.bodyBytesMax = bodyBytesMax
    self.isList = isList
    self.credentials = credentials
    self.observe = observe
  }
}

/// An error in an answer that knows whether the same request may succeed when sent again.
package protocol JudgedError: Error {
  /// The service's error code; nil when the answer had none.
  var code: String? { get }
  var retryCause: RetryCause { get }
}

/// How many requests a client has sent so far.
package struct RequestCounts: Equatable, Sendable {
  /// Every attempt.
  package var sent: Int64 = 0
  package var retries: Int64 = 0
  /// LIST requests with an answer below 500: AWS bills those, also when they were refused.
  package var billedLists: Int64 = 0
  /// The same by the region that they were sent to, whose price they have.
  package var billedListsByRegion: [String: Int64] = [:]

  package init() {}
}

/// The end of patience with a service that does nothing but ask for fewer requests.
package struct PersistentThrottling: Error, CustomStringConvertible {
  package var patience: Duration
  /// The last answer's.
  package var error: any Error

  package var description: String {
    "the service has asked for fewer requests for \(patience.components.seconds / 60) minutes"
  }
}

/// Signs and sends calls, and sends them again as the retry policy says.
///
/// A call that a service refuses because of the signature's time, or because its credentials have
/// expired, is signed anew and sent once more, whatever the policy: by the service's clock, or with
/// new credentials.
///
/// Time, randomness and sleep come in, so that tests run on a clock of their own.
package final class RetryingCaller: Sendable {
  private let transport: CredentialContext.Sender
  private let builder: RequestBuilder
  private let credentials: CredentialSource
  private let policy: RetryPolicy
  private let attemptsUnansweredMax: Int
  private let pace: SharedPace?
  private let spending: SpendingLimit?
  private let environment: CallerEnvironment
  private let clock: ServiceClock
  private let state: Mutex<State>

  private struct State {
    var quota: RetryQuota
    var counts = RequestCounts()
    /// Whether the service has ever answered: one that never did is likely not there at all.
    var hasAnswered = false
    /// Since when it has done nothing but ask for fewer requests.
    var throttledSince: ContinuousClock.Instant?
    /// How far its clock was ahead when it first answered with a date.
    var dateOffsetSeconds: Int64?
  }

  /// One attempt as the transport saw it: its answer is not yet read.
  private struct Exchange {
    /// Nil until the request is sent.
    var startedAt: ContinuousClock.Instant?
    var endedAt: ContinuousClock.Instant?
    /// Nil when there was no answer, as the headers are.
    var status: Int?
    var headers: HTTPHeaders?
    /// The credentials and the time of the request's signature; nil for an unsigned request.
    var signature: (credentials: Credentials, time: SigningTime)?
  }

  /// What one call has tried against refusals of its signature, each once.
  private struct Remedies {
    /// How far the service's clock is thought to be ahead, until an answer shows that this was the
    /// trouble.
    var clockOffsetSeconds: Int64?
    /// Whether nothing but access denied spoke for that.
    var isGuess = false
    var hasRenewedCredentials = false
  }

  /// A caller that sends over `http`.
  ///
  /// Until the service has answered for the first time, `attemptsUnansweredMax` is the limit as well:
  /// a wrong endpoint is told at once. `quota` is the retries that all calls may use up together while
  /// failing; `pace` bounds the attempts of any kind, together with those of other callers that have
  /// it too, and `spending` what they cost.
  package convenience init(
    http: HTTPClient, builder: RequestBuilder = RequestBuilder(),
    credentials: CredentialSource, policy: RetryPolicy,
    attemptsUnansweredMax: Int = RetryPolicy.attemptsMaxDefault, quota: RetryQuota = RetryQuota(),
    pace: SharedPace? = nil, spending: SpendingLimit? = nil, environment: CallerEnvironment,
    clock: ServiceClock = ServiceClock()
  ) {
    self.init(
      send: { request throws(HTTPError) in try await http.send(request) }, builder: builder,
      credentials: credentials, policy: policy,
      attemptsUnansweredMax: attemptsUnansweredMax, quota: quota, pace: pace, spending: spending,
      environment: environment, clock: clock)
  }

  /// A caller that sends by `send`.
  ///
  /// `attemptsUnansweredMax` is the limit until the service has answered for the first time.
  init(
    send: @escaping CredentialContext.Sender, builder: RequestBuilder,
    credentials: CredentialSource, policy: RetryPolicy, attemptsUnansweredMax: Int,
    quota: RetryQuota = RetryQuota(), pace: SharedPace? = nil, spending: SpendingLimit? = nil,
    environment: CallerEnvironment, clock: ServiceClock
  ) {
    transport = send
    self.builder = builder
    self.credentials = credentials
    self.policy = policy
    self.attemptsUnansweredMax = attemptsUnansweredMax
    self.environment = environment
    self.pace = pace
    self.spending = spending
    self.clock = clock
    state = Mutex(State(quota: quota))
  }

  package var counts: RequestCounts { state.withLock(\.counts) }

  /// How far the service's clock is ahead of this machine's, where requests were refused for that.
  ///
  /// Requests are signed with the corrected time; 0 as long as the machine's serves.
  package var clockOffsetSeconds: Int64 { clock.offsetSeconds }

  /// How far the clock in the service's answers is ahead of this machine's, by the first `Date`; nil before
  /// there was one.
  ///
  /// Requests are signed with it only where this machine's own time is refused.
  package var dateOffsetSeconds: Int64? { state.withLock(\.dateOffsetSeconds) }

  /// Whether this machine's clock is so far from the answer's `Date` that AWS would refuse its
  /// signatures, although no refusal has named the clock as the reason so far.
  package func mayRefuseForTime(_ response: HTTPResponse) -> Bool {
    let offset = response.headers.clockOffsetSeconds(at: environment.now()) ?? 0
    return clockOffsetSeconds == 0 && abs(offset) > ServiceClock.offsetSecondsOfDenialsMin
  }

  /// Whether requests are sent unsigned.
  package var isAnonymous: Bool { credentials.isAnonymous }

  /// Sends a call until `read` makes an answer of a response, or there is no hope left.
  ///
  /// `read` throws a `JudgedError` for an answer that is an error, also one with status 200. What
  /// the last attempt threw is thrown on: that error or `HTTPError`, or `CancellationError`; or
  /// `PersistentThrottling` with that error in it.
  package func send<Answer>(
    _ call: ServiceCall, read: (HTTPResponse) throws -> Answer
  ) async throws -> Answer {
    var attempts = RetryAttempts()
    var remedies = Remedies()
    while true {
      var exchange = Exchange()
      do {
        let answer = try read(try await attempt(call, remedies, &exchange))
        state.withLock { state in
          attempts.succeeded(quota: &state.quota)
          state.throttledSince = nil
        }
        if let offset = remedies.clockOffsetSeconds { clock.offsetSeconds = offset }
        report(.succeeded, exchange, to: call)
        return answer
      } catch {
        try Task.checkCancellation()
        if try await remedy(error, exchange, to: call, &remedies) { continue }
        let cause = cause(of: error)
        let decision = decide(cause, exchange, &attempts, of: call)
        let isThrottled = cause == .throttling || exchange.status == 503
        guard case .retry(let delay) = decision else {
          report(isThrottled ? .throttled : .failed, exchange, to: call)
          throw Self.finalError(error, decision, policy)
        }
        report(isThrottled ? .throttled : .failed, exchange, to: call, isRetried: true)
        try await environment.sleep(delay)
      }
    }
  }

  private func attempt(
    _ call: ServiceCall, _ remedies: Remedies, _ exchange: inout Exchange
  ) async throws -> HTTPResponse {
    // Before the signature, which a long wait would make too old.
    if let wait = pace?.reserve(at: environment.monotonic()), wait > .zero {
      try await environment.sleep(wait)
    }
    let time = correctedTime(remedies)
    let credentials = try await (call.credentials ?? credentials).credentials(at: time)
    exchange.signature = credentials.map { ($0, time) }
    var request = builder.request(
      method: call.method, address: call.address, path: call.path, query: call.query,
      headers: call.headers, body: call.body, credentials: credentials, time: time)
    request.bodyBytesMax = call.bodyBytesMax
    request.sink = call.sink
    if let workMax = call.workMax {
      request.timeouts.firstByte = workMax
      (request.timeouts.stall, request.timeouts.stallBytesMin) = (workMax, 1)
    }
    // Nobody but this caller sends it again either.
    request.isSentOnce = call.attemptsMax == 1
    if let spending, !spending.admits(call.address.region.name, isList: call.isList) {
      // Who set the limit was told, and cancels this task; until then it is a request like any other.
      try await Task.sleep(for: .seconds(10))
      throw CancellationError()
    }
    state.withLock { $0.counts.sent += 1 }
    exchange.startedAt = environment.monotonic()
    defer { exchange.endedAt = environment.monotonic() }
    let response = try await transport(request)
    exchange.status = response.status
    exchange.headers = response.headers
    if response.status >= 500 {
      spending?.refund(to: call.address.region.name, isList: call.isList)
    }
    state.withLock { state in
      state.hasAnswered = true
      if state.dateOffsetSeconds == nil {
        state.dateOffsetSeconds = response.headers.clockOffsetSeconds(at: environment.now())
      }
      if call.isList, response.status < 500 {
        state.counts.billedLists += 1
        state.counts.billedListsByRegion[call.address.region.name, default: 0] += 1
      }
    }
    return response
  }

  private func correctedTime(_ remedies: Remedies) -> SigningTime {
    environment.now().advanced(bySeconds: remedies.clockOffsetSeconds ?? clockOffsetSeconds)
  }

  /// Finds out whether a refused request is worth sending once more with another signature.
  ///
  /// Throws what is in the way of new credentials: that says more than the refusal.
  private func remedy(
    _ error: any Error, _ exchange: Exchange, to call: ServiceCall, _ remedies: inout Remedies
  ) async throws -> Bool {
    guard let error = error as? any JudgedError, let signature = exchange.signature else {
      return false
    }
    let complaint = SigningComplaint(code: error.code, status: exchange.status)
    if let offset = remedies.clockOffsetSeconds {
      let isStillDenied = remedies.isGuess && complaint.contains(.denial)
      // Whatever is wrong now, it is no longer the time.
      if !complaint.contains(.clock), !isStillDenied { clock.offsetSeconds = offset }
    } else if let offset = newOffsetSeconds(complaint, exchange, signedFor: signature.time) {
      remedies.clockOffsetSeconds = offset
      remedies.isGuess = !complaint.contains(.clock)
      noteRepetition(exchange, of: call)
      return true
    }
    guard complaint.contains(.credentials) else { return false }
    return try await renew(signature.credentials, exchange, to: call, &remedies)
  }

  /// The correction of this machine's clock that a refusal calls for; nil when it is about something
  /// else.
  private func newOffsetSeconds(
    _ complaint: SigningComplaint, _ exchange: Exchange, signedFor time: SigningTime
  ) -> Int64? {
    let now = environment.now()
    guard let tolerated = complaint.offsetSecondsTolerated,
      let offset = exchange.headers?.clockOffsetSeconds(at: now),
      abs(offset - (time.secondsSinceEpoch - now.secondsSinceEpoch)) > tolerated
    else { return nil }
    // A request that waited for long before it was sent says nothing about the clock.
    return abs(offset) > ServiceClock.offsetSecondsMin ? offset : 0
  }

  /// Whether there are other credentials than those that were refused.
  private func renew(
    _ refused: Credentials, _ exchange: Exchange, to call: ServiceCall, _ remedies: inout Remedies
  ) async throws -> Bool {
    guard !remedies.hasRenewedCredentials else { return false }
    remedies.hasRenewedCredentials = true
    let source = call.credentials ?? credentials
    await source.discard(refused)
    do {
      let new = try await source.credentials(at: correctedTime(remedies))
      guard let new, new.signing != refused.signing else { return false }
    } catch {
      report(.failed, exchange, to: call)
      throw error
    }
    noteRepetition(exchange, of: call)
    return true
  }

  private func noteRepetition(_ exchange: Exchange, of call: ServiceCall) {
    state.withLock { $0.counts.retries += 1 }
    report(.failed, exchange, to: call, isRetried: true)
  }

  private func report(
    _ outcome: Attempt.Outcome, _ exchange: Exchange, to call: ServiceCall, isRetried: Bool = false
  ) {
    guard let startedAt = exchange.startedAt, let endedAt = exchange.endedAt else { return }
    call.observe(
      Attempt(outcome: outcome, startedAt: startedAt, endedAt: endedAt, isRetried: isRetried))
  }

  private func decide(
    _ cause: RetryCause, _ exchange: Exchange, _ attempts: inout RetryAttempts,
    of call: ServiceCall
  ) -> RetryDecision {
    let now = environment.monotonic()
    return state.withLock { state in
      switch cause {
      case .throttling: state.throttledSince = state.throttledSince ?? now
      // A refusal is a sign of life too.
      case .other where exchange.status != nil: state.throttledSince = nil
      case .transient, .other: break
      }
      var policy = policy
      policy.attemptsMax = min(policy.attemptsMax, call.attemptsMax ?? .max)
      if !state.hasAnswered {
        policy.attemptsMax = min(policy.attemptsMax, attemptsUnansweredMax)
      }
      let decision = attempts.failed(
        cause, retryAfter: exchange.headers?["x-amz-retry-after"],
        throttledFor: state.throttledSince.map { now - $0 } ?? .zero, policy: policy,
        quota: &state.quota, random: environment.random())
      if case .retry = decision { state.counts.retries += 1 }
      return decision
    }
  }

  private func cause(of error: any Error) -> RetryCause {
    switch error {
    case let error as any JudgedError: error.retryCause
    case let error as HTTPError where error.isSilence && !policy.repeatsSilence: .other
    case let error as HTTPError: RetryCause(error)
    default: .other
    }
  }

  private static func finalError(
    _ error: any Error, _ decision: RetryDecision, _ policy: RetryPolicy
  ) -> any Error {
    guard decision == .giveUp(.patienceExhausted), let patience = policy.throttlingPatience else {
      return error
    }
    return PersistentThrottling(patience: patience, error: error)
  }
}
