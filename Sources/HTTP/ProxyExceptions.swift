import System

/// The hosts that are reached without a proxy, as `no_proxy` or `NO_PROXY` lists them.
///
/// libcurl knows neither ports nor brackets in that list, and the `aws` command does
/// (`urllib.request.proxy_bypass_environment`): so each request gets the list without them, and
/// without what is about another port.
struct ProxyExceptions: Equatable, Sendable {
  private let entries: [Substring]

  init(_ text: String) {
    entries = text.split { $0 == "," || $0 == " " || $0 == "\t" }
  }

  /// The exceptions in this process's environment; nil when it has none.
  ///
  /// The variable in lower case counts where it is there, even when it is empty.
  static func ofProcess() -> ProxyExceptions? {
    for name in ["no_proxy", "NO_PROXY"] {
      if let value = ThisProcess.environmentValue(name) { return ProxyExceptions(value) }
    }
    return nil
  }

  /// The list for a request to `url`, as libcurl reads it.
  func list(for url: String) -> String {
    // A star is for all hosts, but only alone.
    if entries == ["*"] { return "*" }
    let port = Self.port(of: url)
    return entries.filter { $0 != "*" }.compactMap { Self.host(of: $0, at: port) }
      .joined(separator: ",")
  }

  /// Whether a request to `url` may be one of the exceptions; also when only libcurl could tell, as of
  /// networks.
  func mayCover(_ url: String) -> Bool {
    let list = list(for: url)
    guard list != "*", !list.contains("/") else { return true }
    let host = Self.host(of: url).lowercased()
    return list.split(separator: ",").contains { entry in
      let name = entry.drop { $0 == "." }.lowercased()
      return host == name || host.hasSuffix("." + name)
    }
  }

  /// The host of an entry; nil when the entry is about another port.
  private static func host(of entry: Substring, at port: Substring) -> Substring? {
    let (host, own) = split(entry)
    return own == nil || own == port ? host : nil
  }

  /// A host without brackets, and the port behind it; IPv6 addresses have ports only behind brackets.
  private static func split(_ authority: Substring) -> (host: Substring, port: Substring?) {
    if authority.first == "[", let end = authority.firstIndex(of: "]") {
      let rest = authority[end...].dropFirst()
      let host = authority[..<end].dropFirst()
      return (host, rest.first == ":" ? rest.dropFirst() : nil)
    }
    guard let colon = authority.firstIndex(of: ":"), colon == authority.lastIndex(of: ":") else {
      return (authority, nil)
    }
    return (authority[..<colon], authority[colon...].dropFirst())
  }

  private static func port(of url: String) -> Substring {
    guard url.contains("://") else { return "" }
    return split(authority(of: url)).port ?? (url.lowercased().hasPrefix("https:") ? "443" : "80")
  }

  private static func host(of url: String) -> Substring { split(authority(of: url)).host }

  private static func authority(of url: String) -> Substring {
    guard let scheme = url.firstRange(of: "://") else { return "" }
    return url[scheme.upperBound...].prefix { $0 != "/" && $0 != "?" && $0 != "#" }
  }
}
