internal import AWS
internal import Answers
internal import Arguments
internal import Crawl
internal import Index
internal import Metrics
internal import S3
internal import Sync
internal import Vocabulary

/// `sync`: lists buckets into the index.
let syncCommand = ToolCommand(
  Command<SyncArguments>(
    name: "sync", abstract: "List buckets into the index.",
    discussion: """
      Without arguments every bucket of the account is listed, or with several profiles of every account: \
      one that refuses does not stop the others. Only differences are written. A sync that \
      was interrupted, or killed, goes on where it was when it is run again within 24 hours. A bucket \
      that cannot be listed keeps its last data, is marked in every answer, and the others go on.
      """,
    positionals: [
      Positional(
        name: "target",
        help: "A bucket, a pattern of buckets like 'logs-*', or s3://BUCKET/PREFIX.",
        isRequired: false, isRepeated: true)
    ],
    options: SyncArguments.rows + SyncArguments.metricsRows
      + ConnectionOptions.rows(takesProfiles: true, \.connection),
    examples: [
      Example("Every bucket of the account:", "s3audit sync"),
      Example("Some buckets of another profile:", "s3audit sync --profile audit 'logs-*'"),
      Example("Every bucket of two accounts:", "s3audit sync --profile prod --profile dev"),
      Example("For ten cents at most:", "s3audit sync --max-cost 0.10"),
      Example("One prefix of one bucket:", "s3audit sync s3://logs/2026/"),
      Example("What a first sync would cost:", "s3audit sync --dry-run --probe"),
      Example(
        "Every night, with a file for Prometheus' node exporter:",
        "s3audit sync -q --metrics-file /var/lib/node-exporter/s3audit.prom"),
      Example(
        "A server on this machine:", "s3audit sync --endpoint-url http://127.0.0.1:9000"),
    ],
    exitStatuses: ExitStatus.rows,
    applyPositionals: { sync, arguments throws(UsageError) in
      for argument in arguments {
        sync.options.targets.append(try ArgumentValues.syncTarget(argument))
      }
      try sync.check()
    })
) { arguments, context in
  try await SyncCommand(context, arguments).run()
}

/// What was asked of `sync`.
struct SyncArguments: CommandArguments {
  var options = SyncOptions()
  var connection = ConnectionOptions()
  var requestsPerSecondMax: Double?
  var isDryRun = false
  /// A dry run asks buckets that were never listed whole about how much they hold.
  var probes = false
  var progress = ProgressMode.auto
  /// Who may read and write the index; nil leaves that as it is.
  var fileMode: FileMode?
  /// What requests to AWS's S3 may cost together.
  var maxCost: MaxCost?
  /// Where metrics go when the sync has ended, however it has.
  var metricsFile: MetricsFile?
  var metrics = MetricsSettings()

  static let rows: [Option<SyncArguments>] = [
    Option(
      long: "include", value: "pattern",
      help: "Only buckets whose names match; may be repeated."
    ) { sync, text in sync.options.includes.append(text) },
    Option(
      long: "exclude", value: "pattern",
      help: "No buckets whose names match; may be repeated."
    ) { sync, text in sync.options.excludes.append(text) },
    Option(
      long: "in-region", value: "pattern",
      help: "Only buckets in regions whose names match, like 'eu-*'; may be repeated."
    ) { sync, text in sync.options.regions.append(text) },
    .count(
      "concurrency", short: "c", in: 1...1024,
      help: "LIST requests in flight over all buckets, at most; 1 lists page after page.",
      defaultText: "64 for a new bucket, 256 for one in the index",
      setsOptional: \.options.concurrency),
    Option(
      long: "max-requests-per-second", value: "rate",
      help: "At most so many requests a second over all buckets, repeated ones included.",
      defaultText: "no limit"
    ) { sync, text throws(UsageError) in
      sync.requestsPerSecondMax = try ArgumentValues.rate(text)
    },
    .flag(
      "full", help: "Forget the checkpoints of unfinished crawls and begin again.",
      sets: \.options.restarts),
    .flag(
      "prune", help: "Remove buckets from the index that their account no longer has.",
      sets: \.options.prunes),
    .flag(
      "no-properties", help: "Do not read how the buckets are set up; what is known of it stays.",
      sets: \.options.readsProperties, to: false),
    Option(
      long: "versions",
      help: """
        List versions and delete markers, not objects alone; later syncs of these buckets do, too.
        """
    ) { sync, _ throws(UsageError) in try sync.wantVersions(true) },
    Option(
      long: "no-versions", help: "List objects alone again; what is known of versions stays."
    ) { sync, _ throws(UsageError) in try sync.wantVersions(false) },
    .flag(
      "uploads", help: "List unfinished multipart uploads, too.", sets: \.options.listsUploads),
    Option(
      long: "parts",
      help:
        "List unfinished multipart uploads with their parts, which say how many bytes they hold."
    ) { sync, _ in
      sync.options.listsUploads = true
      sync.options.listsParts = true
    },
    .flag(
      "dry-run", short: "n",
      help: "Show what would be listed and about what it costs; list nothing.",
      sets: \.isDryRun),
    .flag(
      "probe",
      help: "With --dry-run: estimate what was never listed, by up to 100 requests a bucket.",
      sets: \.probes),
    Option(
      long: "mode", value: "octal",
      help: "Who may read and write the index, as chmod has it, like 0640 for a group.",
      defaultText: "that of the file, 0600 for a new one"
    ) { sync, text throws(UsageError) in
      guard let mode = FileMode(text) else {
        throw .invalidValue("use an octal mode with which the owner reads and writes, like 0640")
      }
      sync.fileMode = mode
    },
    MaxCost.row(sets: \.maxCost),
    ProgressMode.row(auto: "a live display on a terminal", sets: \.progress),
  ]

  static let metricsRows =
    [
      Option<SyncArguments>(
        long: "metrics-file", value: "file",
        help: """
          Write metrics for the textfile collector of Prometheus' node exporter when the sync has ended, also \
          when it failed; the name ends with .prom.
          """
      ) { sync, text throws(UsageError) in sync.metricsFile = try MetricsFile(text) }
    ] + MetricsOptions.rows(\.metrics)

  /// Refuses options that mean nothing together.
  fileprivate func check() throws(UsageError) {
    guard isDryRun || !probes else {
      throw UsageError(
        "The option '--probe' is only for '--dry-run': a sync lists everything anyway.",
        hint: "add --dry-run, or leave out --probe")
    }
    guard metricsFile != nil || metrics == MetricsSettings() else {
      throw UsageError(
        "The options '--metrics-buckets' and '--metrics-prefix' are only for '--metrics-file'.",
        hint: "add --metrics-file FILE.prom, or leave them out")
    }
  }

  private mutating func wantVersions(_ wish: Bool) throws(UsageError) {
    guard options.listsVersions ?? wish == wish else {
      throw UsageError(
        "The options '--versions' and '--no-versions' exclude each other.",
        hint: "leave one of them out")
    }
    options.listsVersions = wish
  }
}

/// A sync from its accounts to its report: it shows how it goes, and says what came of it.
struct SyncCommand: Sendable {
  private let context: Context
  private let arguments: SyncArguments

  init(_ context: Context, _ arguments: SyncArguments) {
    self.context = context
    self.arguments = arguments
  }

  /// What is said of a sync that was interrupted.
  static let howToGoOn = "run the same command again to go on from here"

  func run() async throws -> ExitStatus {
    try await context.interrupt.cancelling { try await connectAndSync() }
  }

  private func connectAndSync() async throws -> ExitStatus {
    let order = try context.crashOrder()
    let path = try context.indexPath()
    if arguments.isDryRun {
      let (accounts, unreachable) = try await connect(arguments.options, indexPath: path, nil)
      context.say("index: \(path)")
      return try await DryRun(context, accounts, unreachable, arguments).run(indexPath: path)
    }
    try arguments.metricsFile?.check()
    let progress = CrawlProgress()
    let limit = arguments.maxCost?.limit
    let end: SyncEnd
    do {
      end = try await sync(into: path, order, progress, limit)
    } catch {
      writeMetrics(of: SyncEnd(error: error), limit, indexPath: path)
      throw error
    }
    writeMetrics(of: end, limit, indexPath: path)
    let report = SyncReport(
      context, summary: end.summary, isAnonymous: arguments.connection.isAnonymous,
      indexPath: path)
    guard let error = end.error else { return try report.write() }
    do {
      try report.writeFailure(error)
    } catch is BrokenPipe {
      // Nobody reads it. That the sync failed is what the exit code has to say.
    }
    if error is CancellationError, let limit, let text = arguments.maxCost?.text(of: limit) {
      Terminal.writeError(text)
      return .refused
    }
    if error is CancellationError {
      let listed = progress.snapshot.objects
      Terminal.writeError(
        """
        Interrupted after \(counted(listed, "object")); what was listed is kept.
        Help:  \(Self.howToGoOn)

        """)
    }
    throw error
  }

  /// Leaves the metrics before anything is printed: nobody who reads slowly keeps them back.
  private func writeMetrics(of end: SyncEnd, _ limit: SpendingLimit?, indexPath: String) {
    let status: ExitStatus =
      switch end.error {
      case nil: end.summary.isWhole ? .done : .refused
      case is CancellationError where limit?.stop != nil: .refused
      case let error?: ExitStatus(for: error)
      }
    let sync = LastSync(
      started: context.now, finished: systemTime(), exitStatus: status.rawValue,
      requests: end.summary.requests, retries: end.summary.retries)
    arguments.metricsFile?.write(sync, ofIndexAt: indexPath, arguments.metrics)
  }

  /// Connects and syncs to whatever end.
  ///
  /// - Throws: only `UsageError`.
  private func sync(
    into path: String, _ order: CrashOrder?, _ progress: CrawlProgress, _ limit: SpendingLimit?
  ) async throws -> SyncEnd {
    var options = arguments.options
    do {
      let (accounts, unreachable) = try await connect(options, indexPath: path, limit)
      context.say("index: \(path)")
      if limit != nil, !accounts.contains(where: \.isOfAWS), !context.options.output.isQuiet {
        Terminal.writeError("Note: --max-cost is about AWS, and no account of this sync is there\n")
      }
      let writer = try IndexWriter(
        path: path, mode: arguments.fileMode, crashOrder: order,
        patience: context.patience(indexPath: path), now: systemTime)
      try await writer.keepOwnPrices(.recorded)
      let prices = RequestPrices.known(try await writer.importedPrices(), now: context.now)
      options.prices = prices
      let sync = Sync(
        accounts: accounts, unreachable: unreachable, writer: writer,
        options: options, progress: progress, now: systemTime)
      let display = ProgressDisplay(
        context, arguments.progress, of: progress, clients: accounts.map(\.client))
      let (end, rest) = try await display.showing {
        try await writer.resting {
          await limit.keeping(prices) { await sync.runToEnd() }
            ?? SyncEnd(error: CancellationError())
        }
      }
      context.say(rest, of: path)
      for note in accounts.compactMap(\.client.clockNote) { context.say(note) }
      return end
    } catch let error as UsageError {
      throw error
    } catch {
      return SyncEnd(error: error)
    }
  }

  /// The buckets that were named, where nothing else was: else a list may have more of them.
  private var namedBuckets: [String] {
    let targets = arguments.options.targets
    let names = targets.compactMap { target in
      if case .bucket(let name, _) = target { name } else { nil }
    }
    return names.count == targets.count ? names : []
  }

  /// Connects with every profile that was named.
  ///
  /// Credentials that cannot be had stop the sync when they are the only ones. A profile that does
  /// not exist always does: it is a slip.
  private func connect(
    _ options: SyncOptions, indexPath: String, _ limit: SpendingLimit?
  ) async throws -> (accounts: [SyncAccount], unreachable: [RefusedAccount]) {
    do {
      return try await connect(options.requestBudget, limit)
    } catch {
      let refused =
        (error as? AllAccountsRefused)?.refusals
        ?? [RefusedAccount(profile: arguments.connection.perProfile.first?.profile, error: error)]
      if !arguments.isDryRun {
        let areAsked = options.needsAccountLists && !error.isSlip
        await record(areAsked ? refused : [], indexPath: indexPath)
      }
      throw error
    }
  }

  /// Notes in an index that is there that a sync has failed, and which accounts could not even be asked.
  private func record(_ refused: [RefusedAccount], indexPath: String) async {
    guard IndexFiles(path: indexPath) != nil,
      // Where another sync writes the index, or it cannot be written, there is an error to report that
      // says more.
      let writer = try? IndexWriter(path: indexPath, now: systemTime)
    else { return }
    for account in refused { try? await Sync.record(account, in: writer) }
    try? await writer.recordFailedSync(started: context.now)
    _ = try? await writer.rest()
  }

  private func connect(
    _ budget: RequestBudget, _ limit: SpendingLimit?
  ) async throws -> (accounts: [SyncAccount], unreachable: [RefusedAccount]) {
    let limits = context.limits(
      connections: budget.inFlightMax, requestsPerSecondMax: arguments.requestsPerSecondMax,
      spending: limit)
    let connected = try await ConnectedAccounts(
      context, arguments.connection, for: namedBuckets, limits: limits)
    let accounts = connected.accounts.map { account, options in
      SyncAccount(account, client: S3Client(account: account, options: options.calls))
    }
    return (accounts, connected.refused)
  }
}
