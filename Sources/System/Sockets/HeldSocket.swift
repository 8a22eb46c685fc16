#if canImport(Darwin)
  internal import Darwin
#elseif canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// A connection that somebody else serves, by a descriptor of our own.
///
/// A descriptor that another closes may be a stranger's connection a moment later. This one is a copy, so it
/// stays what it is until its last reference goes, and then the connection ends if the other has closed too.
package final class HeldSocket: Sendable {
  private let descriptor: Int32

  /// Nil where there is no file left for it.
  init?(copying socket: Int32) {
    descriptor = fcntl(socket, F_DUPFD_CLOEXEC, 0)
    guard descriptor >= 0 else { return nil }
    _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
    setOption(of: descriptor, IPPROTO_TCP, TCP_NODELAY, Int32(1))
  }

  deinit { close(descriptor) }

  /// Ends the connection for both sides; whoever serves it sees its end.
  ///
  /// With `dropping` what waits to be sent is thrown away rather than sent after all.
  package func cut(dropping: Bool) {
    if dropping {
      setOption(of: descriptor, SOL_SOCKET, SO_LINGER, linger(l_onoff: 1, l_linger: 0))
    }
    shutdown(descriptor, Int32(SHUT_RDWR))
  }

  /// Has the system itself end the connection when the other side takes nothing for so long.
  package func endWhenStuck(afterMilliseconds milliseconds: Int32) {
    #if os(Linux)
      setOption(of: descriptor, IPPROTO_TCP, TCP_USER_TIMEOUT, milliseconds)
    #endif
  }

  /// What has gone over a connection since it began.
  package struct Traffic: Equatable, Sendable {
    /// Bytes that the other side has acknowledged.
    package var acknowledged: UInt64
    package var received: UInt64

    package init(acknowledged: UInt64, received: UInt64) {
      self.acknowledged = acknowledged
      self.received = received
    }
  }

  /// Nil where the system does not tell, as on macOS.
  package var traffic: Traffic? {
    #if os(Linux)
      // struct tcp_info of <linux/tcp.h>: the counts stand at bytes 120 and 128 since Linux 4.1.
      var information = [UInt64](repeating: 0, count: 32)
      var length = socklen_t(information.count * 8)
      let code = unsafe getsockopt(
        descriptor, Int32(IPPROTO_TCP), TCP_INFO, &information, &length)
      guard code == 0, length >= 136 else { return nil }
      return Traffic(acknowledged: information[15], received: information[16])
    #else
      return nil
    #endif
  }
}
