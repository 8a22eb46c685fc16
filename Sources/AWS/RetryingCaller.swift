package import HTTP
package import Signing
internal import Synchronization

/// What is asked of a service, before it is signed.
package struct ServiceCall: Sendable {
  package var method: String
  package var endpoint: Endpoint
  package var path: [UInt8]
  package var query: [QueryParameter]
  package var headers: [HTTPHeader]
  package var region: Region
  /// Longer answers are an error.
  package var bodyBytesMax: Int
  /// Whether answers to it are billed as LIST requests.
  package var isList: Bool
  /// Called whenever an attempt failed and another follows.
  package var noteRetry: @Sendable () -> Void

  package init(
    method: String = "GET", endpoint: Endpoint, path: [UInt8] = [], query: [QueryParameter] = [],
    headers: [HTTPHeader] = [], region: Region, bodyBytesMax: Int, isList: Bool = false,
    noteRetry: @escaping @Sendable () -> Void = {}
  ) {
    self.method = method
    self.endpoint = endpoint
    self.path = path
    self.query = query
    self.headers = headers
    self.region = region
    self.bodyBytesMax = bodyBytesMax
    self.isList = isList
    self.noteRetry = noteRetry
  }
}

/// An error in an answer that knows whether the same request may succeed when sent again.
package protocol JudgedError: Error {
  var retryCause: RetryCause { get }
}

/// What a client has asked of its service so far.
package struct RequestCounts: Equatable, Sendable {
  /// Every attempt.
  package var sent: Int64 = 0
  package var retries: Int64 = 0
  /// LIST requests with an answer below 500: AWS bills those, also when they were refused.
  package var billedLists: Int64 = 0

  package init() {}
}

/// Signs and sends calls, and sends them again as the retry policy says.
///
/// Time, randomness and sleep come in, so that tests run on a clock of their own.
package final class RetryingCaller: Sendable {
  private let http: HTTPClient
  private let builder: RequestBuilder
  private let credentials: CredentialSource
  private let policy: RetryPolicy
  private let environment: CallerEnvironment
  private let state: Mutex<State>

  private struct State {
    var quota: RetryQuota
    var counts = RequestCounts()
    /// Whether the service has ever answered: one that never did is likely not there at all.
    var hasAnswered = false
  }

  /// Until the service has answered for the first time, the SDKs' three attempts are the limit: a
  /// wrong endpoint is told at once.
  ///
  /// `quota` is the retries that all calls may use up together while failing.
  package init(
    http: HTTPClient, builder: RequestBuilder = RequestBuilder(),
    credentials: @escaping CredentialSource, policy: RetryPolicy, quota: RetryQuota = RetryQuota(),
    environment: CallerEnvironment
  ) {
    self.http = http
    self.builder = builder
    self.credentials = credentials
    self.policy = policy
    self.environment = environment
    state = Mutex(State(quota: quota))
  }

  package var counts: RequestCounts { state.withLock(\.counts) }

  /// Sends a call until `read` makes an answer of a response, or there is no hope left.
  ///
  /// `read` throws a `JudgedError` for an answer that is an error, also one with status 200. What
  /// the last attempt threw is thrown on: that error or `HTTPError`, or `CancellationError`.
  package func send<Answer>(
    _ call: ServiceCall, read: (HTTPResponse) throws -> Answer
  ) async throws -> Answer {
    var attempts = RetryAttempts()
    while true {
      var retryAfter: String?
      do {
        let response = try await attempt(call)
        retryAfter = response.headers["x-amz-retry-after"]
        let answer = try read(response)
        state.withLock { attempts.succeeded(quota: &$0.quota) }
        return answer
      } catch {
        try Task.checkCancellation()
        let decision = decide(error, retryAfter: retryAfter, &attempts)
        guard case .retry(let delay) = decision else { throw error }
        call.noteRetry()
        try await environment.sleep(delay)
      }
    }
  }

  private func attempt(_ call: ServiceCall) async throws -> HTTPResponse {
    let time = environment.now()
    var request = builder.request(
      method: call.method, endpoint: call.endpoint, path: call.path, query: call.query,
      headers: call.headers, credentials: try await credentials(time), region: call.region,
      time: time)
    request.bodyBytesMax = call.bodyBytesMax
    state.withLock { $0.counts.sent += 1 }
    let response = try await http.send(request)
    state.withLock { state in
      state.hasAnswered = true
      if call.isList, response.status < 500 { state.counts.billedLists += 1 }
    }
    return response
  }

  private func decide(
    _ error: any Error, retryAfter: String?, _ attempts: inout RetryAttempts
  ) -> RetryDecision {
    let cause: RetryCause =
      switch error {
      case let error as any JudgedError: error.retryCause
      case let error as HTTPError: RetryCause(error)
      default: .other
      }
    return state.withLock { state in
      var policy = policy
      if !state.hasAnswered {
        policy.attemptsMax = min(policy.attemptsMax, RetryPolicy.attemptsMaxDefault)
      }
      let decision = attempts.failed(
        cause, retryAfter: retryAfter, policy: policy, quota: &state.quota,
        random: environment.random())
      if case .retry = decision { state.counts.retries += 1 }
      return decision
    }
  }
}

/// Time, sleep and chance, as a caller needs them.
package struct CallerEnvironment: Sendable {
  package var now: @Sendable () -> SigningTime
  package var sleep: @Sendable (Duration) async throws -> Void
  /// A number in 0...1.
  package var random: @Sendable () -> Double

  package init(
    now: @escaping @Sendable () -> SigningTime,
    sleep: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) },
    random: @escaping @Sendable () -> Double = { Double.random(in: 0...1) }
  ) {
    self.now = now
    self.sleep = sleep
    self.random = random
  }
}
