package import HTTPServing
package import Index
internal import System
package import Vocabulary

/// What answers requests: checks them, asks the index, and writes a line of each into the log.
///
///     let service = WebService(gate: Gate(), token: TokenGuard(nil), pool: pool, log: log, now: systemTime)
///     service.respond(to: request) { answer in reply.send(answer) }
///
/// It neither blocks nor throws: what has to be read is left to the pool, and every request has one answer.
package final class WebService: Sendable {
  /// What is told of each request to whoever counts them.
  package struct Finished: Sendable {
    package var route: String
    package var status: Int
    package var seconds: Double
  }

  /// What a server has beside questions: its metrics, and a count of its requests.
  package struct Hooks: Sendable {
    package var count: @Sendable (Finished) -> Void = { _ in }
    /// The text of `/metrics`, as it is or as gzip; nil where there is no such path.
    package var metrics: (@Sendable (IndexReader, _ isGzip: Bool) throws -> [UInt8])?
    /// The same where it is known already: nobody has to read the index for it, or wait for who reads.
    package var readyMetrics: @Sendable (_ isGzip: Bool) -> [UInt8]? = { _ in nil }

    package init() {}
  }

  /// Every route that `Finished` may name.
  package static let routeNames =
    Routes().answers.map(\.name)
    + ["healthz", "index", "metrics", "openapi", "page", "refused"]

  package typealias Send = @Sendable (ServedAnswer) -> Void

  private let gate: Gate
  private let token: TokenGuard
  private let pool: ReaderPool
  private let log: AccessLog?
  private let hooks: Hooks
  private let now: @Sendable () -> Timestamp
  private let routes = Routes()
  private let page = PageFiles()
  private let openAPI: [UInt8]

  package init(
    gate: Gate, token: TokenGuard, pool: ReaderPool, log: AccessLog?, hooks: Hooks = Hooks(),
    now: @escaping @Sendable () -> Timestamp
  ) {
    (self.gate, self.token, self.pool, self.log) = (gate, token, pool, log)
    (self.hooks, self.now) = (hooks, now)
    openAPI = routes.openAPI()
  }

  /// `hasRoom` is asked whether there is memory for the bytes of an answer until its client has taken them; without
  /// it, the client is told to come back.
  package func respond(
    to request: ServedRequest, hasRoom: @escaping @Sendable (Int) -> Bool = { _ in true },
    _ send: @escaping Send
  ) {
    let began = ContinuousClock.now
    let finish: @Sendable (String, ServedAnswer) -> Void = { [self] route, answer in
      var answer = hasRoom(answer.body.count) ? answer : Self.noRoom
      answer.headers += ServedAnswer.headersOfAll
      note(request, answer, route, ContinuousClock.now - began)
      send(answer)
    }
    do throws(Problem) {
      let target = try gate.check(request)
      try answer(request, target, finish)
    } catch {
      finish("refused", error.answer)
    }
  }

  private static let noRoom =
    Problem(
      .busy, "As many answers wait for their clients to take them as there is memory for.",
      retryAfterSeconds: 1
    ).answer

  typealias Finish = @Sendable (String, ServedAnswer) -> Void

  private func answer(
    _ request: ServedRequest, _ target: RequestTarget, _ finish: @escaping Finish
  ) throws(Problem) {
    let path = String(decoding: target.path, as: UTF8.self)
    if path == Routes.health { return finish("healthz", Self.text("ok\n")) }
    let asksForBuckets = target.asksForBuckets
    if !asksForBuckets, let file = page.file(at: path) {
      return finish("page", file.answer(to: request))
    }
    try token.check(request, query: target.query)
    switch path {
    case Routes.index: return finish("index", index())
    case Routes.openAPI:
      return finish(
        "openapi",
        ServedAnswer(
          status: 200,
          headers: [("Content-Type", "application/json"), ("Cache-Control", "no-store")],
          body: openAPI, closes: false))
    case Routes.metrics where hooks.metrics != nil: return try answerMetrics(request, finish)
    default: break
    }
    let routePath = asksForBuckets ? "/api/v1/buckets" : path
    guard let route = routes.route(at: routePath) else { throw notFound(path) }
    let question = try route.read(try QueryText(target.query), nil)
    try ask(question, route, finish)
  }

  private func ask(
    _ question: Question, _ route: AnswerRoute, _ finish: @escaping Finish
  ) throws(Problem) {
    let weight = question.weight(of: route.name)
    let isDeep = weight == .heavy && question.isDeep(on: route.name)
    try pool.ask(isDeep ? .deep : weight) { [now] reader in
      let page = try AnswerPage.of(question, from: reader, now: now())
      finish(route.name, (consume page).answer(to: question, path: route.path))
    } failed: { error in
      finish(route.name, Problem(failure: error).answer)
    }
  }

  private func answerMetrics(
    _ request: ServedRequest, _ finish: @escaping Finish
  ) throws(Problem) {
    guard let metrics = hooks.metrics else { return }
    let isGzip = request.acceptsGzip
    let coding = isGzip ? [("Content-Encoding", "gzip")] : []
    let send: @Sendable ([UInt8]) -> Void = { text in
      finish(
        "metrics",
        ServedAnswer(
          status: 200,
          headers: [
            ("Content-Type", "text/plain; version=0.0.4; charset=utf-8"),
            ("Cache-Control", "no-store"), ("Vary", "Accept-Encoding"),
          ] + coding, body: text, closes: false))
    }
    if let text = hooks.readyMetrics(isGzip) { return send(text) }
    // Without an index that can be read the scrape fails, so that somebody hears of it.
    try pool.ask { reader in
      send(try metrics(reader, isGzip))
    } failed: { error in
      finish("metrics", Problem(failure: error).answer)
    }
  }

  /// Notes a client that was turned away before anybody was asked, and the reason in a word.
  package func noteRefusal(of peer: String, status: Int, reason: String) {
    if status > 0 { hooks.count(Finished(route: "refused", status: status, seconds: 0)) }
    guard status > 0 || log?.refusals.hasLine(reason) == true else { return }
    log?.note(
      AccessLog.Entry(
        at: now(), peer: peer, method: "-", target: Array(reason.utf8), status: status, bytes: 0,
        milliseconds: 0))
  }

  private func note(
    _ request: ServedRequest, _ answer: ServedAnswer, _ route: String, _ duration: Duration
  ) {
    hooks.count(
      Finished(route: route, status: answer.status, seconds: duration / .seconds(1)))
    log?.note(
      AccessLog.Entry(
        at: now(), peer: request.peer.text, method: request.method, target: request.target,
        status: answer.status, bytes: request.method == "HEAD" ? 0 : answer.body.count,
        milliseconds: duration / .milliseconds(1)))
  }

  // MARK: What needs no index

  private static func text(_ text: String) -> ServedAnswer {
    ServedAnswer(
      status: 200,
      headers: [("Content-Type", "text/plain; charset=utf-8"), ("Cache-Control", "no-store")],
      body: Array(text.utf8), closes: false)
  }

  private func index() -> ServedAnswer {
    let rows = routes.answers.map { route -> JSONValue in
      .object([
        "path": .string(route.path), "abstract": .string(route.abstract),
        "parameters": .array(route.parameters.map { .string($0.name) }),
      ])
    }
    let body = JSONValue.object([
      "version": .string(IndexFile.programVersion), "routes": .array(rows),
      "openapi": .string(Routes.openAPI),
    ])
    return ServedAnswer(
      status: 200, headers: [("Content-Type", "application/json"), ("Cache-Control", "no-store")],
      body: body.encoded() + "\n".utf8, closes: false)
  }

  private func notFound(_ path: String) -> Problem {
    Problem(
      .notFound,
      "There is nothing at '\(Problem.shown(Array(path.utf8)))'; \(Routes.index) lists what there is."
    )
  }
}
