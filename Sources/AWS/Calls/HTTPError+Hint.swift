package import HTTP

extension HTTPError {
  /// What the user can do about it; nil when nothing is known but what the message says.
  ///
  /// About certificates and proxies, for whichever service they stand in the way of.
  package var hint: String? {
    switch (kind, certificateProblem) {
    case (.tls, .otherHost):
      "check the endpoint's URL: the server's certificate is for another name"
    case (.tls, .outOfDate):
      "check this machine's clock; if it is right, the server needs a new certificate"
    case (.tls, _) where curlCode == Self.unusableBundleCode:
      "AWS_CA_BUNDLE, or ca_bundle in the profile, must name a file of certificates in PEM"
    case (.tls, .unknownAuthority),
      (.tls, nil) where !isTransient:
      "name a PEM file with the authority that signed the server's certificate: "
        + "AWS_CA_BUNDLE=FILE, or ca_bundle in the profile"
    case (.tls, _):
      "if the server speaks plain HTTP, write its URL with http://"
    case (.malformedResponse, _) where url.hasPrefix("http://"):
      "if the server speaks TLS, write its URL with https://; if not, this is no port of HTTP"
    case (.damagedBody, _):
      "something on the way compresses answers, though they are asked for as they are: check proxies "
        + "and gateways before the server"
    case (.proxy, _):
      proxyStatus == 407
        ? Self.proxyPasswordHint : "check HTTPS_PROXY; NO_PROXY names hosts that need none"
    default: nil
    }
  }

  /// What to do about status 407.
  package static let proxyPasswordHint =
    "the proxy wants a password: HTTPS_PROXY=http://USER:PASSWORD@HOST:PORT, for plain HTTP in "
    + "http_proxy"

  /// CURLE_SSL_CACERT_BADFILE.
  private static let unusableBundleCode: Int32 = 77
}
