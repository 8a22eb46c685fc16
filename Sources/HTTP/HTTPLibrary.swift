import CCurl

/// The libcurl that this process is linked with.
package enum HTTPLibrary {
  /// The versions of libcurl and of its TLS library, such as `7.88.1, OpenSSL/3.0.17`.
  package static var version: String {
    guard let found = unsafe ccurl_version() else { return "unknown" }
    return unsafe [found.pointee.version, found.pointee.ssl_version]
      .compactMap { text in unsafe text.map { unsafe String(cString: $0) } }
      .joined(separator: ", ")
  }

  /// Whether its TLS library is OpenSSL or one that came of it.
  static let hasOpenSSL = ["OpenSSL", "LibreSSL", "BoringSSL", "AWS-LC"].contains { name in
    version.contains(name)
  }
}
