#if canImport(Darwin)
  internal import Darwin
#elseif canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// A connected socket of somebody else, who closes it.
///
/// All calls block their thread. Where the other side has gone they return, and say so.
package struct LentSocket: Sendable {
  private let descriptor: Int32

  /// From here on small pieces are sent at once (TCP_NODELAY).
  package init(descriptor: Int32) {
    self.descriptor = descriptor
    set(IPPROTO_TCP, TCP_NODELAY, Int32(1))
    #if canImport(Darwin)
      set(SOL_SOCKET, SO_NOSIGPIPE, Int32(1))
    #endif
  }

  /// Sends all bytes; false when the other side is gone.
  package func send(_ bytes: [UInt8]) -> Bool {
    #if canImport(Darwin)
      let flags: Int32 = 0
    #else
      let flags = Int32(MSG_NOSIGNAL)
    #endif
    return unsafe bytes.withUnsafeBytes { bytes in
      var sent = 0
      while sent < bytes.count {
        let rest = unsafe UnsafeRawBufferPointer(rebasing: bytes[sent...])
        let count = uninterrupted { unsafe systemSend(descriptor, rest, flags) }
        if let count, count > 0 {
          sent += count
        } else if errno == EAGAIN || errno == EWOULDBLOCK {
          wait(for: Int32(POLLOUT), milliseconds: -1)
        } else {
          return false
        }
      }
      return true
    }
  }

  /// Waits until there is something to read, the end of the other side included; false when so much time
  /// has gone by.
  ///
  /// Without limit when `milliseconds` is negative.
  @discardableResult
  package func waitForInput(milliseconds: Int32) -> Bool {
    wait(for: Int32(POLLIN), milliseconds: milliseconds)
  }

  /// Resets the connection and leaves a socket without one in its place.
  ///
  /// Its owner shuts a connection down before closing it, and after that its end is orderly
  /// whatever SO_LINGER says; so the last descriptor is closed here, by putting another in its
  /// place.
  package func reset() {
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

  @discardableResult
  private func wait(for event: Int32, milliseconds: Int32) -> Bool {
    var waiting = pollfd(fd: descriptor, events: Int16(event), revents: 0)
    return uninterrupted { unsafe poll(&waiting, 1, milliseconds) } != 0
  }

  /// Refusal leaves the default, which only makes a fault a little milder.
  private func set<Value: BitwiseCopyable>(
    _ level: some BinaryInteger, _ option: Int32, _ value: Value
  ) {
    var value = value
    let size = socklen_t(MemoryLayout<Value>.size)
    _ = unsafe setsockopt(descriptor, Int32(level), option, &value, size)
  }
}

private func systemSend(
  _ descriptor: Int32, _ bytes: UnsafeRawBufferPointer, _ flags: Int32
) -> Int {
  unsafe send(descriptor, bytes.baseAddress, bytes.count, flags)
}
