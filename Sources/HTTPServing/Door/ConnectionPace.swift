internal import System

/// What one connection is doing, and whether that takes too long: a pure value, which is told the time.
struct ConnectionPace {
  enum Phase: Equatable {
    /// A request has to come: since the connection began, or since its first byte after other requests. `before` is what
    /// had come until then: what looks like a first byte may be the end of what the client sends.
    case receiving(since: ContinuousClock.Instant, before: UInt64)
    /// Nothing has come since the last request. `received` is what had come until then; nil if nobody knows.
    case idle(since: ContinuousClock.Instant, received: UInt64?)
    /// Somebody is to answer.
    case asked
    /// An answer is on its way. `acknowledged` is what the client had taken at `since`; nil if nobody knows.
    case sending(since: ContinuousClock.Instant, acknowledged: UInt64?)
  }

  private static let greetingBytes: UInt64 = 256

  private(set) var phase: Phase
  /// How many requests have come.
  private(set) var requests = 0
  private(set) var isCut = false
  /// What had come with the last request: what comes later is the next one.
  private var received: UInt64?

  /// When the last answer began, and what the client had acknowledged then.
  private var answer: (began: ContinuousClock.Instant, acknowledged: UInt64?)?

  init(now: ContinuousClock.Instant) { phase = .receiving(since: now, before: 0) }

  mutating func requestCame(_ traffic: HeldSocket.Traffic?) {
    requests += 1
    received = traffic?.received
    phase = .asked
  }

  mutating func answerBegins(now: ContinuousClock.Instant, _ traffic: HeldSocket.Traffic?) {
    phase = .sending(since: now, acknowledged: traffic?.acknowledged)
    answer = (now, traffic?.acknowledged)
  }

  /// How the client takes the answer that is on its way; nil where there is none.
  func taking(now: ContinuousClock.Instant, _ traffic: HeldSocket.Traffic?) -> TakingPace? {
    guard case .sending = phase, let answer else { return nil }
    let elapsed = now - answer.began
    guard let before = answer.acknowledged, let traffic else {
      return TakingPace(elapsed: elapsed, bytesPerSecond: nil)
    }
    let taken = Double(traffic.acknowledged - min(before, traffic.acknowledged))
    return TakingPace(elapsed: elapsed, bytesPerSecond: taken / max(elapsed / .seconds(1), 0.001))
  }

  mutating func answerEnds(now: ContinuousClock.Instant) {
    phase = .idle(since: now, received: received)
  }

  mutating func cut() { isCut = true }

  /// Whether the connection, which is ending now, was within a request that nobody has seen.
  ///
  /// With TLS each side ends with bytes of its own, and nobody tells those from a request's; what can be told is
  /// whether the two came to terms, as the certificate and what belongs to it are more than `greetingBytes`.
  func isWithinRequest(_ traffic: HeldSocket.Traffic?, isTLS: Bool = false) -> Bool {
    guard !isCut, let traffic else { return false }
    if isTLS {
      return requests == 0 && traffic.received > 1 && traffic.acknowledged < Self.greetingBytes
    }
    // The end of what a client sends counts as a byte.
    switch phase {
    case .receiving(_, let before): return traffic.received > before + 1
    case .idle(_, let received): return received.map { traffic.received > $0 + 1 } ?? false
    case .asked, .sending: return false
    }
  }

  /// Since when nothing has been asked; nil while a request is at work.
  var withoutRequestSince: ContinuousClock.Instant? {
    switch phase {
    case .receiving(let since, _), .idle(let since, _): isCut ? nil : since
    case .asked, .sending: nil
    }
  }

  /// What has to happen now.
  enum Verdict: Equatable {
    case fine
    /// Closed, as both sides may at any time between two requests.
    case retire
    case cut(Refusal.Reason)
  }

  mutating func check(
    now: ContinuousClock.Instant, _ traffic: HeldSocket.Traffic?, _ settings: ListenSettings
  ) -> Verdict {
    guard !isCut else { return .fine }
    switch phase {
    case .asked: return .fine
    case .receiving(let since, _):
      return now - since >= settings.requestTime ? .cut(.slowRequest) : .fine
    case .idle(let since, let received):
      // Where nobody tells what has come, anything may have.
      guard let received, let traffic else {
        return now - since >= settings.requestTime ? .retire : .fine
      }
      if traffic.received > received {
        phase = .receiving(since: now, before: received)
        return .fine
      }
      return now - since >= settings.idleTime ? .retire : .fine
    case .sending(let since, let acknowledged):
      guard now - since >= settings.slowTime, let acknowledged, let traffic else { return .fine }
      let least = UInt64(settings.slowBytesPerSecond) * UInt64(settings.slowTime.components.seconds)
      guard traffic.acknowledged >= acknowledged + least else { return .cut(.slowReader) }
      phase = .sending(since: now, acknowledged: traffic.acknowledged)
      return .fine
    }
  }
}
