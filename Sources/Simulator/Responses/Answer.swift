/// A computed answer.
struct Answer: ~Copyable {
  var status: Int
  var headers: [(name: String, value: String)]
  var contentType: String
  var body: ByteBuffer
  /// The Content-Length of an answer to HEAD, whose body nobody sees.
  var announcedLength: Int64?
  /// Bytes of an object, in place of `body`.
  var content: ContentBody?
  /// Whether the connection ends in place of it.
  var isLost = false
  /// What goes wrong on its way to the client.
  var wireFault: (kind: WireFault, random: UInt64)?

  init(
    status: Int, headers: [(name: String, value: String)] = [],
    contentType: String = "application/xml", body: consuming ByteBuffer
  ) {
    self.status = status
    self.headers = headers
    self.contentType = contentType
    self.body = body
  }
}

extension Answer {
  /// For what cannot happen: no fault was asked for, so there is an answer.
  static var impossible: Answer { Answer(status: 500, body: ByteBuffer()) }
}

/// How an answer reaches the client: the seam between what was computed and what is sent.
///
/// Latency and bandwidth are decided here, by the server, when the answer is known. An answer with
/// a `wireFault` is sent past the HTTP library.
struct Delivery: ~Copyable {
  var answer: Answer
  /// Before the first byte is sent.
  var delay: Duration
  /// How long each piece of an object's bytes waits for the link; nil where there is no limit.
  var pace: (@Sendable (Int) -> Duration)?

  init(_ answer: consuming Answer, after delay: Duration) {
    self.answer = answer
    self.delay = delay
  }
}
