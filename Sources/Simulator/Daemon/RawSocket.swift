#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// A connection's socket, lent by the HTTP library for an answer that it would never send.
///
/// Blocks the connection's own thread. Everything ends when the client closes or the server stops.
struct RawSocket {
  private let descriptor: Int32

  init(descriptor: Int32) {
    self.descriptor = descriptor
    set(IPPROTO_TCP, TCP_NODELAY, Int32(1))
    #if canImport(Darwin)
      set(SOL_SOCKET, SO_NOSIGPIPE, Int32(1))
    #endif
  }

  /// Sends an answer and ends as it says, up to the closing, which is the library's.
  func send(_ answer: RawAnswer) {
    guard send(answer.bytes) else { return }
    switch answer.ending {
    case .close: break
    case .reset: reset()
    case .silence: waitForClient()
    case .trickle(let bytes):
      // What can be read is the client's end; it has nothing to say before it has its answer.
      for byte in bytes where isReady(POLLIN, milliseconds: 1_000) || !send([byte]) { return }
    case .blanks:
      let blanks = [UInt8](repeating: UInt8(ascii: " "), count: 64 << 10)
      while send(blanks) {}
    }
  }

  /// False when the client is gone.
  private func send(_ bytes: [UInt8]) -> Bool {
    #if canImport(Darwin)
      let flags: Int32 = 0
    #else
      let flags = Int32(MSG_NOSIGNAL)
    #endif
    return bytes.withUnsafeBytes { bytes in
      var sent = 0
      while sent < bytes.count {
        let count = write(UnsafeRawBufferPointer(rebasing: bytes[sent...]), flags)
        if count > 0 {
          sent += count
        } else if errno == EAGAIN || errno == EWOULDBLOCK {
          _ = isReady(POLLOUT, milliseconds: -1)
        } else if errno != EINTR {
          return false
        }
      }
      return true
    }
  }

  private func write(_ bytes: UnsafeRawBufferPointer, _ flags: Int32) -> Int {
    #if canImport(Glibc)
      Glibc.send(descriptor, bytes.baseAddress, bytes.count, flags)
    #else
      Darwin.send(descriptor, bytes.baseAddress, bytes.count, flags)
    #endif
  }

  /// Waits without limit when `milliseconds` is negative.
  private func isReady(_ event: Int32, milliseconds: Int32) -> Bool {
    var waiting = pollfd(fd: descriptor, events: Int16(event), revents: 0)
    var count: Int32
    repeat { count = poll(&waiting, 1, milliseconds) } while count == -1 && errno == EINTR
    return count != 0
  }

  /// Waits until the client says something, which is its end, or the server stops.
  func waitForClient() { _ = isReady(POLLIN, milliseconds: -1) }

  /// Resets the connection and leaves a socket without one in its place.
  ///
  /// The library shuts a connection down before it closes it, and after that its end is orderly
  /// whatever SO_LINGER says; so the last descriptor is closed here, by putting another in its
  /// place.
  func reset() {
    set(SOL_SOCKET, SO_LINGER, linger(l_onoff: 1, l_linger: 0))
    #if canImport(Glibc)
      let other = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    #else
      let other = socket(AF_INET, SOCK_STREAM, 0)
    #endif
    guard other >= 0 else { return }
    dup2(other, descriptor)
    close(other)
  }

  /// Refusal leaves the default, which only makes a fault a little milder.
  private func set<Value: BitwiseCopyable>(
    _ level: some BinaryInteger, _ option: Int32, _ value: Value
  ) {
    var value = value
    _ = setsockopt(descriptor, Int32(level), option, &value, socklen_t(MemoryLayout<Value>.size))
  }
}
