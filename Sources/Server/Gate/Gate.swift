internal import HTTPServing
internal import Synchronization
internal import System

/// Who is let in, and to what: the checks of a request in their order, before anything is read.
///
/// Host, origin, method, body, token, path; parameters are judged by the route that a request leads to. A page
/// of somebody else's cannot ask anything: its name leads here only by a name that is not allowed (rebinding),
/// and its origin is not ours.
package struct Gate: Sendable {
  /// Names by which it is reached, beside addresses and `localhost`.
  var hosts: Set<String>

  package init(allowedHosts: [String] = []) {
    hosts = Set(
      allowedHosts.map { name in
        let lowercased = name.lowercased()
        return lowercased.hasSuffix(".") ? String(lowercased.dropLast()) : lowercased
      } + ["localhost"])
  }

  /// What may be asked without a token: nothing in it tells of the index.
  static let publicPaths: Set<String> = ["/healthz"]

  /// Everything but the token and the path.
  func check(_ request: ServedRequest) throws(Problem) -> RequestTarget {
    let target: RequestTarget
    do throws(RequestTarget.Fault) {
      target = try RequestTarget(request.target)
    } catch {
      var problem = Problem.badRequest(
        error == .form
          ? "The target of the request is neither a path nor a URL."
          : "The target has a byte that has to be escaped, or an escape that stands for nothing.")
      problem.closes = true
      throw problem
    }
    let host = try checkHost(request, target)
    try checkOrigin(request, host)
    try checkSite(request, target)
    guard request.method == "GET" || request.method == "HEAD" else {
      var problem = Problem(
        .method, "Everything is asked by GET or HEAD; nothing can be changed here.")
      problem.headers = [.init(name: "Allow", value: "GET, HEAD")]
      problem.closes = request.announcesBody
      throw problem
    }
    guard !request.announcesBody else {
      var problem = Problem(.body, "A question stands in the URL; leave the body out.")
      problem.closes = true
      throw problem
    }
    return target
  }

  private func checkHost(
    _ request: ServedRequest, _ target: RequestTarget
  ) throws(Problem) -> Authority {
    let fields = request.headers.filter { $0.name == "host" }
    guard let field = fields.first, fields.count == 1, let host = Authority(field.value) else {
      var problem = Problem.badRequest(
        fields.count == 1
          ? "The header Host is no host." : "There has to be one header Host.")
      problem.closes = true
      throw problem
    }
    guard host.isAddress || hosts.contains(host.host) else {
      throw Problem(
        .foreignHost,
        "This server is not known as '\(host.host)'. Ask by its address, or let it be started with that name "
          + "among its hosts.")
    }
    guard let named = target.authority else { return host }
    guard let other = Authority(named), other.host == host.host else {
      throw Problem(.foreignHost, "The URL in the request names another host than its header Host.")
    }
    return host
  }

  private func checkOrigin(_ request: ServedRequest, _ host: Authority) throws(Problem) {
    let fields = request.headers.filter { $0.name == "origin" }
    guard let field = fields.first else { return }
    let isOurs = fields.count == 1 && Self.isSame(field.value, host)
    guard isOurs else {
      throw Problem(.foreignOrigin, "The request comes from a page of another origin.")
    }
  }

  /// Browsers say of each request what kind of page it comes from, also of those without an origin.
  ///
  /// Such are pictures, scripts and frames of other pages. Their answers cannot be read by that page, but would
  /// be computed, and tokens be tried.
  ///
  /// A link to the page itself may be followed from anywhere (https://www.w3.org/TR/fetch-metadata/).
  private func checkSite(_ request: ServedRequest, _ target: RequestTarget) throws(Problem) {
    func value(_ name: String) -> String? {
      request.headers.first { $0.name == name }
        .map { String(decoding: $0.value, as: UTF8.self).lowercased() }
    }
    guard let site = value("sec-fetch-site"), site != "same-origin", site != "none" else { return }
    let isVisit =
      value("sec-fetch-mode") == "navigate" && value("sec-fetch-dest") == "document"
      && target.path == Array(PageFiles.root.utf8) && !target.asksForBuckets
    guard isVisit else {
      throw Problem(.foreignOrigin, "The request comes from a page of another site.")
    }
  }

  /// Whether an origin is where the request was sent to; a port that is not named is the scheme's.
  private static func isSame(_ origin: [UInt8], _ host: Authority) -> Bool {
    for (scheme, port) in [("http://", UInt16(80)), ("https://", 443)] {
      guard origin.starts(with: scheme.utf8) else { continue }
      guard let other = Authority(origin.dropFirst(scheme.utf8.count)) else { return false }
      return other.host == host.host && (other.port ?? port) == (host.port ?? port)
    }
    return false
  }
}

/// The token of a server, which may be changed while it runs, and who has guessed at it.
package final class TokenGuard: Sendable {
  private struct State {
    var token: AccessToken?
    var tries = FailedTries()
  }

  private let state: Mutex<State>
  private let began = ContinuousClock.now

  /// Nil asks for none.
  package init(_ token: AccessToken?) { state = Mutex(State(token: token)) }

  package func replace(_ token: AccessToken?) { state.withLock { $0.token = token } }

  package var asksForToken: Bool { state.withLock { $0.token != nil } }

  /// - Throws: `Problem` where the request offers none, or another, or its address did too often.
  func check(_ request: ServedRequest, query: [UInt8]?) throws(Problem) {
    // One of two would be looked at, and somebody before us may look at the other. Neither is shown.
    guard AccessToken.named(in: query).count < 2 else {
      throw .badRequest(
        "The parameter 'token' is there twice: leave one of them out.", parameter: "token")
    }
    let seconds = (ContinuousClock.now - began) / .seconds(1)
    let offered = AccessToken.offered(by: request.headers, query: query)
    let problem: Problem? = state.withLock { state in
      guard let token = state.token else { return nil }
      if let wait = state.tries.waitSeconds(request.peer.text, atSeconds: seconds) {
        return Problem(
          .tooManyTries,
          "This address has offered \(FailedTries.triesMax) different wrong tokens in a minute.",
          retryAfterSeconds: wait)
      }
      if let offered, token.admits(offered) { return nil }
      if let offered { state.tries.note(request.peer.text, offered, atSeconds: seconds) }
      var problem = Problem(
        .unauthorized,
        offered == nil
          ? "Send the token as 'Authorization: Bearer …', or as the parameter 'token'."
          : "This is not the token of this server.")
      problem.headers = [.init(name: "WWW-Authenticate", value: "Bearer realm=\"s3audit\"")]
      return problem
    }
    if let problem { throw problem }
  }
}
