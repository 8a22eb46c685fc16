#if canImport(Darwin)
  internal import Darwin
#elseif canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// Whoever started this process as a service and wants to hear of it: systemd, by sd_notify(3).
///
///     let manager = ServiceManager(environment: variables)
///     manager?.tell("READY=1\nSTATUS=listening on http://127.0.0.1:9412")
package final class ServiceManager: Sendable {
  private let socket: Int32
  private let address: [UInt8]
  /// How often it wants to be told `WATCHDOG=1`; nil where it does not watch.
  package let watchdogInterval: Duration?

  /// Nil where nobody wants to hear of it.
  package init?(environment: [String: String]) {
    guard let name = environment["NOTIFY_SOCKET"], name.first == "/" || name.first == "@" else {
      return nil
    }
    var bytes = Array(name.utf8)
    // An abstract name of Linux, which is in no file system.
    if name.first == "@" { bytes[0] = 0 }
    guard bytes.count <= Self.nameBytesMax else { return nil }
    address = bytes
    #if canImport(Glibc)
      socket = Glibc.socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
    #elseif canImport(Musl)
      socket = Musl.socket(AF_UNIX, SOCK_DGRAM, 0)
    #else
      socket = Darwin.socket(AF_UNIX, SOCK_DGRAM, 0)
    #endif
    guard socket >= 0 else { return nil }
    _ = fcntl(socket, F_SETFD, FD_CLOEXEC)
    let isForUs = environment["WATCHDOG_PID"].map { $0 == "\(ThisProcess.id)" } ?? true
    let microseconds = environment["WATCHDOG_USEC"].flatMap { Int64($0) } ?? 0
    watchdogInterval = isForUs && microseconds > 0 ? .microseconds(microseconds) : nil
  }

  deinit { close(socket) }

  /// What a name of a socket may have, a final zero included.
  private static let nameBytesMax = 107

  /// Sends lines such as `READY=1`; when that fails, there is nobody to tell.
  package func tell(_ lines: String) {
    var name = sockaddr_un()
    name.sun_family = sa_family_t(AF_UNIX)
    unsafe withUnsafeMutableBytes(of: &name.sun_path) { unsafe $0.copyBytes(from: address) }
    let start = MemoryLayout<sockaddr_un>.offset(of: \.sun_path) ?? 2
    // A path ends in a zero that counts; the name of an abstract socket has none.
    let length = socklen_t(start + address.count + (address.first == 0 ? 0 : 1))
    let message = Array(lines.utf8)
    unsafe withUnsafePointer(to: &name) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { place in
        _ = unsafe sendto(socket, message, message.count, 0, place, length)
      }
    }
  }
}
