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
    options: SyncArguments.rows + SyncArguments.metricsRows + NightOptions.rows(\.night)
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
        "Every night, telling a webhook what is wrong:",
        "s3audit sync -q --notify-url-file /etc/s3audit/webhook"),
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

/// A sync from its accounts to its report: it shows how it goes, and says what came of it.
struct SyncCommand: Sendable {
  private let context: Context
  private let arguments: SyncArguments

  init(_ context: Context, _ arguments: SyncArguments) {
    self.context = context
    self.arguments = arguments
  }

  func run() async throws -> ExitStatus {
    if let format = arguments.logFormat {
      Terminal.logErrors(ErrorLog(format: format, isQuiet: context.options.output.isQuiet))
    }
    let order = try context.crashOrder()
    let path = try context.indexPath()
    let night = try Night(
      context, arguments.night, NightJob(arguments.options, arguments.connection))
    if arguments.isDryRun {
      return try await context.interrupt.cancelling { try await rehearse(indexPath: path) }
    }
    try arguments.metricsFile?.check()
    Terminal.note(
      "sync_started", .info, ("index", .string(path)), ("version", .string(context.tool.version)))
    let progress = CrawlProgress()
    let limit = arguments.maxCost?.limit
    var slip: UsageError?
    let end: SyncEnd
    do {
      end = try await context.interrupt.cancelling {
        try await night.through { try await sync(into: path, order, progress, limit) }
      }
    } catch let error as UsageError {
      end = SyncEnd(error: error)
      slip = error
    }
    let finished = systemTime()
    SyncEvents.note(end, status(of: end, limit), started: context.now, finished: finished)
    await tell(night, end, limit, finished: finished, indexPath: path)
    if let slip { throw slip }
    return try report(end, progress, limit, finished: finished, indexPath: path)
  }

  private func rehearse(indexPath: String) async throws -> ExitStatus {
    let (accounts, unreachable) = try await connect(arguments.options, indexPath: indexPath, nil)
    context.say("index: \(indexPath)")
    return try await DryRun(context, accounts, unreachable, arguments).run(indexPath: indexPath)
  }

  private func report(
    _ end: SyncEnd, _ progress: CrawlProgress, _ limit: SpendingLimit?, finished: Timestamp,
    indexPath: String
  ) throws -> ExitStatus {
    let report = SyncReport(
      context, summary: end.summary, isAnonymous: arguments.connection.isAnonymous,
      finished: finished, indexPath: indexPath)
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
        Help:  \(SyncReport.howToGoOn)

        """)
    }
    throw error
  }

  /// Leaves the metrics, and tells who is to be told, before anything is printed: nobody who reads slowly keeps
  /// them back.
  private func tell(
    _ night: Night, _ end: SyncEnd, _ limit: SpendingLimit?, finished: Timestamp, indexPath: String
  ) async {
    let status = status(of: end, limit)
    let last = LastSync(
      started: context.now, finished: finished, exitStatus: status.rawValue,
      requests: end.summary.requests, retries: end.summary.retries)
    arguments.metricsFile?.write(last, ofIndexAt: indexPath, arguments.metrics)
    let sync = Notice.Sync(
      state: end.summary.state.rawValue, exitStatus: status, started: context.now,
      finished: finished, objects: end.summary.counts.objects,
      error: end.error.map { message(of: $0) })
    let stop = limit.flatMap { arguments.maxCost?.text(of: $0)?.prefix { $0 != "\n" } }
    await night.tell(
      sync, of: end, stop: stop.map(String.init), context.interrupt, indexPath: indexPath)
  }

  private func status(of end: SyncEnd, _ limit: SpendingLimit?) -> ExitStatus {
    switch end.error {
    case nil: end.summary.isWhole ? .done : .refused
    case is CancellationError where limit?.stop != nil: .refused
    case let error?: ExitStatus(for: error)
    }
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
