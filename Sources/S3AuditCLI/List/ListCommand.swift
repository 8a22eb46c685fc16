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
      the listing ends quietly with 0, too, unless it owes a receipt.

      With --range one machine lists a part of the keys, as 's3audit plan' cuts them: what is after LOWER, up to \
      and including UPPER. Both are percent-encoded (a colon is %3A, a percent sign %25, a first dash %2D), and \
      either may be empty. A bucket that only lists from its beginning fails. With --receipt a line of JSON says \
      last of all what was listed, for 's3audit plan --check'.
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
      Example(
        "One range of a plan, with what proves that it is whole:",
        "s3audit list s3://logs --range 2026/01:2026/02 --receipt 7.json > 7.tsv"),
    ],
    exitStatuses: [
      ExitStatusRow(0, "All was printed, or the reader went away and no receipt was asked for."),
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
  var range = KeyRange.whole
  var receiptPath: String?
  var connection = ConnectionOptions()
  var isSorted = false
  var endsKeysWithZeros = false
  var guardsFormulas = true
  var concurrency: Int?
  var requestsPerSecondMax: Double?
  var progress = ProgressMode.auto

  static let rows: [Option<ListArguments>] = [
    Option(
      long: "range", value: "range",
      help: "LOWER:UPPER: keys after the one and up to the other, percent-encoded.",
      defaultText: "all keys",
      takesDashes: true
    ) { list, text throws(UsageError) in
      list.range = try ArgumentValues.range(text)
    },
    Option(
      long: "receipt", value: "file",
      help: "Write a line of JSON there when all was printed; /dev/fd/3 for an open one."
    ) { list, text throws(UsageError) in
      guard !text.isEmpty else { throw .invalidValue("name a file") }
      list.receiptPath = text
    },
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

extension ListArguments {
  /// The part of the range that is below the prefix.
  ///
  /// - Throws: before anything is asked, what can be known to be no range of this bucket.
  fileprivate func rangeBelowPrefix() throws -> KeyRange {
    guard !range.isWhole else { return range }
    guard let part = range.within(prefix) else {
      throw UsageError(
        "The range '\(range.written)' has no key below the prefix '\(prefix.text)'.",
        hint: "both name keys from the beginning of the bucket")
    }
    guard part.isWhole || !S3Client.isDirectoryBucket(bucket) else {
      throw CommandFailure(
        message:
          "cannot list a range of \(bucket.escapingControls()): a directory bucket lists its keys in no "
          + "order, and only all of them", hint: "list it whole, without --range")
    }
    return part
  }
}

/// A bucket, or a prefix or a range of it, straight to standard output, without an index.
struct ListCommand: Sendable {
  private let context: Context
  private let arguments: ListArguments
  private let trace = Trace()

  private final class Trace: Sendable {
    /// Whether anything has been printed, or begun to be.
    let isThere = Mutex(false)
    /// Whether a key was printed with a `'` before it.
    let isGuarded = Mutex(false)
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
    let range = try arguments.rangeBelowPrefix()
    let receipt = try arguments.receiptPath.map { try ReceiptFile($0) }
    return try await context.interrupt.cancelling {
      try await connectAndList(lines, range, receipt)
    }
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

  private func connectAndList(
    _ lines: ObjectLines, _ range: KeyRange, _ receipt: ReceiptFile?
  ) async throws -> ExitStatus {
    let budget = RequestBudget(
      inFlight: arguments.concurrency ?? RequestBudget.inFlightOfFirstCrawl)
    let account = try await Account.connect(
      arguments.connection, for: [arguments.bucket],
      limits: context.limits(
        connections: budget.inFlightMax, requestsPerSecondMax: arguments.requestsPerSecondMax))
    for line in account.verboseLines { context.say(line) }
    let client = S3Client(account: account, options: arguments.connection.calls)
    let listing = Listing(
      client: client, bucket: arguments.bucket, prefix: arguments.prefix, range: range,
      budget: budget, begunAt: context.now)
    let progress = CrawlProgress()
    // On a terminal, or in a pipe to what may write to one, it would be drawn over what is listed.
    let display = ProgressDisplay(
      context, arguments.progress, of: progress, clients: [client],
      isWelcome: Terminal.outputIsFile)
    let sink = sink(lines, after: range.lower)
    do {
      try receipt?.clear()
      let result = try await display.showing {
        guard let receipt else { return try await listing.run(into: sink, progress: progress) }
        return try await list(listing, into: sink, range, receipt, progress)
      }
      if let note = client.clockNote { context.say(note) }
      return report(result)
    } catch let error as BrokenPipe {
      guard receipt != nil else { throw error }
      throw CommandFailure(
        message: "the reader of the listing went away, so there is no receipt", hint: nil)
    } catch {
      if error is CancellationError { Terminal.writeError("Interrupted.\n") }
      warnOfMissing()
      throw error
    }
  }

  /// Lists, and vouches for it when all was printed.
  private func list(
    _ listing: Listing, into sink: any ListingSink, _ range: KeyRange, _ receipt: ReceiptFile,
    _ progress: CrawlProgress
  ) async throws -> Listing.Result {
    let trace = trace
    let tally = ListingTally(into: sink, upTo: range.upper) { trace.isThere.withLock { $0 } }
    let (result, next) = try await listing.run(vouchingFor: tally, progress: progress)
    guard result.outcome == .complete else { return result }
    let (sums, crawl) = (await tally.sums, progress.snapshot.crawls.first)
    var proof = RangeReceipt(
      bucket: arguments.bucket, prefix: arguments.prefix, range: arguments.range,
      objects: sums.objects, bytes: sums.bytes, first: sums.first, last: sums.last, next: next,
      started: context.now, finished: systemTime(), requests: crawl?.requests ?? 0,
      retries: crawl?.retries ?? 0, version: context.tool.version)
    proof.isGuarded = trace.isGuarded.withLock { $0 }
    try receipt.write(proof)
    return result
  }

  private func sink(_ lines: ObjectLines, after lower: Key) -> any ListingSink {
    let (interrupt, trace) = (context.interrupt, trace)
    let output = ListingOutput(header: lines.header) { page, records, bytes in
      if lines.guardsKey(of: page, records) { trace.isGuarded.withLock { $0 = true } }
      try lines.append(page, records, to: &bytes)
    } write: { bytes in
      trace.isThere.withLock { $0 = true }
      try Terminal.writeOutput(bytes) { interrupt.isInterrupted }
    }
    guard arguments.isSorted else { return ListingStream(output) }
    return SortedListing(output, folder: context.temporaryFolder, after: lower)
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
