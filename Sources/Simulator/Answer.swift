/// A computed answer.
struct Answer: ~Copyable {
  var status: Int
  var headers: [(name: String, value: String)]
  var body: ByteBuffer

  init(
    status: Int, headers: [(name: String, value: String)] = [], body: consuming ByteBuffer
  ) {
    self.status = status
    self.headers = headers
    self.body = body
  }
}

/// How an answer reaches the client: the seam between what was computed and what is sent.
///
/// Latency and bandwidth are decided here, by the server, when the answer is known; a fault would
/// be a delivery that alters it.
struct Delivery: ~Copyable {
  var answer: Answer
  /// Before the first byte is sent.
  var delay: Duration

  init(_ answer: consuming Answer, after delay: Duration) {
    self.answer = answer
    self.delay = delay
  }
}
