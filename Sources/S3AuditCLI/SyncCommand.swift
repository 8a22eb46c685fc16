internal import AWS
internal import Arguments
internal import Crawl
internal import Index
internal import Report
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
    let requestsMax = options(endpoint: "").requestsMax
    let service = try await Service.connect(
      context.options.connection, environment: .process(),
      connections: requestsMax,
      requestsPerSecondMax: arguments.requestsPerSecondMax, now: systemTime)
    context.say("credentials: \(service.credentialsSource); region: \(service.region.name)")
    context.say("endpoint: \(service.endpointName.isEmpty ? "AWS" : service.endpointName)")
    context.say("index: \(path)")
    let options = options(endpoint: service.endpointName)
    if arguments.isDryRun {
      return try await DryRun(context, service, options).run(indexPath: path)
    }
    let writer = try IndexWriter(path: path, crashOrder: order, now: systemTime)
    let progress = SyncProgress()
    let sync = Sync(
      client: service.client, writer: writer, options: options, progress: progress,
      now: systemTime)
    let display = ProgressDisplay(context, progress: progress, client: service.client)
    do {
      let summary = try await display.showing { try await sync.run() }
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
        hint: "unset it, or write NAME or NAME:N with one of: \(names)", path: ["sync"])
    }
    return order
  }

  private func options(endpoint: String) -> SyncOptions {
    let arguments = context.options.sync
    var options = SyncOptions()
    options.targets = arguments.targets
    options.includes = arguments.includes
    options.excludes = arguments.excludes
    options.concurrency = arguments.concurrency
    options.restarts = arguments.restarts
    options.prunes = arguments.prunes
    options.readsProperties = arguments.readsProperties
    options.endpoint = endpoint
    return options
  }
}

/// `sync --dry-run`: what would be listed, from one list of buckets and what the index knows.
private struct DryRun {
  private let context: Context
  private let service: Service
  private let options: SyncOptions

  init(_ context: Context, _ service: Service, _ options: SyncOptions) {
    self.context = context
    self.service = service
    self.options = options
  }

  func run(indexPath: String) async throws -> ExitStatus {
    let selection = try await BucketSelection.resolve(options, client: service.client)
    let known = try knownObjects(indexPath)
    try write(selection.buckets, known)
    return .done
  }

  /// Objects by bucket as the index has them; nothing when there is no index yet.
  private func knownObjects(_ path: String) throws -> [String: BucketSummary] {
    do {
      return try IndexReader(path: path, now: context.now).buckets(at: service.endpointName)
    } catch IndexError.missing {
      return [:]
    }
  }

  private func write(_ buckets: [SelectedBucket], _ known: [String: BucketSummary]) throws {
    var writer = ReportWriter(
      columns: [
        Column("bucket", .text), Column("prefix", .key), Column("region", .text),
        Column("state", .text), Column("objects_known", .count),
        Column("list_requests", .count),
      ], options: context.reportOptions
    ) { try Terminal.writeOutput($0) }
    var requests: Int64 = 0
    for bucket in buckets {
      let summary = known[bucket.identity.name]
      // What lies below a prefix is not known without reading it.
      let isWhole = bucket.prefix.isStart
      let expected = isWhole ? summary.map { max(1, ($0.objects + 999) / 1_000) } : nil
      requests += expected ?? 1
      try writer.append([
        .text(bucket.identity.name), .key(bucket.prefix.bytes),
        (bucket.identity.region ?? summary?.region).map { .text($0) } ?? .null,
        .text((summary?.freshness.state ?? .never).rawValue),
        isWhole ? summary.map { .integer($0.objects) } ?? .null : .null,
        expected.map { .integer($0) } ?? .null,
      ])
    }
    var note = "Nothing was listed. \(counted(Int64(buckets.count), "bucket")), about "
    note += counted(requests, "LIST request")
    if service.endpointName.isEmpty { note += ", \(ListPrice.text(requests))" }
    try writer.finish(notes: [note + "."])
  }
}
