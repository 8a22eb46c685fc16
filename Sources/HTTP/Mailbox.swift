import Synchronization

/// A request with the one who waits for it.
struct Submission: Sendable {
  let id: UInt64
  let request: HTTPRequest
  let continuation: CheckedContinuation<Result<HTTPResponse, HTTPError>, Never>

  func resume(_ result: Result<HTTPResponse, HTTPError>) {
    continuation.resume(returning: result)
  }

  func fail(_ kind: HTTPError.Kind, _ message: String) {
    resume(.failure(HTTPError(kind, message, url: request.url)))
  }
}

/// Where tasks leave their orders for the transport thread.
///
/// Its length is bounded by the number of tasks, each of which waits for its own answer.
final class Mailbox: Sendable {
  enum Order: Sendable {
    case send(Submission)
    case cancel(UInt64)
    case resume(UInt64)
  }

  private struct State {
    var orders: [Order] = []
    var isClosed = false
  }

  /// Driven by the transport thread alone; it is here because orders must wake it up.
  let multi: MultiHandle
  private let state = Mutex(State())
  private let lastID = Atomic<UInt64>(0)

  init(_ multi: consuming MultiHandle) {
    self.multi = multi
  }

  func nextID() -> UInt64 {
    lastID.add(1, ordering: .relaxed).newValue
  }

  /// Passes a request on, or fails it when the mailbox is closed.
  func post(_ submission: Submission) {
    guard append(.send(submission)) else {
      return submission.fail(.cancelled, "the client was shut down")
    }
  }

  /// Cancels the request if it was posted before and has no answer yet.
  func cancel(_ id: UInt64) {
    _ = append(.cancel(id))
  }

  /// Goes on with a transfer whose body was refused for a while.
  func resume(_ id: UInt64) {
    _ = append(.resume(id))
  }

  func close() {
    state.withLock { $0.isClosed = true }
    multi.wakeUp()
  }

  /// Moves all orders into `orders`, which must be empty; false once the mailbox is closed.
  ///
  /// No order is accepted after the closing, so the orders of that call are the last.
  func take(into orders: inout [Order]) -> Bool {
    state.withLock { state in
      swap(&state.orders, &orders)
      return !state.isClosed
    }
  }

  private func append(_ order: Order) -> Bool {
    let (isAccepted, isFirst) = state.withLock { state in
      guard !state.isClosed else { return (false, false) }
      state.orders.append(order)
      return (true, state.orders.count == 1)
    }
    // The thread takes all orders at once: only the first has to wake it.
    if isFirst { multi.wakeUp() }
    return isAccepted
  }
}
