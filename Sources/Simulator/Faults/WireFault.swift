/// An answer as it goes over the wire, byte by byte, when the HTTP library would never send it so.
struct RawAnswer {
  /// Sent at once.
  var bytes: [UInt8]
  var ending: Ending

  /// What follows the bytes; the connection is closed after it.
  enum Ending: Equatable {
    case close
    case reset
    /// Nothing, until the client has closed the connection.
    case silence
    /// These, one a second.
    case trickle([UInt8])
    /// Blanks, until the client has had enough.
    case blanks
  }
}

extension WireFault {
  /// What becomes of a right answer.
  func rawAnswer(
    status: Int, headers: [(name: String, value: String)], body: [UInt8], random: UInt64
  ) -> RawAnswer {
    func head(_ framing: String) -> [UInt8] {
      var text = "HTTP/1.1 \(status) \(status == 200 ? "OK" : "Answer")\r\n"
      for (name, value) in headers { text += "\(name): \(value)\r\n" }
      return Array("\(text)\(framing)\r\n\r\n".utf8)
    }
    func length(_ bytes: Int) -> [UInt8] { head("Content-Length: \(bytes)") }
    // The part of the body that is sent: at least a byte, and never the last one.
    let some = body.count < 2 ? 0 : 1 + Int(random % UInt64(body.count - 1))
    let part = Array(body[..<some])
    let toTheEnd = "Connection: close"
    switch self {
    case .resetHead, .cutHead:
      let whole = length(body.count)
      let some = 1 + Int(random % UInt64(whole.count - 3))
      return RawAnswer(
        bytes: Array(whole[..<some]), ending: self == .resetHead ? .reset : .close)
    case .resetBody: return RawAnswer(bytes: length(body.count) + part, ending: .reset)
    case .cutBody: return RawAnswer(bytes: length(body.count) + part, ending: .close)
    case .cutChunk:
      let size = Array("\(String(body.count, radix: 16))\r\n".utf8)
      return RawAnswer(bytes: head("Transfer-Encoding: chunked") + size + part, ending: .close)
    case .cutUnannounced: return RawAnswer(bytes: head(toTheEnd) + part, ending: .close)
    case .cutDocument: return RawAnswer(bytes: length(some) + part, ending: .close)
    case .lengthLong: return RawAnswer(bytes: length(body.count + 1_000) + body, ending: .close)
    case .lengthShort: return RawAnswer(bytes: length(some) + body, ending: .silence)
    case .endlessBody: return RawAnswer(bytes: head(toTheEnd) + part, ending: .blanks)
    case .slow: return RawAnswer(bytes: length(body.count), ending: .trickle(body))
    case .stall: return RawAnswer(bytes: length(body.count) + part, ending: .silence)
    case .silence: return RawAnswer(bytes: [], ending: .silence)
    }
  }
}
