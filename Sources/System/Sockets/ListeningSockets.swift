#if canImport(Darwin)
  internal import Darwin
#elseif canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// The sockets by which a server is reached: one for each address of its host.
///
/// Serves one thread that waits and accepts; closed with its last reference.
package final class ListeningSockets: Sendable {
  private let descriptors: [Int32]
  /// One for all addresses.
  package let port: UInt16
  /// In the order of the descriptors.
  package let addresses: [PeerAddress]

  /// Listens on every address of a host; port 0 picks a free one.
  ///
  /// Of a name with several addresses some may not be this machine's now; one at least has to be.
  ///
  /// - Throws: `ListenError`.
  package init(_ hosts: HostAddresses, backlog: Int32) throws(ListenError) {
    var descriptors: [Int32] = []
    var addresses: [PeerAddress] = []
    var port: UInt16?
    var lastError: ListenError?
    for var address in hosts.sockets {
      guard let peer = address.peer else { continue }
      // All listen on the port that the first one got.
      if let port { address.port = port }
      do throws(SystemError) {
        let (descriptor, bound) = try listening(address, backlog: backlog)
        descriptors.append(descriptor)
        addresses.append(peer)
        port = bound
      } catch {
        let failure = ListenError(
          place: "\(peer.beforePort):\(address.port)", reason: ListenError.Reason(error))
        lastError = failure
        if failure.reason != .noSuchAddress || hosts.sockets.count == 1 {
          for descriptor in descriptors { close(descriptor) }
          throw failure
        }
      }
    }
    guard let port else {
      throw lastError ?? ListenError(place: hosts.host, reason: .noSuchAddress)
    }
    self.descriptors = descriptors
    self.addresses = addresses
    self.port = port
  }

  deinit { for descriptor in descriptors { close(descriptor) } }

  /// Waits until a client waits, somebody wakes us, or so much time has gone by; for ever without one.
  ///
  /// Clients are waited for when `accepting` says so.
  package func wait(for wakeup: Wakeup, milliseconds: Int32?, accepting: Bool) {
    var waiting = [pollfd(fd: wakeup.reading, events: Int16(POLLIN), revents: 0)]
    if accepting {
      waiting += descriptors.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
    }
    guard unsafe poll(&waiting, nfds_t(waiting.count), milliseconds ?? -1) > 0 else { return }
    if waiting[0].revents != 0 { wakeup.drain() }
  }

  /// What came of taking one more client.
  package enum Acceptance: ~Copyable {
    /// Its connection, and a descriptor of our own for the same.
    case client(AcceptedSocket, HeldSocket, PeerAddress)
    /// Nobody waits any more.
    case nobody
    /// The process or the machine has no room for another file.
    case noRoom
  }

  /// Takes the next client that waits, without waiting.
  package func accept() -> Acceptance {
    for descriptor in descriptors {
      var storage = sockaddr_storage()
      var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
      let socket = unsafe withUnsafeMutablePointer(to: &storage) { pointer in
        unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
          uninterrupted { unsafe systemAccept(descriptor, address, &length) }
        }
      }
      guard let socket else {
        if [EMFILE, ENFILE, ENOBUFS, ENOMEM].contains(errno) { return .noRoom }
        continue
      }
      guard let peer = SocketAddress(storage: storage, length: length).peer,
        let held = HeldSocket(copying: socket)
      else {
        close(socket)
        return .noRoom
      }
      return .client(AcceptedSocket(descriptor: socket), held, peer)
    }
    return .nobody
  }
}

/// A client's connection that has just been accepted; closed with it unless it is given away.
package struct AcceptedSocket: ~Copyable {
  private let descriptor: Int32

  init(descriptor: Int32) { self.descriptor = descriptor }

  deinit { close(descriptor) }

  /// The number of the descriptor, as whoever takes it knows it.
  package var number: Int32 { descriptor }

  /// Gives the descriptor up: whoever takes it closes it.
  package consuming func take() -> Int32 {
    let taken = descriptor
    discard self
    return taken
  }
}

extension ListenError.Reason {
  fileprivate init(_ error: SystemError) {
    self =
      switch error.code {
      case EADDRINUSE: .portTaken
      case EACCES, EPERM: .refused
      case EADDRNOTAVAIL, EAFNOSUPPORT: .noSuchAddress
      default: .other(error)
      }
  }
}

private func listening(
  _ address: SocketAddress, backlog: Int32
) throws(SystemError) -> (descriptor: Int32, port: UInt16) {
  #if canImport(Glibc)
    let descriptor = socket(Int32(address.storage.ss_family), Int32(SOCK_STREAM.rawValue), 0)
  #else
    let descriptor = socket(Int32(address.storage.ss_family), SOCK_STREAM, 0)
  #endif
  let name = address.peer?.text ?? ""
  guard descriptor >= 0 else { throw SystemError("listen on", name) }
  _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
  _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
  // A server that starts again finds its port still in the hands of connections that have ended.
  setOption(of: descriptor, SOL_SOCKET, SO_REUSEADDR, Int32(1))
  if address.isIPv6 {
    // The address that stands for all of the machine is for IPv4 too, whatever the system's default.
    let isForAll = address.peer?.text == "::"
    setOption(of: descriptor, IPPROTO_IPV6, IPV6_V6ONLY, Int32(isForAll ? 0 : 1))
  }
  // What waits in the system is memory that a client who does not read takes; connections inherit the size.
  setOption(of: descriptor, SOL_SOCKET, SO_SNDBUF, Int32(256 << 10))
  var bound = sockaddr_storage()
  var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
  let isListening = unsafe address.withPointer { pointer, count in
    unsafe bind(descriptor, pointer, count) == 0 && listen(descriptor, backlog) == 0
  }
  let isKnown =
    isListening
    && (unsafe withUnsafeMutablePointer(to: &bound) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        unsafe getsockname(descriptor, $0, &length) == 0
      }
    })
  guard isKnown else {
    let error = SystemError("listen on", name)
    close(descriptor)
    throw error
  }
  return (descriptor, SocketAddress(storage: bound, length: length).port)
}

/// By another name than the method's.
private func systemAccept(
  _ descriptor: Int32, _ address: UnsafeMutablePointer<sockaddr>,
  _ length: UnsafeMutablePointer<socklen_t>
) -> Int32 {
  unsafe accept(descriptor, address, length)
}

/// Refusal leaves the default, with which everything works, if less well.
func setOption<Value: BitwiseCopyable>(
  of descriptor: Int32, _ level: some BinaryInteger, _ option: Int32, _ value: Value
) {
  var value = value
  let size = socklen_t(MemoryLayout<Value>.size)
  _ = unsafe setsockopt(descriptor, Int32(level), option, &value, size)
}
