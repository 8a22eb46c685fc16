/// A URL that is told how syncs went: a webhook, or the address of a service that waits for pings.
///
/// Whoever knows it can write there, so nothing but its host is ever shown. It is https, or http on this very machine:
///
///     https://hooks.example.com/services/T0/B0/x   told, shown as hooks.example.com
///     http://127.0.0.1:8065/hooks/x                told, shown as 127.0.0.1:8065
///     http://example.com/x                         refused: whoever stands between could read and change it
struct ReceiverURL: Sendable {
  /// What may be shown: the host, with its port if there is one.
  let host: String
  /// Whether it is on this machine, so that no proxy has to do with it.
  let isLoopback: Bool
  /// Up to the query, without a `/` at the end of a path.
  private let base: String
  /// From `?` on; empty where there is none.
  private let query: String
  /// As it was given.
  let whole: String

  /// Why a text is no such URL; none of the words are of the text.
  enum Refusal: Error, Equatable {
    case empty, notPrintable, scheme, authority, fragment, plainHTTP

    var reason: String {
      switch self {
      case .empty: "it is empty"
      case .notPrintable: "it is not one line of printable ASCII"
      case .scheme: "it does not begin with https://"
      case .authority: "its host is not a name or an address with a port at most"
      case .fragment: "it has a '#', behind which nothing is sent"
      case .plainHTTP: "http:// is for this machine alone (localhost, 127.0.0.1, [::1])"
      }
    }
  }

  init(_ bytes: [UInt8]) throws(Refusal) {
    guard !bytes.isEmpty else { throw .empty }
    guard bytes.allSatisfy({ (0x21...0x7E).contains($0) }) else { throw .notPrintable }
    let text = String(decoding: bytes, as: UTF8.self)
    let scheme = text.prefix { $0 != ":" }.lowercased()
    guard scheme == "https" || scheme == "http", text.dropFirst(scheme.count).hasPrefix("://")
    else { throw .scheme }
    guard !text.contains("#") else { throw .fragment }
    let rest = text.dropFirst(scheme.count + 3)
    let authority = rest.prefix { $0 != "/" && $0 != "?" }
    guard let name = Self.name(ofAuthority: authority) else { throw .authority }
    isLoopback = Self.isLoopback(name)
    guard scheme == "https" || isLoopback else { throw .plainHTTP }
    host = String(authority)
    whole = text
    let mark = text.firstIndex(of: "?") ?? text.endIndex
    query = String(text[mark...])
    base = String(text[..<mark].hasSuffix("/") ? text[..<mark].dropLast() : text[..<mark])
  }

  /// The URL of something below it: `/start` goes behind the path, before a query.
  func appending(_ path: String) -> String { base + path + query }

  /// The host of `host`, `host:port` or `[address]:port`, in lower case; nil for anything else, such as one with a user.
  private static func name(ofAuthority authority: Substring) -> String? {
    var port: Substring = ""
    var name = authority
    if authority.first == "[" {
      guard let end = authority.firstIndex(of: "]") else { return nil }
      name = authority[...end]
      port = authority[authority.index(after: end)...]
      guard name.dropFirst().dropLast().allSatisfy({ $0.isHexDigit || $0 == ":" || $0 == "." })
      else { return nil }
    } else {
      name = authority.prefix { $0 != ":" }
      port = authority[name.endIndex...]
      guard name.allSatisfy({ $0.isLetter || $0.isNumber || $0 == "-" || $0 == "." || $0 == "_" })
      else { return nil }
    }
    let isPort =
      port.isEmpty
      || port.first == ":" && (UInt16(port.dropFirst()) ?? 0) > 0
        && port.dropFirst().allSatisfy(\.isNumber)
    return name.isEmpty || !isPort ? nil : name.lowercased()
  }

  /// Names are taken by their letters: what merely resolves to this machine may resolve elsewhere tomorrow.
  private static func isLoopback(_ name: String) -> Bool {
    if name == "localhost" || name == "[::1]" { return true }
    let parts = name.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count == 4 && parts[0] == "127"
      && parts.allSatisfy { !$0.isEmpty && $0.count <= 3 && UInt8($0) != nil }
  }
}

extension ReceiverURL: CustomStringConvertible, CustomReflectable {
  var description: String { host }
  var customMirror: Mirror { Mirror(self, children: EmptyCollection<Mirror.Child>()) }
}
