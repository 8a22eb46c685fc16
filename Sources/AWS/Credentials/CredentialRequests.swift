package import HTTP

extension CredentialContext {
  /// Sends a request until an answer comes that sending it again would not better.
  ///
  /// Three attempts, as the SDKs' standard mode has them. An answer may still be a refusal; throws
  /// `HTTPError` when the last attempt brought none, `CancellationError` when the task is cancelled.
  package func sendRetrying(_ request: HTTPRequest) async throws -> HTTPResponse {
    var attempts = RetryAttempts()
    var quota = RetryQuota()
    while true {
      let outcome = await attempt(request)
      try Task.checkCancellation()
      let cause: RetryCause
      var retryAfter: String?
      switch outcome {
      case .success(let response) where response.status < 400: return response
      case .success(let response):
        cause = RetryCause(code: response.errorCode, status: response.status)
        retryAfter = response.headers["x-amz-retry-after"]
      case .failure(let error): cause = RetryCause(error)
      }
      let decision = attempts.failed(
        cause, retryAfter: retryAfter, policy: RetryPolicy(), quota: &quota,
        random: caller.random())
      guard case .retry(let delay) = decision else { return try outcome.get() }
      try await caller.sleep(delay)
    }
  }

  private func attempt(_ request: HTTPRequest) async -> Result<HTTPResponse, HTTPError> {
    do throws(HTTPError) {
      return .success(try await send(request))
    } catch {
      return .failure(error)
    }
  }
}
