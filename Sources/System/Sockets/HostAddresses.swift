#if canImport(Darwin)
  internal import Darwin
#elseif canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// The addresses that a host has, by its name or as digits.
package struct HostAddresses: Sendable {
  /// The host as it was given, an IPv6 address with or without brackets.
  package let host: String
  let sockets: [SocketAddress]

  /// - Throws: `ListenError` for a name that nobody knows.
  package init(_ host: String, port: UInt16) throws(ListenError) {
    var name = Substring(host)
    if name.hasPrefix("["), name.hasSuffix("]") { name = name.dropFirst().dropLast() }
    self.host = String(name)
    let place = (name.contains(":") ? "[\(name)]" : String(name)) + ":\(port)"
    var hints = unsafe addrinfo()
    unsafe hints.ai_family = AF_UNSPEC
    #if canImport(Glibc)
      unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    #else
      unsafe hints.ai_socktype = SOCK_STREAM
    #endif
    unsafe hints.ai_flags = AI_NUMERICSERV
    // An empty name would be every address of the machine.
    guard !name.isEmpty, !name.utf8.contains(0) else {
      throw ListenError(place: place, reason: .unknownHost("no host is named"))
    }
    var list: UnsafeMutablePointer<addrinfo>?
    let code = unsafe getaddrinfo(String(name), "\(port)", &hints, &list)
    defer { if let list = unsafe list { unsafe freeaddrinfo(list) } }
    guard code == 0 else {
      let words = unsafe String(cString: gai_strerror(code))
      throw ListenError(place: place, reason: .unknownHost(words))
    }
    var found: [SocketAddress] = []
    var next = unsafe list
    while let entry = unsafe next {
      if let address = unsafe SocketAddress(entry.pointee) { found.append(address) }
      unsafe next = entry.pointee.ai_next
    }
    var seen: Set<PeerAddress> = []
    sockets = found.filter { address in address.peer.map { seen.insert($0).inserted } ?? false }
    guard !sockets.isEmpty else {
      throw ListenError(place: place, reason: .unknownHost("it has no IP address"))
    }
  }

  package var addresses: [PeerAddress] { sockets.compactMap(\.peer) }

  /// Whether all of them are this machine, seen from itself only.
  package var isLoopback: Bool { addresses.allSatisfy(\.isLoopback) }
}

extension SocketAddress {
  /// Nil for what is neither IPv4 nor IPv6.
  fileprivate init?(_ entry: addrinfo) {
    let family = unsafe entry.ai_family
    let length = unsafe entry.ai_addrlen
    guard family == AF_INET || family == AF_INET6, let address = unsafe entry.ai_addr,
      Int(length) <= MemoryLayout<sockaddr_storage>.size
    else { return nil }
    var storage = sockaddr_storage()
    unsafe withUnsafeMutableBytes(of: &storage) { bytes in
      unsafe bytes.copyMemory(
        from: UnsafeRawBufferPointer(start: address, count: Int(length)))
    }
    self.init(storage: storage, length: length)
  }
}
