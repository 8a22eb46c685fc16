internal import Arguments
internal import HTTPServing
internal import Index
internal import Server
internal import System
internal import Vocabulary

/// One run of a server: from what can be wrong before anything listens to the last answer.
@MainActor struct ServeRun {
  private let arguments: ServeArguments
  private let context: Context
  private let files: ServeFiles
  private let indexPath: String

  init(_ arguments: ServeArguments, _ context: Context) throws {
    self.arguments = arguments
    self.context = context
    files = ServeFiles(
      tokenFile: arguments.tokenFile, tokenVariable: context.variables[ServeFiles.variable],
      certificateFile: arguments.certificateFile, keyFile: arguments.keyFile)
    indexPath = try context.indexPath()
  }

  private static let patience = Duration.seconds(5)
  private static let patienceMilliseconds = 9_000
  private static let patienceForLog = Duration.seconds(1)

  func run() async throws -> ExitStatus {
    // Before the first secret is read.
    ThisProcess.hideMemory()
    Heap.share(among: 2)
    try checkArguments()
    let token = try files.token()
    guard token != nil || arguments.listen.isLoopback else {
      throw UsageError(
        "Others can reach \(arguments.listen.host), and there is no token.",
        hint: "name a file with --token-file, or listen on 127.0.0.1")
    }
    let identity = try files.identity()
    try checkIndex()
    let pool = try ReaderPool(
      ReaderPool.Settings(path: indexPath, timeout: arguments.queryTimeout), now: systemTime)
    let refusals = RefusalTally()
    let lines = try LogQueue(tick: { refusals.summary() }, write: { Terminal.writeError($0) })
    let metrics = ServedMetrics(arguments.metrics, ofIndexAt: indexPath)
    let tokens = TokenGuard(token)
    let service = WebService(
      gate: Gate(allowedHosts: arguments.allowedHosts), token: tokens, pool: pool,
      log: log(to: lines, refusals),
      hooks: metrics.hooks, now: systemTime)
    let server = try HTTPServer(settings(identity)) { request, reply in
      service.respond(to: request, hasRoom: { reply.hasRoom(forBytes: $0) }) { reply.send($0) }
    } onRefusal: { refusal in
      service.noteRefusal(
        of: refusal.peer.text, status: refusal.status, reason: refusal.words)
    }
    let manager = ServiceManager(environment: context.variables)
    try metrics.keepReady()
    try listenForReloads(tokens, server, manager, lines)
    try announce(server, hasTLS: identity != nil, manager)
    if let manager { try watch(manager, pool) }
    await untilSignal()
    manager?.tell("STOPPING=1\nSTATUS=answering what was asked")
    EndingSignals.endProcess(afterMilliseconds: Self.patienceMilliseconds)
    server.stop(within: Self.patience)
    pool.close()
    if let rest = refusals.summary(isLast: true), !context.options.output.isQuiet {
      lines.append(rest)
    }
    lines.close(within: Self.patienceForLog)
    return .done
  }

  // MARK: Before anything listens

  private func checkArguments() throws(UsageError) {
    guard (arguments.certificateFile == nil) == (arguments.keyFile == nil) else {
      throw UsageError(
        "A certificate and its key belong together.", hint: "give both --tls-cert and --tls-key")
    }
  }

  /// A file that is no index is an error; none at all is not, as it may come.
  private func checkIndex() throws {
    do {
      let reader = try IndexReader(path: indexPath, now: context.now)
      guard !context.options.output.isQuiet,
        let note = try MetricsOptions.note(on: arguments.metrics, reader)
      else { return }
      Terminal.writeError("Note: \(note)\n")
    } catch IndexError.missing {
      // What may not be looked at is not missing.
      do throws(SystemError) {
        _ = try FileStatus.ofPath(indexPath)
      } catch  where !error.isNowhere {
        throw CommandFailure(
          message: error.description,
          hint: "let the server's user enter the folder and read the index")
      } catch {}
      guard !context.options.output.isQuiet else { return }
      Terminal.writeError(
        "Note: there is no index at \(indexPath.escapingControls()) yet; it is served when it comes\n"
      )
    }
  }

  private func settings(_ identity: TLSIdentity?) -> ListenSettings {
    var settings = ListenSettings(
      host: arguments.listen.host, port: arguments.listen.port, tls: identity)
    settings.connectionsMax = arguments.connectionsMax
    return settings
  }

  private func log(to lines: LogQueue, _ refusals: RefusalTally) -> AccessLog? {
    guard !context.options.output.isQuiet else { return nil }
    return AccessLog(arguments.logFormat, refusals: refusals) { lines.append($0) }
  }

  // MARK: While it runs

  private func announce(_ server: HTTPServer, hasTLS: Bool, _ manager: ServiceManager?) throws {
    let urls = server.addresses.map { "\(hasTLS ? "https" : "http")://\($0)/" }
    try Terminal.writeOutput(urls.map { "Serving \($0)\n" }.joined())
    if !context.options.output.isQuiet {
      let place = arguments.tokenFile ?? (files.tokenVariable.map { _ in ServeFiles.variable })
      let text = place.map { "The token is in \($0.escapingControls())\n" } ?? ""
      Terminal.writeError(text)
    }
    manager?.tell("READY=1\nSTATUS=serving \(urls.joined(separator: " "))")
  }

  /// Has SIGHUP read token and certificate anew; what cannot be used is said, and the old one stays.
  private func listenForReloads(
    _ tokens: TokenGuard, _ server: HTTPServer, _ manager: ServiceManager?, _ lines: LogQueue
  ) throws {
    let isQuiet = context.options.output.isQuiet
    try ReloadSignal.listen { [files] in
      manager?.tell("RELOADING=1")
      do {
        let token = try files.token()
        if token != nil || !tokens.asksForToken { tokens.replace(token) }
        if let identity = try files.identity() { try server.replace(tls: identity) }
        if !isQuiet { lines.append("Note: token and certificate were read anew\n") }
      } catch {
        lines.append(errorText(error))
      }
      manager?.tell("READY=1")
    }
  }

  /// Tells whoever watches the process that it lives, as long as questions come to an end.
  private func watch(_ manager: ServiceManager, _ pool: ReaderPool) throws {
    guard let interval = manager.watchdogInterval else { return }
    _ = try SystemThread {
      while true {
        if pool.isAlive { manager.tell("WATCHDOG=1") }
        SystemClock.block(for: interval / 3)
      }
    }
  }

  private func untilSignal() async {
    await withCheckedContinuation { continuation in
      context.interrupt.onInterrupt { continuation.resume() }
    }
  }
}

extension Refusal {
  /// What the client was told; 0 where its connection was cut.
  fileprivate var status: Int {
    if case .request(let status) = reason { status } else { 0 }
  }

  fileprivate var words: String {
    switch reason {
    case .request: "bad-request"
    case .unreadable: "unreadable"
    case .slowRequest: "slow-request"
    case .slowReader: "slow-reader"
    case .crowded: "crowded"
    case .manyConnections: "many-connections"
    }
  }
}
