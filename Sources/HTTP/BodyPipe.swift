import Synchronization

/// Leads a body from the transport thread to the one task that takes it, piece by piece: never more of it
/// than `bytesMax` is in memory.
///
/// A request that is sent again begins the body again, which the task is told.
///
/// ```swift
/// let pipe = BodyPipe { $0.status == 200 }
/// async let response = send(request, into: pipe)     // calls pipe.finish() at its end
/// while let event = await pipe.next() {
///   switch event {
///   case .begin(let head): …      // forget what came before
///   case .bytes(let piece): …
///   }
/// }
/// ```
package final class BodyPipe: BodySink {
  package enum Event: Sendable {
    /// A body begins, with the response that it belongs to.
    case begin(HTTPResponse)
    case bytes([UInt8])
  }

  private struct State {
    var head: HTTPResponse?
    var bytes: [UInt8] = []
    var flow: BodyFlow?
    var isPaused = false
    var isFinished = false
    var reader: CheckedContinuation<Event?, Never>?
  }

  private let bytesMax: Int
  private let isWanted: @Sendable (HTTPResponse) -> Bool
  private let state = Mutex(State())

  /// `isWanted` says whose body is led through: an error's answer is left to the response.
  package init(bytesMax: Int = 256 << 10, isWanted: @escaping @Sendable (HTTPResponse) -> Bool) {
    self.bytesMax = bytesMax
    self.isWanted = isWanted
  }

  package func accepts(_ head: HTTPResponse, _ flow: BodyFlow) -> Bool {
    guard isWanted(head) else { return false }
    state.withLock { state in
      state.head = head
      state.bytes.removeAll(keepingCapacity: true)
      // The room for a small body at once, instead of piece by piece.
      let length = head.headers["content-length"].flatMap { Int($0) } ?? 0
      if length <= bytesMax { state.bytes.reserveCapacity(length) }
      state.flow = flow
      state.isPaused = false
    }
    return true
  }

  package func take(_ part: UnsafeRawBufferPointer) -> Bool {
    let (isTaken, wake) = state.withLock { state -> (Bool, (() -> Void)?) in
      guard state.bytes.isEmpty || state.bytes.count + part.count <= bytesMax else {
        state.isPaused = true
        return (false, Self.wake(&state))
      }
      unsafe state.bytes.append(contentsOf: part)
      // A reader is woken for a good deal only: small bodies come to it whole.
      return (true, state.bytes.count >= bytesMax / 2 ? Self.wake(&state) : nil)
    }
    wake?()
    return isTaken
  }

  /// Says that no more comes, after the response or instead of it.
  package func finish() {
    let wake = state.withLock { state in
      state.isFinished = true
      return Self.wake(&state)
    }
    wake?()
  }

  /// What comes next, for the one task that asks; nil at the end.
  package func next() async -> Event? {
    await withCheckedContinuation { continuation in
      let act = state.withLock { state -> (() -> Void)? in
        state.reader = continuation
        let isWorthIt = state.isFinished || state.isPaused || state.bytes.count >= bytesMax / 2
        return isWorthIt ? Self.wake(&state) : nil
      }
      act?()
    }
  }

  /// Takes out what a waiting reader gets; what has to be done without the lock is returned.
  private static func wake(_ state: inout State) -> (() -> Void)? {
    guard let reader = state.reader else { return nil }
    if let head = state.head {
      state.head = nil
      state.reader = nil
      return { reader.resume(returning: .begin(head)) }
    }
    if !state.bytes.isEmpty {
      let bytes = state.bytes
      state.bytes = []
      let flow = state.isPaused ? state.flow : nil
      state.isPaused = false
      state.reader = nil
      return {
        reader.resume(returning: .bytes(bytes))
        flow?.resume()
      }
    }
    guard state.isFinished else { return nil }
    state.reader = nil
    return { reader.resume(returning: nil) }
  }
}
