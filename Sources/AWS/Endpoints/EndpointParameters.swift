import Signing
import Vocabulary

/// What the rules of a service's endpoint depend on, by the names of AWS's rule sets.
///
/// Region, endpoint and bucket are text here: the rules themselves say what is wrong with them.
package struct EndpointParameters: Hashable, Sendable {
  package var region: String?
  package var useFIPS = false
  package var useDualStack = false
  /// A URL that replaces AWS's hosts.
  package var endpoint: String?
  /// One endpoint for the partition, as before there were regional ones (S3 and STS).
  package var useGlobalEndpoint = false

  // What follows is for S3 alone.

  /// A name, an alias or an ARN.
  package var bucket: String?
  package var accelerate = false
  package var forcePathStyle = false
  /// Whether an ARN may lead to another region than `region`; nil is as good as true.
  package var useARNRegion: Bool?
  package var disableAccessPoints = false
  package var disableMultiRegionAccessPoints = false
  package var useObjectLambdaEndpoint = false
  /// For operations on directory buckets themselves instead of their objects.
  package var useS3ExpressControlEndpoint = false
  package var disableS3ExpressSessionAuth = false

  package init(region: String? = nil) {
    self.region = region
  }
}

/// What the rules answer.
package struct ResolvedEndpoint: Hashable, Sendable {
  package var url: String
  /// In order of preference; empty for the service's own.
  package var authSchemes: [AuthScheme]
  /// `S3Express` for directory buckets.
  package var backend: String?

  init(_ url: String, _ authSchemes: [AuthScheme] = [], backend: String? = nil) {
    self.url = url
    self.authSchemes = authSchemes
    self.backend = backend
  }
}

/// One way to sign requests to an endpoint.
package struct AuthScheme: Hashable, Sendable {
  package enum Name: String, Hashable, Sendable {
    case sigV4 = "sigv4"
    case sigV4a = "sigv4a"
    case s3Express = "sigv4-s3express"
  }

  package var name: Name
  package var signingName: String
  /// One region; for `sigV4a` a set of them, in which `*` stands for all.
  package var signingRegions: [String]
  /// Whether the path is signed as it is sent, as S3 wants it.
  package var disablesDoubleEncoding: Bool
}

/// Why there is no endpoint, in the words of AWS's rule sets.
package struct EndpointRuleError: Error, Hashable, CustomStringConvertible {
  package var message: String
  /// The region of an access point that the client may not go to from its own; nil for all other
  /// reasons.
  package var accessPointRegion: String?

  init(_ message: String, accessPointRegion: String? = nil) {
    self.message = message
    self.accessPointRegion = accessPointRegion
  }

  package var description: String { message }
}

/// A URL the user gave, taken apart as the rules need it.
struct RuleURL {
  let scheme: String
  /// Host and port, as written.
  let authority: String
  /// As written.
  let path: String
  /// Whether the host is an address and so can take no bucket in front of it.
  let isIP: Bool

  /// Nil for what is no `http` or `https` URL, and for one with a query.
  init?(_ text: String) {
    guard let separator = text.firstRange(of: "://") else { return nil }
    scheme = text[..<separator.lowerBound].lowercased()
    let rest = text[separator.upperBound...].prefix { $0 != "#" }
    guard scheme == "http" || scheme == "https", !rest.contains("?") else { return nil }
    authority = String(rest.prefix { $0 != "/" })
    path = String(rest.dropFirst(authority.count))
    guard let host = Self.host(of: authority) else { return nil }
    isIP = host.hasPrefix("[") || looksLikeIPv4(host)
  }

  /// With single slashes, no dot segments, escaped, and a slash at the end.
  var normalizedPath: String {
    var kept: [Substring] = []
    for segment in path.split(separator: "/") where segment != "." {
      if segment == ".." { _ = kept.popLast() } else { kept.append(segment) }
    }
    return kept.reduce(into: "/") { $0 += URIEncoding.encode(String($1)) + "/" }
  }

  private static func host(of authority: String) -> Substring? {
    let end = authority.hasPrefix("[") ? authority.firstIndex(of: "]") : authority.startIndex
    guard let end else { return nil }
    let rest = authority[end...]
    guard let colon = rest.firstIndex(of: ":") else { return authority[...] }
    let port = rest[rest.index(after: colon)...]
    guard port.utf8.allSatisfy(\.isASCIIDigit),
      port.isEmpty || (0...65_535).contains(Int(port) ?? -1)
    else { return nil }
    return authority[..<colon]
  }
}

/// Four numbers with dots between, whatever the numbers: no bucket may be called like that.
func looksLikeIPv4(_ text: some StringProtocol) -> Bool {
  let parts = text.split(separator: ".", omittingEmptySubsequences: false)
  return parts.count == 4
    && parts.allSatisfy { (1...3).contains($0.utf8.count) && $0.utf8.allSatisfy(\.isASCIIDigit) }
}
