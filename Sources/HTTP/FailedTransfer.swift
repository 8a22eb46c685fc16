import CCurl

/// What is known about a transfer that libcurl gave up.
struct FailedTransfer {
  var code: CURLcode
  var message: String
  /// Whether a connection stood and the request was handed over to it.
  var isSent: Bool
  var isAnswered: Bool
  var isOnReusedConnection: Bool
  /// The proxy's status for CONNECT; zero without one.
  var proxyStatus: Int
  /// The TLS library's word on the certificate; only OpenSSL's is understood.
  var verifyResult = 0
}

extension HTTPError {
  init(_ failure: FailedTransfer, url: String) {
    var message = Self.withoutPassword(failure.message)
    let kind = failure.kind
    // libcurl repeats such a request by itself, so this is rare: it has run out of attempts.
    if kind == .connectionLost, failure.isOnReusedConnection, !failure.isAnswered {
      message += "; a reused connection, before any byte of the response"
    }
    self.init(
      kind, message, curlCode: Int32(failure.code.rawValue), url: url,
      isTransient: failure.isTransient)
    certificateProblem = failure.certificateProblem
    proxyStatus = failure.isRefusedByProxy ? failure.proxyStatus : nil
  }

  /// libcurl quotes a proxy's URL that it cannot read, with the user and the password in it.
  private static func withoutPassword(_ message: String) -> String {
    guard message.contains("@"), let first = message.firstIndex(of: "'"),
      let last = message.lastIndex(of: "'"), first < last
    else { return message }
    return "\(message[...first])…\(message[last...])"
  }
}

extension FailedTransfer {
  /// The kind of error, by libcurl-errors(3); texts are never looked at.
  var kind: HTTPError.Kind {
    switch code {
    case CURLE_URL_MALFORMAT, CURLE_LOGIN_DENIED:
      return .invalidURL
    case CURLE_UNSUPPORTED_PROTOCOL:
      // Also the code for an answer that is not HTTP/1.
      return isSent ? .malformedResponse : .invalidURL
    case CURLE_COULDNT_RESOLVE_HOST:
      return .resolve
    case CURLE_COULDNT_RESOLVE_PROXY, CURLE_PROXY:
      return .proxy
    case CURLE_COULDNT_CONNECT:
      return .connect
    case CURLE_OPERATION_TIMEDOUT:
      return .connectTimeout
    case CURLE_GOT_NOTHING, CURLE_SEND_ERROR, CURLE_RECV_ERROR, CURLE_PARTIAL_FILE:
      return isRefusedByProxy ? .proxy : .connectionLost
    case CURLE_WEIRD_SERVER_REPLY, CURLE_BAD_CONTENT_ENCODING, CURLE_FILESIZE_EXCEEDED:
      return .malformedResponse
    case CURLE_OUT_OF_MEMORY where isSent:
      // libcurl before 8.3 reports a header line above 100 KiB like this.
      return .malformedResponse
    default:
      return isTLS ? .tls : .other
    }
  }

  /// Nil for what is usual of the kind.
  var isTransient: Bool? {
    switch kind {
    case .tls:
      // A handshake cut short; the other codes are about certificates and configuration.
      code == CURLE_SSL_CONNECT_ERROR
    case .proxy where isRefusedByProxy:
      proxyStatus >= 500
    default:
      nil
    }
  }

  /// By OpenSSL's codes, which its relatives have too (x509_vfy.h).
  fileprivate var certificateProblem: HTTPError.CertificateProblem? {
    guard code == CURLE_PEER_FAILED_VERIFICATION, HTTPLibrary.hasOpenSSL else { return nil }
    return switch verifyResult {
    // libcurl compares the name by itself, before it asks for the result, which is then
    // "unspecified" or fine.
    case 0, 1, 62: .otherHost
    case 9, 10: .outOfDate
    // Self-signed, alone or in the chain; no issuer; the issuer is no authority.
    case 2, 18, 19, 20, 21, 24: .unknownAuthority
    default: nil
    }
  }

  fileprivate var isRefusedByProxy: Bool {
    !isSent && proxyStatus >= 300
  }

  private var isTLS: Bool {
    switch code {
    case CURLE_SSL_CONNECT_ERROR, CURLE_SSL_ENGINE_NOTFOUND, CURLE_SSL_ENGINE_SETFAILED,
      CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER, CURLE_PEER_FAILED_VERIFICATION,
      CURLE_SSL_ENGINE_INITFAILED, CURLE_SSL_CACERT_BADFILE, CURLE_SSL_SHUTDOWN_FAILED,
      CURLE_SSL_CRL_BADFILE, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_PINNEDPUBKEYNOTMATCH,
      CURLE_SSL_INVALIDCERTSTATUS, CURLE_SSL_CLIENTCERT:
      true
    default:
      false
    }
  }
}
