import HTTPServing
import System

extension Delivery {
  /// What the server is to do; waits as long as the delivery says, on this connection's own thread.
  consuming func loopbackAnswer() -> LoopbackAnswer {
    SystemClock.block(for: delay)
    if answer.isLost { return .lost }
    let status = answer.status
    let headers = answer.headers
    if let (fault, random) = answer.wireFault {
      let raw = fault.rawAnswer(
        status: status, headers: headers, body: answer.body.bytes, random: random)
      return .raw { socket in socket.send(raw) }
    }
    if let content = answer.content {
      let sender = BodySender(content, pace: pace)
      return .answer(status: status, headers: headers, body: sender.pieces)
    }
    if let length = answer.announcedLength {
      return .answer(status: status, headers: headers, body: .announced(length: length))
    }
    let body = ForeignBytes(taking: answer.body.take())
    return .answer(status: status, headers: headers, body: .bytes(body))
  }
}
