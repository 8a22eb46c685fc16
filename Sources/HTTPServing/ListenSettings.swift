/// Where an `HTTPServer` listens, and what it puts up with.
package struct ListenSettings: Sendable {
  /// An IPv4 or IPv6 address, or a name; of a name every address is listened on.
  package var host: String
  /// 0 picks a free one.
  package var port: UInt16
  /// With it connections are TLS, of version 1.2 and up.
  package var tls: TLSIdentity?

  /// At once, in all.
  package var connectionsMax = 256
  /// At once, of one address that is not this machine.
  package var connectionsPerAddressMax = 32
  /// A connection is used for so many requests.
  package var requestsPerConnectionMax = 500

  /// The head of a request has to be there so long after it began, and the first one after the connection.
  package var requestTime = Duration.seconds(5)
  /// A connection on which nothing is asked is closed.
  package var idleTime = Duration.seconds(60)
  /// A client that takes less than so much, over `slowTime`, has its connection cut.
  package var slowBytesPerSecond = 1_024
  package var slowTime = Duration.seconds(30)
  /// Of answers that their clients have not taken yet, all together, beside small ones.
  package var unsentBytesMax = 96 << 20

  /// From the request line to the empty line.
  package var headBytesMax = 16 << 10
  package var targetBytesMax = 8 << 10
  package var headersMax = 64

  package init(host: String, port: UInt16, tls: TLSIdentity? = nil) {
    self.host = host
    self.port = port
    self.tls = tls
  }
}

/// The certificate that a server shows, with those that vouch for it, and its key, both in PEM.
package struct TLSIdentity: Sendable {
  package var certificate: [UInt8]
  package var key: [UInt8]

  package init(certificate: [UInt8], key: [UInt8]) {
    self.certificate = certificate
    self.key = key
  }
}
