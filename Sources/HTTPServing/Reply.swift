/// The way back to a client.
///
/// Answers once, from any thread: more answers are ignored, and one that goes without an answer sends 500.
package final class Reply: Sendable {
  private let exchange: Exchange

  init(_ exchange: Exchange) { self.exchange = exchange }

  deinit { exchange.answer(ServedAnswer(status: 500, closes: true)) }

  /// Hands the answer over and returns; a client that has gone is no error.
  package func send(_ answer: ServedAnswer) { exchange.answer(answer) }
}
