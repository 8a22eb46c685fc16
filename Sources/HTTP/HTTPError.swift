/// A request that brought no complete response.
///
/// A status of 400 or 500 is a response, not an error.
package struct HTTPError: Error, Equatable, CustomStringConvertible {
  /// What went wrong, as far as a caller would act on it.
  package enum Kind: String, Sendable, CaseIterable {
    case resolve, connect, tls, proxy
    case connectTimeout, firstByteTimeout, stalled
    case bodyTooLarge
    /// Reset or closed before the response was complete, or a chunk that cannot be read.
    case connectionLost
    case malformedResponse
    /// The body is compressed and cannot be decompressed.
    case damagedBody
    /// The task was cancelled, or the client shut down.
    case cancelled
    case invalidURL
    case other
  }

  /// What is wrong with a server's certificate.
  package enum CertificateProblem: Sendable {
    /// Signed by nobody who is trusted, or by itself.
    case unknownAuthority
    case otherHost
    /// Expired, or not valid yet.
    case outOfDate
  }

  package var kind: Kind
  package var message: String

  /// The `CURLcode` behind it; zero when libcurl had no part in it.
  package var curlCode: Int32

  /// The URL without user, query and fragment: a query may carry a signature.
  package var url: String

  /// Nil when it is not about a certificate, and when the TLS library does not tell.
  package var certificateProblem: CertificateProblem?

  /// The proxy's answer to CONNECT, when it refused.
  package var proxyStatus: Int?

  /// Whether the same request may well succeed when sent again.
  package var isTransient: Bool

  package init(
    _ kind: Kind, _ message: String, curlCode: Int32 = 0, url: String, isTransient: Bool? = nil
  ) {
    self.kind = kind
    self.message = message
    self.curlCode = curlCode
    self.url = Self.withoutSecrets(url)
    self.isTransient = isTransient ?? kind.isUsuallyTransient
  }

  package var description: String {
    let place = url.isEmpty ? "" : "\(url): "
    return curlCode == 0 ? place + message : "\(place)\(message) (curl \(curlCode))"
  }

  private static func withoutSecrets(_ url: String) -> String {
    let bare = url.prefix { $0 != "?" && $0 != "#" }
    guard let authority = bare.firstRange(of: "//")?.upperBound else { return String(bare) }
    let hostEnd = bare[authority...].firstIndex(of: "/") ?? bare.endIndex
    guard let user = bare[authority..<hostEnd].lastIndex(of: "@") else { return String(bare) }
    return String(bare[..<authority] + bare[bare.index(after: user)...])
  }
}

extension HTTPError.Kind {
  fileprivate var isUsuallyTransient: Bool {
    switch self {
    case .resolve, .connect, .proxy, .connectTimeout, .firstByteTimeout, .stalled,
      .connectionLost, .malformedResponse, .damagedBody:
      true
    case .tls, .bodyTooLarge, .cancelled, .invalidURL, .other:
      false
    }
  }
}
