internal import Synchronization

/// At most so many requests a second: tells each when it may be sent.
///
/// Requests get moments in a row, so that those who wait sleep once and no moment is lost. Pure:
/// the time comes in. In any stretch of time, at most its length times the rate and one burst of
/// requests have their moments.
package struct RequestPace: Sendable {
  package typealias Instant = ContinuousClock.Instant

  /// A tenth of a second may be made up for: a late thread does not slow a crawl.
  private static let burst = Duration.milliseconds(100)

  private let interval: Duration
  private let slack: Duration
  /// The moment of the next request if it keeps strictly to the rate.
  private var next: Instant?

  package init(perSecond: Double) {
    precondition(perSecond.isFinite && perSecond > 0)
    interval = .seconds(1 / perSecond)
    // The burst's requests are a tenth of a second's worth, but one at least.
    slack = max(.zero, Self.burst - interval)
  }

  /// Takes the next moment for a request, and returns how long from `now` it is.
  package mutating func reserve(at now: Instant) -> Duration {
    let moment = next.map { max(now - slack, $0) } ?? now
    next = moment + interval
    return max(.zero, moment - now)
  }
}

/// A pace that several callers share, so that their requests together keep to it.
package final class SharedPace: Sendable {
  private let pace: Mutex<RequestPace>

  package init(perSecond: Double) {
    pace = Mutex(RequestPace(perSecond: perSecond))
  }

  /// Takes the next moment for a request, as `RequestPace` does, and returns how long it is until
  /// then.
  package func reserve(at now: RequestPace.Instant) -> Duration {
    pace.withLock { $0.reserve(at: now) }
  }
}
