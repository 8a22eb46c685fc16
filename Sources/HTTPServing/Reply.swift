/// The way back to a client.
///
/// Answers once, from any thread: more answers are ignored, and one that goes without an answer sends 500.
package final class Reply: Sendable {
  private let exchange: Exchange

  init(_ exchange: Exchange) { self.exchange = exchange }

  deinit { exchange.answer(.bare(status: 500)) }

  /// Whether there is memory for an answer of so many bytes until its client has taken it, which is kept for it then.
  ///
  /// An answer that has none is sent as 503.
  package func hasRoom(forBytes count: Int) -> Bool { exchange.makeRoom(count) }

  /// Hands the answer over and returns; a client that has gone is no error.
  package func send(_ answer: ServedAnswer) { exchange.answer(answer) }
}
