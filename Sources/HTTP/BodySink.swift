/// Where the body of a response goes instead of into memory.
///
/// All calls come from the transport thread, one after another, and must not block: what cannot be taken
/// now is refused, which stops the transfer until its flow is resumed, and then comes again.
///
/// ```swift
/// func accepts(_ head: HTTPResponse, _ flow: BodyFlow) -> Bool { self.flow = flow; return head.status == 200 }
/// func take(_ part: UnsafeRawBufferPointer) -> Bool { queue.hasRoom ? queue.append(part) : false }
/// // elsewhere, when there is room again:
/// flow.resume()
/// ```
package protocol BodySink: Sendable {
  /// Called when a body begins, or when a response without one is complete.
  ///
  /// `head` is the response without its body. False leaves the body to the response, as without a sink:
  /// an error's answer is read there.
  func accepts(_ head: HTTPResponse, _ flow: BodyFlow) -> Bool

  /// Takes the next part of the body, or refuses it for now.
  func take(_ part: UnsafeRawBufferPointer) -> Bool
}

/// A body on its way, which its sink may have stopped.
package struct BodyFlow: Sendable {
  /// Goes on with a body that was refused; does nothing for one that is over.
  package let resume: @Sendable () -> Void
}
