package import HTTP

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

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

extension HTTPResponse {
  /// The code of an error of a service that speaks JSON; nil where there is none that reads like one.
  ///
  /// From `x-amzn-errortype`, else from the body (AWS restJson1 protocol, "Operation error
  /// serialization"; OAuth 2.0, RFC 6749, 5.2). Messages are not read: they may quote what was sent.
  package var errorCode: String? {
    let answer = JSONValue(parsing: body)
    let places = [
      answer?["error"]?.string, headers["x-amzn-errortype"], answer?["__type"]?.string,
      answer?["code"]?.string,
    ]
    for case let text? in places {
      // `aws.protocols#FooError:http://internal.amazon.com/` is FooError.
      let name = text.prefix { $0 != ":" }.split(separator: "#").last ?? ""
      if looksLikeCode(name) { return String(name) }
    }
    return nil
  }

  /// `status 403, ForbiddenException`, for messages.
  var refusal: String { "status \(status)" + (errorCode.map { ", \($0)" } ?? "") }
}

/// Whether what stands in the place of an error's code reads like one, and may be shown.
func looksLikeCode(_ text: some StringProtocol) -> Bool {
  (1...64).contains(text.utf8.count)
    && text.utf8.allSatisfy { isWordByte($0) || $0 == UInt8(ascii: ".") }
}

/// Whether it is an ASCII letter, digit or underscore.
func isWordByte(_ byte: UInt8) -> Bool {
  switch byte {
  case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
    true
  default: false
  }
}
