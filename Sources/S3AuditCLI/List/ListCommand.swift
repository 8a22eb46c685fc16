internal import AWS
internal import Arguments
internal import Crawl
internal import Index
internal import Report
internal import S3
internal import Synchronization
internal import Vocabulary

/// `list`: streams a listing of one bucket.
let listCommand = ToolCommand(
  Command<ListArguments>(
    name: "list", abstract: "Stream a listing of one bucket, without an index.",
    discussion: """
      Many parts of the bucket are listed side by side, and objects are printed as they come, in no order \
      unless --sorted asks for one. Memory does not grow with their number. The columns are those of the \
      view objects: key, size, last_modified, etag and storage_class. Formats are tsv (the default), csv \
      and jsonl. Only with an exit status of 0 was all printed; but when the reader goes away, as head does, \
      the listing ends quietly with 0, too.
      """,
    positionals: [Positional(name: "target", help: "A bucket, or s3://BUCKET/PREFIX.")],
    options: ListArguments.rows + ConnectionOptions.rows(takesProfiles: false, \.connection),
    examples: [
      Example("A prefix, as JSON lines:", "s3audit list s3://logs/2026/ --format jsonl"),
      Example(
        "All objects in the order of their keys:",
        "s3audit list s3://logs --sorted --format csv > logs.csv"),
      Example(
        "Keys for another program:", "s3audit list -0 s3://logs/tmp/ | xargs -0 -n 1 printf '%s\\n'"
      ),
    ],
    exitStatuses: [
      ExitStatusRow(0, "All was printed, or the reader went away."),
      ExitStatusRow(1, "Failed; what was printed is not all."),
      ExitStatusRow(3, "The bucket was refused; what was printed is not all."),
      ExitStatusRow(64, "The command line could not be understood."),
      ExitStatusRow(130, "Interrupted; what was printed is not all."),
    ],
    applyPositionals: { list, arguments throws(UsageError) in
      guard let argument = arguments.first else { return }
      (list.bucket, list.prefix) = try ArgumentValues.listTarget(argument)
    })
) { arguments, context in
  try await ListCommand(context, arguments).run()
}

/// What was asked of `list`.
struct ListArguments: CommandArguments {
  var bucket = ""
  var prefix = Key.start
  var connection = ConnectionOptions()
  var isSorted = false
  var endsKeysWithZeros = false
  var guardsFormulas = true
  var concurrency: Int?
  var requestsPerSecondMax: Double?
  var progress = ProgressMode.auto

  static let rows: [Option<ListArguments>] = [
    .flag(
      "sorted", help: "In the order of the keys' bytes; what is listed early waits in TMPDIR.",
      sets: \.isSorted),
    .flag(
      "print0", short: "0", help: "Print keys alone, with a zero byte after each: for xargs -0.",
      sets: \.endsKeysWithZeros),
    .rawCSV(clears: \.guardsFormulas),
    .count(
      "concurrency", short: "c", in: 1...1024,
      help: "LIST requests in flight, at most; 1 lists page after page.", defaultText: "64",
      setsOptional: \.concurrency),
    Option(
      long: "max-requests-per-second", value: "rate",
      help: "At most so many requests a second, repeated ones included.", defaultText: "no limit"
    ) { list, text throws(UsageError) in
      list.requestsPerSecondMax = try ArgumentValues.rate(text)
    },
    ProgressMode.row(
      auto: "a live display on a terminal while the output goes to a file", sets: \.progress),
  ]
}

/// A bucket, or a prefix of it, straight to standard output, without an index.
struct ListCommand: Sendable {
  private let context: Context
  private let arguments: ListArguments
  private let trace = Trace()

  /// Whether anything has been printed, or begun to be.
  private final class Trace: Sendable {
    let isThere = Mutex(false)
  }

  init(_ context: Context, _ arguments: ListArguments) {
    self.context = context
    self.arguments = arguments
  }

  func run() async throws -> ExitStatus {
    guard arguments.connection.profiles.count <= 1 else {
      throw UsageError(
        "'list' reads one bucket, with one '--profile'.",
        hint: "'sync' takes several")
    }
    let lines = ObjectLines(try shape(), forTerminal: Terminal.outputIsTerminal)
    return try await context.interrupt.cancelling { try await connectAndList(lines) }
  }

  /// How objects are written; a usage error for what needs to know all of them first.
  func shape() throws(UsageError) -> ObjectLines.Shape {
    let output = context.options.output
    guard !arguments.endsKeysWithZeros else {
      guard output.format == nil else {
        throw UsageError(
          "'--print0' prints keys alone.", hint: "leave out either '--print0' or '--format'")
      }
      return .keysBeforeZeros
    }
    switch output.format {
    case .jsonl: return .jsonl
    case .csv: return .csv(guardsFormulas: arguments.guardsFormulas)
    case .tsv, nil: return .tsv
    case .table, .json, .markdown:
      throw UsageError(
        "'list' writes objects as they come, a line each.",
        hint: "use '--format jsonl', 'csv' or 'tsv'; 'query find' has the other formats")
    }
  }

  private func connectAndList(_ lines: ObjectLines) async throws -> ExitStatus {
    let budget = RequestBudget(
      inFlight: arguments.concurrency ?? RequestBudget.inFlightOfFirstCrawl)
    let account = try await Account.connect(
      arguments.connection, for: [arguments.bucket],
      limits: context.limits(
        connections: budget.inFlightMax, requestsPerSecondMax: arguments.requestsPerSecondMax))
    for line in account.verboseLines { context.say(line) }
    let client = S3Client(account: account, options: arguments.connection.calls)
    let listing = Listing(
      client: client, bucket: arguments.bucket, prefix: arguments.prefix, budget: budget,
      begunAt: context.now)
    let progress = CrawlProgress()
    // On a terminal, or in a pipe to what may write to one, it would be drawn over what is listed.
    let display = ProgressDisplay(
      context, arguments.progress, of: progress, clients: [client],
      isWelcome: Terminal.outputIsFile)
    let sink = sink(lines)
    do {
      let result = try await display.showing {
        try await listing.run(into: sink, progress: progress)
      }
      if let note = client.clockNote { context.say(note) }
      return report(result)
    } catch let error as BrokenPipe {
      throw error
    } catch {
      if error is CancellationError { Terminal.writeError("Interrupted.\n") }
      warnOfMissing()
      throw error
    }
  }

  private func sink(_ lines: ObjectLines) -> any ListingSink {
    let (interrupt, trace) = (context.interrupt, trace)
    let output = ListingOutput(header: lines.header) { page, records, bytes in
      try lines.append(page, records, to: &bytes)
    } write: { bytes in
      trace.isThere.withLock { $0 = true }
      try Terminal.writeOutput(bytes) { interrupt.isInterrupted }
    }
    guard arguments.isSorted else { return ListingStream(output) }
    return SortedListing(output, folder: context.temporaryFolder)
  }

  private func report(_ result: Listing.Result) -> ExitStatus {
    switch result.outcome {
    case .complete:
      context.say("listed \(counted(result.objects, "object"))")
      if result.objects == 0 {
        Terminal.writeError(literalPrefixText(arguments.prefix, in: arguments.bucket) ?? "")
      }
      return .done
    case .denied(let failure):
      complain(failure)
      if failure.isAboutPermissions {
        Terminal.writeError(
          denialHelp(isAnonymous: arguments.connection.isAnonymous, ofSeveral: false))
      }
      return .refused
    case .failed(let failure):
      complain(failure)
      return .failed
    }
  }

  private func complain(_ failure: CrawlFailure) {
    warnOfMissing()
    Terminal.writeError(crawlErrorText(failure, of: arguments.bucket))
    if let hint = hint(for: failure) { Terminal.writeError("Help:  \(hint)\n") }
  }

  /// Says that the output may not be taken for the whole, where there is some.
  private func warnOfMissing() {
    guard trace.isThere.withLock({ $0 }) else { return }
    let text = "Warning: the listing is not complete"
    Terminal.writeError(text + (arguments.isSorted ? " after the last key\n" : "\n"))
  }
}
