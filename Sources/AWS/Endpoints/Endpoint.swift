import Vocabulary

/// The part of a URL that is the same for every request to a service: scheme, host, port, base
/// path.
package struct Endpoint: Hashable, Sendable, CustomStringConvertible {
  package enum Scheme: String, Hashable, Sendable {
    case http, https

    var defaultPort: Int { self == .http ? 80 : 443 }
  }

  package let scheme: Scheme
  /// A lower-case name, an IPv4 address, or an IPv6 address in brackets.
  package let host: String
  /// Nil for the port that the scheme implies.
  package let port: Int?
  /// Escaped, beginning with a slash and not ending in one; empty for none.
  package let basePath: String

  /// Parts that are known to be valid.
  init(scheme: Scheme = .https, host: String, port: Int? = nil, basePath: String = "") {
    self.scheme = scheme
    self.host = host
    self.port = port == scheme.defaultPort ? nil : port
    self.basePath = basePath
  }

  /// Reads `http[s]://host[:port][/path]`; `place` names the flag or variable in errors.
  ///
  /// Throws `Kind.endpoint` for anything else: a user name, a query or a fragment would end up
  /// in signatures and logs.
  package init(parsing text: String, from place: String) throws(ConfigurationError) {
    let problem: Problem
    switch Self.parse(trimmingBlanks(text)) {
    case .success(let endpoint):
      self = endpoint
      return
    case .failure(let found): problem = found
    }
    throw ConfigurationError(
      .endpoint, "the endpoint URL of \(place) \(problem.rawValue)",
      hint: "an endpoint URL is written like https://s3.example.com or http://localhost:9000/base")
  }

  /// What goes into the `Host` header: the port only when the scheme does not imply it.
  package var authority: String { port.map { "\(host):\($0)" } ?? host }

  /// The URL, without a slash at its end.
  package var description: String { "\(scheme.rawValue)://\(authority)\(basePath)" }

  /// The endpoint without `label` at the beginning of its host, where something is left then.
  package func withoutLabel(_ label: String) -> Endpoint {
    guard host.hasPrefix(label), host.count > label.count else { return self }
    return Endpoint(
      scheme: scheme, host: String(host.dropFirst(label.count)), port: port, basePath: basePath)
  }

  /// Whether the host is an address and so can take no bucket in front of it.
  package var isAddress: Bool {
    host.hasPrefix("[") || looksLikeIPv4(host)
  }

  /// Never quotes the URL: it may hold a password.
  private enum Problem: String, Error {
    case scheme = "does not begin with http:// or https://"
    case userInfo = "holds a user name or password"
    case query = "holds a query"
    case fragment = "holds a fragment"
    case host = "has no valid host name"
    case port = "has no valid port"
    case path = "has a path that is not percent-encoded"
  }

  private static func parse(_ text: Substring) -> Result<Endpoint, Problem> {
    guard let separator = text.firstRange(of: "://"),
      let scheme = Scheme(rawValue: text[..<separator.lowerBound].lowercased())
    else { return .failure(.scheme) }
    let rest = text[separator.upperBound...]
    if rest.contains("?") { return .failure(.query) }
    if rest.contains("#") { return .failure(.fragment) }
    let authority = rest.prefix { $0 != "/" }
    if authority.contains("@") { return .failure(.userInfo) }
    guard let (host, portText) = split(authority) else { return .failure(.host) }
    var port: Int?
    if let portText {
      guard portText.utf8.allSatisfy(\.isASCIIDigit), let number = Int(portText),
        (1...65_535).contains(number)
      else { return .failure(.port) }
      port = number
    }
    var path = rest.dropFirst(authority.count)
    while path.hasSuffix("/") { path.removeLast() }
    guard isVisibleASCII(path) else { return .failure(.path) }
    return .success(Endpoint(scheme: scheme, host: host, port: port, basePath: String(path)))
  }

  /// Host and port, the host checked.
  private static func split(_ authority: Substring) -> (host: String, port: Substring?)? {
    if authority.hasPrefix("[") {
      guard let end = authority.firstIndex(of: "]") else { return nil }
      let address = authority[authority.index(after: authority.startIndex)..<end]
      let rest = authority[authority.index(after: end)...]
      guard !address.isEmpty, address.contains(":"),
        address.utf8.allSatisfy({ isHexDigit($0) || $0 == UInt8(ascii: ":") || $0 == 0x2E }),
        rest.isEmpty || rest.hasPrefix(":")
      else { return nil }
      return ("[\(address.lowercased())]", rest.isEmpty ? nil : rest.dropFirst())
    }
    let host = authority.prefix { $0 != ":" }.lowercased()
    let rest = authority.dropFirst(host.count)
    // A final dot makes a name absolute. Underscores are no part of host names, but of the names
    // that container networks give.
    let name = host.hasSuffix(".") ? host.dropLast() : host[...]
    guard host.utf8.count <= 253,
      name.split(separator: ".", omittingEmptySubsequences: false).allSatisfy({ label in
        isHostLabel(label.replacing("_", with: "a"))
      })
    else { return nil }
    return (host, rest.isEmpty ? nil : rest.dropFirst())
  }

  private static func isHexDigit(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
      UInt8(ascii: "A")...UInt8(ascii: "F"):
      true
    default: false
    }
  }
}
