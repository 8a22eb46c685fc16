internal import HTTP

/// How long calls go on with a service that does not answer as it should.
package struct Patience: Hashable, Sendable {
  /// Without what the user set.
  package private(set) var retries: RetryPolicy
  /// No call waits longer for a connection; nil for the transport's own limit.
  package let connectMax: Duration?
  /// No call waits longer for the beginning of an answer; nil for the transport's own limit.
  package let firstByteMax: Duration?
  /// Whether the user may ask for more attempts.
  private var mayGrow: Bool

  package init(
    retries: RetryPolicy, connectMax: Duration? = nil, firstByteMax: Duration? = nil,
    mayGrow: Bool = false
  ) {
    self.retries = retries
    self.connectMax = connectMax
    self.firstByteMax = firstByteMax
    self.mayGrow = mayGrow
  }

  // A crawl of hours must outlive a stumble: the SDKs' three attempts are for single calls. Ten wait
  // for up to 25 seconds in all, and a quota for each request in flight keeps one bucket's trouble
  // from ending the others. Being asked for fewer requests is no trouble: it only takes longer.
  package static let ofCrawls = Patience(
    retries: RetryPolicy(attemptsMax: 10, throttlingPatience: .seconds(600)), mayGrow: true)

  /// Who looks for the trouble wants to hear of it, not to get over it: who was silent for ten
  /// seconds is not asked again.
  package static let ofExaminations = Patience(
    retries: RetryPolicy(attemptsMax: 2, repeatsSilence: false), firstByteMax: .seconds(10))

  /// Nobody waits long for an answer that is nice to have and that nothing depends on.
  package static let ofAsides = Patience(
    retries: RetryPolicy(attemptsMax: 2), connectMax: .seconds(3), firstByteMax: .seconds(5))

  /// The patience with single calls beside a crawl: the attempts of the SDKs at most.
  ///
  /// A bucket's property is such a call. A sync waits for it before it closes what is listed: a
  /// property that gets no answer is recorded as that, and asked for again the next night.
  package var forSingleCalls: Patience {
    var single = self
    single.retries = RetryPolicy(
      attemptsMax: min(retries.attemptsMax, RetryPolicy.attemptsMaxDefault),
      repeatsSilence: retries.repeatsSilence)
    single.mayGrow = false
    return single
  }

  /// The patience with calls that are each billed: as few attempts, while being asked for fewer requests costs
  /// nothing but time.
  package var forPaidCalls: Patience {
    var paid = forSingleCalls
    paid.retries.throttlingPatience = retries.throttlingPatience
    return paid
  }

  /// The policy when the user has set `attemptsMax`, or nothing.
  func retries(configured attemptsMax: Int?) -> RetryPolicy {
    var retries = retries
    if let attemptsMax {
      retries.attemptsMax = mayGrow ? attemptsMax : min(attemptsMax, retries.attemptsMax)
    }
    return retries
  }

  /// `send` with the waits of each request limited.
  func limiting(_ send: @escaping CredentialContext.Sender) -> CredentialContext.Sender {
    guard connectMax != nil || firstByteMax != nil else { return send }
    return { [connectMax, firstByteMax] request async throws(HTTPError) in
      var request = request
      if let connectMax { request.timeouts.connect = min(request.timeouts.connect, connectMax) }
      if let firstByteMax {
        request.timeouts.firstByte = min(request.timeouts.firstByte, firstByteMax)
      }
      return try await send(request)
    }
  }
}
