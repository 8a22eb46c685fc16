internal import AWS
internal import Arguments
internal import Crawl
internal import Index
internal import S3
internal import Vocabulary

/// `sync`: lists buckets into the index, shows how it goes, and says what came of it.
struct SyncCommand: Sendable {
  private let context: Context

  init(_ context: Context) {
    self.context = context
  }

  func run() async throws -> ExitStatus {
    try await context.interrupt.cancelling { try await connectAndSync() }
  }

  private func connectAndSync() async throws -> ExitStatus {
    let order = try crashOrder()
    let path = try context.indexPath()
    let arguments = context.options.sync
    let options = syncOptions
    let (accounts, unreachable) = try await connect(requestsMax: options.requestsMax)
    context.say("index: \(path)")
    if arguments.isDryRun {
      return try await DryRun(context, accounts, unreachable, options)
        .run(indexPath: path)
    }
    let writer = try IndexWriter(path: path, crashOrder: order, now: systemTime)
    let progress = SyncProgress()
    let sync = Sync(
      accounts: accounts, unreachable: unreachable, writer: writer,
      options: options, progress: progress, now: systemTime)
    let display = ProgressDisplay(context, progress: progress, clients: accounts.map(\.client))
    do {
      let summary = try await display.showing { try await sync.run() }
      for note in accounts.compactMap(\.client.clockNote) { context.say(note) }
      return try SyncReport(context, summary: summary, indexPath: path).write()
    } catch is CancellationError {
      let listed = progress.snapshot.objects
      Terminal.writeError(
        """
        Interrupted after \(counted(listed, "object")); what was listed is kept.
        Help:  run the same command again to go on from here

        """)
      throw CancellationError()
    }
  }

  /// Where a test has this process die.
  ///
  /// A slip in it must not pass for a sync that nothing could kill.
  private func crashOrder() throws -> CrashOrder? {
    guard let text = context.variables[CrashOrder.variable], !text.isEmpty else { return nil }
    guard let order = CrashOrder(text) else {
      let names = Crashpoint.allCases.map(\.rawValue).joined(separator: ", ")
      throw UsageError(
        "\(CrashOrder.variable) is for tests of s3audit itself, and '\(text)' is no crashpoint.",
        hint: "unset it, or write NAME or NAME:N with one of: \(names)")
    }
    return order
  }

  /// Connects with every profile that was named.
  ///
  /// Credentials that cannot be had stop the sync when they are the only ones. A profile that does
  /// not exist always does: it is a slip.
  private func connect(
    requestsMax: Int
  ) async throws -> (accounts: [SyncAccount], unreachable: [RefusedAccount]) {
    let limits = AccountLimits(
      connections: requestsMax,
      requestsPerSecondMax: context.options.sync.requestsPerSecondMax)
    let connections = context.options.connection.perProfile
    var accounts: [SyncAccount] = []
    var unreachable: [RefusedAccount] = []
    for options in connections {
      do {
        let account = try await Account.connect(options, limits: limits)
        if let profile = account.profileName { context.say("profile: \(profile)") }
        for line in account.verboseLines { context.say(line) }
        accounts.append(
          SyncAccount(account, client: S3Client(account: account, options: options.calls)))
      } catch  where connections.count > 1 && !error.isSlip {
        try Task.checkCancellation()
        unreachable.append(RefusedAccount(profile: options.profile, error: error))
      }
    }
    guard !accounts.isEmpty else { throw AllAccountsRefused(unreachable) }
    return (accounts, unreachable)
  }

  private var syncOptions: SyncOptions {
    let arguments = context.options.sync
    var options = SyncOptions()
    options.targets = arguments.targets
    options.includes = arguments.includes
    options.excludes = arguments.excludes
    options.concurrency = arguments.concurrency
    options.restarts = arguments.restarts
    options.prunes = arguments.prunes
    options.readsProperties = arguments.readsProperties
    return options
  }
}

extension Error {
  /// Whether it is about what was typed or written into a file, and not about credentials.
  fileprivate var isSlip: Bool {
    guard let error = self as? ConfigurationError else { return self is CancellationError }
    return switch error.kind {
    case .profileFile, .fileRefused, .profileNotFound, .region, .endpoint, .retry: true
    default: false
    }
  }
}
