internal import AWS
internal import Answers
internal import Arguments
internal import Crawl
internal import HTTP
internal import Index
internal import Inventory
internal import Report
internal import S3
internal import System
internal import Vocabulary

/// One run of `import inventory`, from its arguments to its report.
struct ImportInventory: Sendable {
  private let context: Context
  private let arguments: ImportInventoryArguments

  init(_ context: Context, _ arguments: ImportInventoryArguments) {
    self.context = context
    self.arguments = arguments
  }

  private static let connectionsMax = 8

  func run() async throws -> ExitStatus {
    try await InventoryProgressText.telling(context, read)
  }

  private func read(_ progress: InventoryProgress) async throws -> ExitStatus {
    let order = try context.crashOrder()
    let path = try context.indexPath()
    context.say("index: \(path)")
    let (source, endpoint) = try await source()
    let request = InventoryRequest(
      source: source, scope: scope, isForced: arguments.isForced, endpoint: endpoint,
      temporaryFolder: context.temporaryFolder)
    let display = InventoryProgressText.display(of: progress, context)
    let inventory = InventoryImport(
      request, indexPath: path, progress: progress, now: systemTime
    ) { remark in
      say(remark, on: display)
    }
    let (summary, rest) = try await showing(display) {
      let ready = try await inventory.read()
      let writer = try IndexWriter(
        path: path, crashOrder: order, patience: context.patience(indexPath: path), now: systemTime)
      return try await writer.resting { try await inventory.store(ready, with: writer) }
    }
    context.say(rest, of: path)
    try report(summary)
    guard let failure = summary.outcome.failure else { return .done }
    Terminal.writeError(crawlErrorText(failure, of: summary.bucket))
    return .refused
  }

  /// Runs `body` with the display beside it, which is gone when `body` returns.
  private func showing<Result: Sendable>(
    _ display: LiveDisplay<InventoryProgressText.Sample>,
    _ body: @escaping @Sendable () async throws -> Result
  ) async throws -> Result {
    async let _: Void = display.show()
    return try await body()
  }

  private var scope: InventoryRequest.Scope {
    if let prefix = arguments.prefix { return .prefix(Key(prefix)) }
    return arguments.isWholeBucket ? .wholeBucket : .asConfigured
  }

  // MARK: - Where it is

  private func source() async throws -> (InventoryRequest.Source, endpoint: String?) {
    if let csv = arguments.csv {
      return (.rows(try rows(csv)), try await arguments.connection.endpointOfCopies(context))
    }
    let name = arguments.source ?? ""
    guard name.hasPrefix("s3://") else {
      return (
        .manifest(.folder(path: name), date: arguments.date),
        try await arguments.connection.endpointOfCopies(context)
      )
    }
    let target = try BucketArgument(name)
    guard !target.isPattern else {
      throw UsageError(
        "The argument '\(name)' is a pattern of buckets.",
        hint: "name the one bucket that the inventory is in")
    }
    let account = try await Account.connect(
      arguments.connection, for: [target.bucket],
      limits: context.limits(connections: Self.connectionsMax))
    for line in account.verboseLines { context.say(line) }
    let client = S3Client(account: account, options: arguments.connection.calls)
    let key = target.prefix?.text ?? ""
    return (
      .manifest(.bucket(client, name: target.bucket, key: key), date: arguments.date),
      account.bucketNamespace
    )
  }

  private func rows(_ name: String) throws -> InventoryRequest.Rows {
    let file = try InputFile(name, context)
    return InventoryRequest.Rows(
      name: file.name, schema: arguments.schema ?? "", created: arguments.time
    ) { try file.next() }
  }

  // MARK: - What is said

  private func say(
    _ remark: InventoryRemark, on display: LiveDisplay<InventoryProgressText.Sample>
  ) {
    guard !context.options.output.isQuiet else { return }
    let text =
      switch remark {
      case .beingWritten(let date, let used):
        "Note: the inventory of \(date) has no manifest yet, and is being written; taken is \(used)"
      case .noChecksum(let manifest):
        "Note: there is no manifest.checksum beside \(manifest), so nobody can say whether it is as it was written"
      case .takenForWhole(let bucket, let shared, let reason):
        "Warning: \(shared.map { "all keys begin with '\($0.text)'" } ?? "there are no keys"), and nobody says whether "
          + "the inventory is of all of \(bucket) (\(reason)); it is taken for that\n"
          + "Help:  for an inventory of these keys alone say --prefix '\(shared?.folder.text ?? "…")', else --whole-bucket"
      case .takenForPart(let bucket, let shared, let reason):
        "Warning: all keys begin with '\(shared.text)', and nobody says whether the inventory is of all of \(bucket) "
          + "(\(reason)); it is taken to be of these keys alone\n"
          + "Help:  if it is of all keys, say --whole-bucket; of more than these, say --prefix '\(shared.folder.text)'"
      case .believedConfiguration(let bucket, let prefix, let shared, let created, let removed):
        "\(removed == nil ? "Note" : "Warning"): the configuration says that the inventory is of \(prefix.isStart ? "all of \(bucket)" : "'\(prefix.text)'"), and "
          + (shared.map { "all keys in it begin with '\($0.text)'" } ?? "there are no keys in it")
          + (removed.map { "; others are removed, such as '\($0.text)'" } ?? "")
          + "; if it was of less on \(created.iso8601.prefix(10)), import it again with --prefix"
      case .noEndMark(let name):
        "Note: no line '#end' tells that the rows of \(name) are all; see that what wrote them has ended well"
      case .yetToCome(let time):
        "Note: it says that it is of \(time.iso8601), which has yet to come; it is taken to be of now"
      case .datedByRows(let time):
        "Note: the rows are taken to be of \(time.iso8601), their latest time; --time says it better"
      case .noETags:
        "Note: the inventory has no ETags; they stay as far as they are known, and the next sync adds them"
      }
    let lines = text.split(separator: "\n").map { $0.escapingWithin() }
    display.say(lines.joined(separator: "\n") + "\n")
  }

  private func report(_ summary: InventorySummary) throws {
    guard !context.options.output.isQuiet else { return }
    let guessed = summary.counts.versionsInGuessedOrder
    if guessed > 0 {
      Terminal.writeError(
        "Note: the order of \(counted(guessed, "version")) is a guess: others of the same key have the same time, and an "
          + "inventory has no order for them; 'sync --versions' tells it\n")
    }
    context.say(
      "read: \(counted(summary.rows, "row")) of \(counted(Int64(summary.files), "file"))")
    var writer = ReportWriter(
      columns: [
        Column("bucket", .text, rank: .answer), Column("prefix", .text),
        Column("as_of", .timestamp, rank: .stays), Column("objects", .count, rank: .stays),
        Column("versions", .count), Column("added", .count), Column("changed", .count),
        Column("removed", .count), Column("state", .text, rank: .stays),
      ], options: context.reportOptions()
    ) { try Terminal.writeOutput($0) }
    try writer.append([
      .text(summary.bucket), .text(summary.prefix.text), .timestamp(summary.created),
      .integer(summary.counts.objects),
      summary.hasVersions ? .integer(summary.counts.versions) : .null,
      .integer(summary.counts.added), .integer(summary.counts.changed),
      .integer(summary.counts.removed), .text(summary.outcome.state.rawValue),
    ])
    try writer.finish()
  }
}

extension Substring {
  fileprivate func escapingWithin() -> String { String(self).escapingControls(scalarsMax: .max) }
}
