package import System

/// Why a server cannot begin.
package enum ServingError: Error, Equatable, CustomStringConvertible {
  case listen(ListenError)
  /// The certificate or its key is none, or they do not belong together; why.
  case identity(String)
  /// The library is not there; what the loader says.
  case library(String)
  /// The library, or the system, has no room for another server; why.
  case engine(String)

  package var description: String {
    switch self {
    case .listen(let error): error.description
    case .identity(let reason): "cannot use the TLS certificate and its key: \(reason)"
    case .library(let reason): "serving needs libmicrohttpd, which cannot be loaded: \(reason)"
    case .engine(let reason): "cannot start the HTTP server: \(reason)"
    }
  }

  /// What the library says of a certificate, less its introduction.
  static func reason(in words: String) -> String {
    let text = words.split { $0.isNewline }.first.map(String.init) ?? ""
    let reason = text.split(separator: ": ", maxSplits: 1).last.map(String.init) ?? ""
    return reason.isEmpty ? "they cannot be read" : reason
  }
}

extension TLSIdentity {
  /// What can be seen without cryptography, in words that say what to look at.
  ///
  /// - Throws: `ServingError.identity`.
  func checkForm() throws(ServingError) {
    let certificate = String(decoding: certificate, as: UTF8.self)
    let key = String(decoding: key, as: UTF8.self)
    guard !certificate.utf8.contains(0), certificate.contains("-----BEGIN CERTIFICATE-----") else {
      throw .identity("the certificate is not in PEM form")
    }
    guard !key.utf8.contains(0), key.contains("PRIVATE KEY-----") else {
      throw .identity("the key is not in PEM form")
    }
    guard !key.contains("ENCRYPTED") else { throw .identity("the key is encrypted") }
  }
}
