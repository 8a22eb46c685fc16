#if canImport(Darwin)
  internal import Darwin
#elseif canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// The address of a machine, without a port.
///
/// An IPv4 address that reached us in the form of an IPv6 one (`::ffff:192.0.2.1`) is the IPv4 address.
package struct PeerAddress: Hashable, Sendable, CustomStringConvertible {
  /// As digits: `192.0.2.1`, `2001:db8::1`, `fe80::1%eth0`.
  package let text: String
  /// Whether it is this machine, by an address that no other machine can have.
  package let isLoopback: Bool

  package var description: String { text }

  init(text: String) {
    let mapped = "::ffff:"
    let isMapped = text.hasPrefix(mapped) && text.contains(".")
    self.text = isMapped ? String(text.dropFirst(mapped.count)) : text
    isLoopback = self.text == "::1" || (self.text.hasPrefix("127.") && !self.text.contains(":"))
  }

  /// As it stands before a port: an IPv6 address in brackets.
  package var beforePort: String { text.contains(":") ? "[\(text)]" : text }
}

/// An address with its port, as calls of sockets take it.
struct SocketAddress: Sendable {
  private(set) var storage: sockaddr_storage
  let length: socklen_t

  init(storage: sockaddr_storage, length: socklen_t) {
    self.storage = storage
    self.length = length
  }

  var isIPv6: Bool { Int32(storage.ss_family) == AF_INET6 }

  /// The address without the port; nil for what is neither IPv4 nor IPv6.
  var peer: PeerAddress? {
    var host = [CChar](repeating: 0, count: Int(NI_MAXHOST))
    let code = unsafe withPointer { address, length in
      unsafe getnameinfo(
        address, length, &host, socklen_t(host.count), nil, 0, Int32(NI_NUMERICHOST))
    }
    guard code == 0 else { return nil }
    let bytes = host.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
    return PeerAddress(text: String(decoding: bytes, as: UTF8.self))
  }

  var port: UInt16 {
    get {
      unsafe withUnsafeBytes(of: storage) { bytes in
        // At the same place for both families.
        UInt16(bigEndian: unsafe bytes.loadUnaligned(fromByteOffset: 2, as: UInt16.self))
      }
    }
    set {
      unsafe withUnsafeMutableBytes(of: &storage) { bytes in
        unsafe bytes.storeBytes(of: newValue.bigEndian, toByteOffset: 2, as: UInt16.self)
      }
    }
  }

  func withPointer<Result>(
    _ body: (UnsafePointer<sockaddr>, socklen_t) -> Result
  ) -> Result {
    unsafe withUnsafePointer(to: storage) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        unsafe body($0, length)
      }
    }
  }
}
