internal import AWS
internal import Arguments
internal import Crawl
internal import Index
internal import Report
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
    let budget = RequestBudget(
      inFlight: arguments.concurrency ?? RequestBudget.inFlightOfFirstCrawl)
    let service = try await Service.connect(
      context.options.connection, environment: .process(),
      limits: ServiceLimits(
        connections: budget.inFlightMax, requestsPerSecondMax: arguments.requestsPerSecondMax),
      now: systemTime)
    for line in service.description { context.say(line) }
    let listing = Listing(
      client: service.client, bucket: arguments.bucket, prefix: arguments.prefix,
      budget: budget)
    let progress = SyncProgress()
    // On a terminal, or in a pipe to what may write to one, it would be drawn over what is listed.
    let display = ProgressDisplay(
      context, progress: progress, clients: [service.client],
      isWelcome: Terminal.outputIsFile)
    let sink = sink(lines)
    do {
      let result = try await display.showing {
        try await listing.run(into: sink, progress: progress)
      }
      if let note = service.clockNote { context.say(note) }
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
      return .done
    case .denied(let failure):
      complain(failure)
      Terminal.writeError(
        denialHelp(isAnonymous: context.options.connection.isAnonymous, ofSeveral: false))
      return .refused
    case .failed(let failure):
      complain(failure)
      return .failed
    }
  }

  private func complain(_ failure: CrawlFailure) {
    warnOfMissing()
    Terminal.writeError(errorText(failure, of: arguments.bucket))
    if let hint = hint(for: failure) { Terminal.writeError("Help:  \(hint)\n") }
  }

  /// Says that the output may not be taken for the whole, where there is some.
  private func warnOfMissing() {
    guard trace.isThere.withLock({ $0 }) else { return }
    let text = "Warning: the listing is not complete"
    Terminal.writeError(text + (arguments.isSorted ? " after the last key\n" : "\n"))
  }
}
