internal import Synchronization

/// All requests of a server that wait for their answers; safe to use from any thread.
final class AnswerDesk: Sendable {
  /// The answers that are on their way.
  let unsent: UnsentAnswers
  private struct State {
    var waiting: [ObjectIdentifier: Exchange] = [:]
    /// Connections end with their answers.
    var isClosing = false
    /// Nobody is asked any more.
    var isClosed = false
  }

  private let state = Mutex(State())

  init(unsent: UnsentAnswers) { self.unsent = unsent }

  var isClosing: Bool { state.withLock { $0.isClosing } }

  /// False when the desk is closed.
  func add(_ exchange: Exchange) -> Bool {
    state.withLock { state in
      guard !state.isClosed else { return false }
      state.waiting[ObjectIdentifier(exchange)] = exchange
      return true
    }
  }

  func remove(_ exchange: Exchange) {
    state.withLock { $0.waiting[ObjectIdentifier(exchange)] = nil }
  }

  /// From now on connections end with their answers.
  func beginClosing() { state.withLock { $0.isClosing = true } }

  /// Answers all that wait with 503, and lets nobody be asked any more: no connection sleeps after that.
  func close() {
    let waiting = state.withLock { state in
      state.isClosing = true
      state.isClosed = true
      return Array(state.waiting.values)
    }
    for exchange in waiting { exchange.answer(.bare(status: 503)) }
  }
}
