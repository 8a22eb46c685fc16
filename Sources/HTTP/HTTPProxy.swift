import System

/// The proxy that libcurl takes from this process's environment.
package enum HTTPProxy {
  /// The proxy that a request to `url` goes through, as it is set but for a user and password in it;
  /// nil without one, and where only libcurl can tell whether the host is an exception.
  package static func url(for url: String) -> String? {
    let isTLS = url.lowercased().hasPrefix("https:")
    let names = isTLS ? ["https_proxy", "HTTPS_PROXY"] : ["http_proxy"]
    let value = (names + ["all_proxy", "ALL_PROXY"]).lazy.compactMap {
      ThisProcess.environmentValue($0)
    }.first
    guard let value, !value.isEmpty else { return nil }
    if let exceptions = ProxyExceptions.ofProcess(), exceptions.mayCover(url) { return nil }
    guard let user = value.lastIndex(of: "@") else { return value }
    let start = value.firstRange(of: "://")?.upperBound ?? value.startIndex
    return String(value[..<start] + value[value.index(after: user)...])
  }
}
