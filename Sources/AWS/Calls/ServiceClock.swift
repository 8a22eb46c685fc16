internal import HTTP
package import Signing
internal import Synchronization

/// How far the services' clock is ahead of this machine's.
///
/// All callers that sign with this machine's time share one clock: when a service refuses a signature
/// of one caller because of its time, the others correct theirs too. The offset is zero as long as
/// this machine's time serves.
package final class ServiceClock: Sendable {
  /// Below this a difference is no reason for a refusal: services allow 5 minutes, S3 allows 15.
  static let offsetSecondsMin: Int64 = 4 * 60
  /// Denials are seldom about the time: only beyond what every service refuses is it suspected.
  static let offsetSecondsOfDenialsMin: Int64 = 15 * 60

  private let offset = Mutex<Int64>(0)

  package init() {}

  package var offsetSeconds: Int64 {
    get { offset.withLock { $0 } }
    set { offset.withLock { $0 = newValue } }
  }

  /// The services' time when this machine's is `time`.
  package func corrected(_ time: SigningTime) -> SigningTime {
    time.advanced(bySeconds: offsetSeconds)
  }
}

extension HTTPHeaders {
  /// How far the clock of who answered is ahead of a machine's that shows `now`; nil without a Date.
  func clockOffsetSeconds(at now: SigningTime) -> Int64? {
    self["date"].flatMap { SigningTime(written: $0) }
      .map { $0.secondsSinceEpoch - now.secondsSinceEpoch }
  }
}
