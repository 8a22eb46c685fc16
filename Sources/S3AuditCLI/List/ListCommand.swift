internal import AWS
internal import Arguments
internal import Crawl
internal import Index
internal import Report
internal import S3
internal import Synchronization
internal import Vocabulary

/// `list`: a bucket, or a prefix of it, straight to standard output, without an index.
struct ListCommand: Sendable {
  private let context: Context
  private let arguments: ToolOptions.ListArguments
  private let trace = Trace()

  /// Whether anything has been printed, or begun to be.
  private final class Trace: Sendable {
    let isThere = Mutex(false)
  }

  init(_ context: Context) {
    self.context = context
    arguments = context.options.list
  }

  func run() async throws -> ExitStatus {
    guard context.options.connection.profiles.count <= 1 else {
      throw UsageError(
        "'list' reads one bucket, with one '--profile'.",
        hint: "'sync' takes several")
    }
    let lines = ObjectLines(try shape())
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
    case .csv: return .csv(guardsFormulas: output.guardsFormulas)
    case .tsv, nil: return .tsv(forTerminal: Terminal.outputIsTerminal)
    case .table, .json, .markdown:
      throw UsageError(
        "'list' writes objects as they come, a line each.",
        hint: "use '--format jsonl', 'csv' or 'tsv'; 'query find' has the other formats")
    }
  }

  private func connectAndList(_ lines: ObjectLines) async throws -> ExitStatus {
    let requestsMax = arguments.concurrency ?? Listing.requestsMaxDefault
    let connection = context.options.connection
    let account = try await Account.connect(
      connection,
      limits: AccountLimits(
        connections: requestsMax, requestsPerSecondMax: arguments.requestsPerSecondMax))
    for line in account.verboseLines { context.say(line) }
    let client = S3Client(account: account, options: connection.calls)
    let listing = Listing(
      client: client, bucket: arguments.bucket, prefix: arguments.prefix,
      requestsMax: requestsMax)
    let progress = SyncProgress()
    // On a terminal, or in a pipe to what may write to one, it would be drawn over what is listed.
    let display = ProgressDisplay(
      context, progress: progress, clients: [client],
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
    return SortedListing(output, folder: temporaryFolder)
  }

  /// POSIX, "Environment Variables": `TMPDIR` names where temporary files go.
  private var temporaryFolder: String {
    context.variables["TMPDIR"].flatMap { $0.isEmpty ? nil : $0 } ?? "/tmp"
  }

  private func report(_ result: Listing.Result) -> ExitStatus {
    switch result.outcome {
    case .complete:
      context.say("listed \(counted(result.objects, "object"))")
      return .done
    case .denied(let reason):
      complain(reason, hint: result.refusal.flatMap(hint(for:)))
      Terminal.writeError(
        context.options.connection.isAnonymous
          ? "Help:  without credentials only public buckets can be listed\n"
          : "Help:  s3audit needs s3:ListBucket on the bucket\n")
      return .refused
    case .failed(let reason):
      complain(reason, hint: result.refusal.flatMap(hint(for:)))
      return .failed
    }
  }

  private func complain(_ reason: String, hint: String?) {
    warnOfMissing()
    let start =
      reason.hasPrefix("cannot ")
      ? "" : "cannot list s3://\(arguments.bucket.escapingControls()): "
    Terminal.writeError("Error: \(start)\(reason)\n")
    if let hint { Terminal.writeError("Help:  \(hint)\n") }
  }

  /// Says that the output may not be taken for the whole, where there is some.
  private func warnOfMissing() {
    guard trace.isThere.withLock({ $0 }) else { return }
    let text = "Warning: the listing is not complete"
    Terminal.writeError(text + (arguments.isSorted ? " after the last key\n" : "\n"))
  }
}
