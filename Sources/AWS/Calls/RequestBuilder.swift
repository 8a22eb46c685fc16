package import HTTP
package import Signing

/// A parameter of a query, not yet escaped.
package struct QueryParameter: Hashable, Sendable {
  package var name: [UInt8]
  package var value: [UInt8]

  package init(name: [UInt8], value: [UInt8]) {
    self.name = name
    self.value = value
  }

  package init(_ name: String, _ value: String = "") {
    self.init(name: Array(name.utf8), value: Array(value.utf8))
  }
}

/// Turns what is asked of a service into a signed request.
///
/// Path and query are escaped once, and that very text is both signed and sent.
package struct RequestBuilder: Sendable {
  private let options: SigningOptions
  private let signer = Signer()

  package init(options: SigningOptions = .s3) {
    self.options = options
  }

  /// A request to `address`, signed when there are credentials.
  ///
  /// `path` is a key, not escaped: its slashes stay, everything else is encoded. Of the headers,
  /// those that signing adds must not be given.
  package func request(
    method: String = "GET", address: ServiceAddress, path: [UInt8] = [],
    query: [QueryParameter] = [], headers: [HTTPHeader] = [], body: [UInt8] = [],
    credentials: Credentials?, time: SigningTime
  ) -> HTTPRequest {
    let endpoint = address.endpoint
    let escapedPath = Self.path(path, on: endpoint)
    let escapedQuery = query.map { parameter in
      "\(URIEncoding.encode(parameter.name))=\(URIEncoding.encode(parameter.value))"
    }.joined(separator: "&")
    var headers = [HTTPHeader(name: "Host", value: endpoint.authority)] + headers
    if let credentials {
      let unsigned = SigningRequest(
        method: method, path: escapedPath, query: escapedQuery,
        headers: headers.map { SigningHeader($0.name, $0.value) },
        payload: body.isEmpty ? .empty : .bytes(body))
      let context = SigningContext(
        credentials: credentials.signing, region: address.region.name,
        service: address.signingName, time: time, options: options(for: address.scheme))
      headers += signer.signHeaders(of: unsigned, in: context).addedHeaders.map { header in
        HTTPHeader(name: header.name, value: header.value)
      }
    }
    let target = escapedQuery.isEmpty ? escapedPath : "\(escapedPath)?\(escapedQuery)"
    return HTTPRequest(
      method: method, url: "\(endpoint.scheme.rawValue)://\(endpoint.authority)\(target)",
      headers: headers, body: body)
  }

  /// The token of a directory bucket's session has a header of its own (API Reference,
  /// "CreateSession").
  private func options(for scheme: ServiceAddress.SignatureScheme) -> SigningOptions {
    guard scheme == .s3Express else { return options }
    var options = options
    options.sessionTokenHeader = "x-amz-s3session-token"
    return options
  }

  private static func path(_ path: [UInt8], on endpoint: Endpoint) -> String {
    guard path.isEmpty else {
      return "\(endpoint.basePath)/\(URIEncoding.encode(path, keepsSlash: true))"
    }
    return endpoint.basePath.isEmpty ? "/" : endpoint.basePath
  }
}
