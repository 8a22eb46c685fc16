import System

extension LentSocket {
  /// Sends an answer that the HTTP library would never send, on a connection's socket that it lends, and ends
  /// as the answer says, up to the closing, which is the library's.
  ///
  /// Blocks the connection's own thread. Everything ends when the client closes or the server stops.
  func send(_ answer: RawAnswer) {
    guard send(answer.bytes) else { return }
    switch answer.ending {
    case .close: break
    case .reset: reset()
    case .silence: waitForInput(milliseconds: -1)
    case .trickle(let bytes):
      // What can be read is the client's end; it has nothing to say before it has its answer.
      for byte in bytes where waitForInput(milliseconds: 1_000) || !send([byte]) { return }
    case .blanks:
      let blanks = [UInt8](repeating: UInt8(ascii: " "), count: 64 << 10)
      while send(blanks) {}
    }
  }
}
