internal import Synchronization

/// How much the requests of one command may cost together: it stops before the request that would pass that.
///
/// Amounts are thousandths of a microdollar.
///
///     let limit = SpendingLimit(nanodollarsMax: 5_000_000)
///     limit.begin(price: { region, isList in … }, stopped: { task.cancel() })
package final class SpendingLimit: Sendable {
  package enum Stop: Equatable, Sendable {
    /// The next request would have passed the limit.
    case reached
    /// What a request to this region costs is not known.
    case unpriced(region: String)
  }

  /// What one request costs; nil where that is not known.
  package typealias Price = @Sendable (_ region: String, _ isList: Bool) -> Int64?

  private struct State {
    var spent: Int64 = 0
    var stop: Stop?
    var price: Price = { _, _ in 0 }
    var stopped: @Sendable () -> Void = {}
  }

  package let nanodollarsMax: Int64
  private let state = Mutex(State())

  package init(nanodollarsMax: Int64) { self.nanodollarsMax = nanodollarsMax }

  /// From here on requests cost something; `stopped` is called when no further one may be sent, perhaps more
  /// than once.
  package func begin(price: @escaping Price, stopped: @escaping @Sendable () -> Void) {
    state.withLock { ($0.price, $0.stopped) = (price, stopped) }
  }

  /// What was spent: every request that was sent, but for those that AWS does not bill.
  package var nanodollarsSpent: Int64 { state.withLock(\.spent) }

  /// Why no further request may be sent; nil while some may.
  package var stop: Stop? { state.withLock(\.stop) }

  /// Counts a request that is about to be sent; false where it may not be, nor any after it.
  func admits(_ region: String, isList: Bool) -> Bool {
    let stopped = state.withLock { state -> (@Sendable () -> Void)? in
      guard state.stop == nil else { return state.stopped }
      guard let price = state.price(region, isList) else {
        state.stop = .unpriced(region: region)
        return state.stopped
      }
      guard price <= nanodollarsMax - state.spent else {
        state.stop = .reached
        return state.stopped
      }
      state.spent += price
      return nil
    }
    stopped?()
    return stopped == nil
  }

  /// Takes back what a request was counted for that AWS does not bill: answers with a 5xx.
  func refund(to region: String, isList: Bool) {
    state.withLock { $0.spent -= $0.price(region, isList) ?? 0 }
  }
}
