internal import AWS
internal import Arguments
internal import Crawl
internal import Index
internal import Report
internal import S3
internal import Vocabulary

/// `plan`: ranges of a bucket's keys for many machines, and whether what they did is all of it.
let planCommand = ToolCommand(
  Command<PlanArguments>(
    name: "plan", abstract: "Cut a bucket into ranges for many machines.",
    discussion: """
      Prints a line of JSON for each range, with the objects that are expected in it; 's3audit list --range' lists one. \
      Together the ranges are all keys of the bucket, or of the prefix, each once. Where the index has a crawl of the \
      bucket the ranges are equal but for what has changed since; elsewhere S3 is asked, with at most four requests a range.

      With --check plans or receipts are read, of any number of buckets and in any order, and each gap, each overlap, each \
      range that is there twice and each receipt that contradicts itself or its neighbour is a line.
      """,
    positionals: [
      Positional(
        name: "target",
        help: "A bucket, or s3://BUCKET/PREFIX; with --check: files, '-' for input.",
        isRepeated: true)
    ],
    options: PlanArguments.rows + ConnectionOptions.rows(takesProfiles: false, \.connection),
    examples: [
      Example("A range for each of 64 tasks:", "s3audit plan s3://logs --ranges 64 > plan.jsonl"),
      Example(
        "Whether all of it was listed, each key once:",
        "cat receipts/*.json | s3audit plan --check -"
      ),
    ],
    exitStatuses: [
      ExitStatusRow(0, "Done; with --check: the ranges of each bucket are all of it, each once."),
      ExitStatusRow(1, "Failed."),
      ExitStatusRow(2, "With --check: something was found."),
      ExitStatusRow(3, "The bucket was refused."),
      ExitStatusRow(64, "The command line could not be understood."),
      ExitStatusRow(130, "Interrupted."),
    ],
    applyPositionals: { plan, arguments throws(UsageError) in plan.targets = arguments })
) { arguments, context in
  try await context.interrupt.cancelling {
    arguments.isCheck
      ? try PlanCheck(context).run(arguments.checkedFiles())
      : try await PlanRun(context, arguments).run()
  }
}

/// What was asked of `plan`.
struct PlanArguments: CommandArguments {
  /// Where a plan comes from.
  enum Source: String, CaseIterable, Sendable {
    case auto, index, server
  }

  var targets: [String] = []
  var isCheck = false
  var ranges: Int?
  var objectsPerRange: Int?
  var source = Source.auto
  var connection = ConnectionOptions()

  static let rows: [Option<PlanArguments>] = [
    .count(
      "ranges", in: 1...1_000_000, help: "So many ranges.", defaultText: "as many as objects need",
      setsOptional: \.ranges),
    .count(
      "objects-per-range", in: 1...Int.max, help: "About so many objects in each range.",
      defaultText: "what --ranges leaves", setsOptional: \.objectsPerRange),
    .choice(
      "from", value: "source",
      help: "Cut by what the index has, or by asking S3; auto takes the index if it can.",
      defaultText: "auto", sets: \.source),
    .flag("check", help: "Read plans or receipts, and say what is wrong.", sets: \.isCheck),
  ]

  /// The files to check; a usage error for what is only asked of a bucket.
  func checkedFiles() throws(UsageError) -> [String] {
    guard ranges == nil, objectsPerRange == nil, source == .auto else {
      throw UsageError(
        "'--check' reads files, and plans nothing.",
        hint: "leave out --ranges, --objects-per-range and --from")
    }
    return targets
  }

  /// What was asked for, where it is one bucket and one goal.
  func goal() throws(UsageError) -> RangeGoal {
    switch (ranges, objectsPerRange) {
    case (let count?, nil): return .ranges(count)
    case (nil, let objects?): return .objectsPerRange(Int64(objects))
    case (nil, nil):
      throw UsageError(
        "How many ranges are wanted?", hint: "say --ranges 64, or --objects-per-range 1000000")
    default:
      throw UsageError(
        "'--ranges' and '--objects-per-range' contradict each other.", hint: "leave one of them out"
      )
    }
  }
}

/// A plan, from the index or from S3, on standard output.
struct PlanRun: Sendable {
  let context: Context
  let arguments: PlanArguments

  init(_ context: Context, _ arguments: PlanArguments) {
    (self.context, self.arguments) = (context, arguments)
  }

  func run() async throws -> ExitStatus {
    let goal = try arguments.goal()
    guard arguments.targets.count == 1, arguments.connection.profiles.count <= 1 else {
      throw UsageError("'plan' cuts one bucket, with one '--profile'.")
    }
    let (bucket, prefix) = try ArgumentValues.listTarget(arguments.targets[0])
    let planned: [PlannedRange]
    do {
      planned = try await ranges(of: bucket, below: prefix, goal)
    } catch let error as TooFewKeys {
      throw CommandFailure(
        message: "cannot plan s3://\(bucket.escapingControls()): \(error)",
        hint: error.keys > 0 ? "ask for \(error.keys) ranges at most" : "list it whole")
    } catch {
      guard let refusal = CrawlOutcome(refusal: error), let failure = refusal.failure else {
        throw error
      }
      Terminal.writeError(crawlErrorText(failure, of: bucket))
      if let hint = hint(for: failure) { Terminal.writeError("Help:  \(hint)\n") }
      return refusal.isDenied ? .refused : .failed
    }
    var bytes: [UInt8] = []
    for range in planned { bytes += range.json.encoded() + [UInt8(ascii: "\n")] }
    try Terminal.writeOutput(bytes)
    return .done
  }

  private func ranges(
    of bucket: String, below prefix: Key, _ goal: RangeGoal
  ) async throws -> [PlannedRange] {
    if arguments.source != .server, let indexed = try indexed(bucket, prefix, goal) {
      return indexed
    }
    return try await asked(bucket, prefix, goal)
  }

  /// What a few pages of the bucket tell.
  private func asked(
    _ bucket: String, _ prefix: Key, _ goal: RangeGoal
  ) async throws -> [PlannedRange] {
    guard !S3Client.isDirectoryBucket(bucket) else {
      throw CommandFailure(
        message:
          "cannot plan s3://\(bucket.escapingControls()): a directory bucket lists its keys in no order, and "
          + "only all of them", hint: "list it whole, with one task")
    }
    let account = try await Account.connect(
      arguments.connection, for: [bucket], limits: context.limits(connections: 1))
    for line in account.verboseLines { context.say(line) }
    let client = S3Client(account: account, options: arguments.connection.calls)
    let division = BucketDivision(client: client, bucket: bucket, prefix: prefix, goal: goal)
    let ranges = try await division.run()
    context.say("cut by asking S3: \(counted(client.counts.sent, "request"))")
    return ranges.map {
      PlannedRange(bucket: bucket, prefix: prefix, range: $0.keys, objects: $0.objects)
    }
  }

  /// What the index says; nil where S3 has to be asked.
  private func indexed(
    _ bucket: String, _ prefix: Key, _ goal: RangeGoal
  ) throws -> [PlannedRange]? {
    let path = try context.indexPath()
    let isWanted = arguments.source == .index
    guard isWanted || IndexFiles(path: path) != nil else { return nil }
    let interrupt = context.interrupt
    let reader = try IndexReader(path: path, now: context.now) { interrupt.isInterrupted }
    return try reader.inSnapshot {
      let known = try reader.buckets(matching: []).filter { $0.name == bucket }
      guard !known.isEmpty else {
        guard isWanted else { return nil }
        throw CommandFailure(
          message: "the index has no bucket \(bucket.escapingControls())",
          hint: "sync it, or ask S3 with --from server")
      }
      guard known.count == 1, let one = known.first else {
        guard isWanted else { return nil }
        throw CommandFailure(
          message: "the index has \(known.count) buckets of the name \(bucket.escapingControls())",
          hint: "name another index with --index, or ask S3 with --from server")
      }
      guard one.whole != nil else {
        guard isWanted else { return nil }
        throw CommandFailure(
          message: "the index has never seen all of \(bucket.escapingControls())",
          hint: "sync it to its end, or ask S3 with --from server")
      }
      context.say("cut by the index: \(path)")
      return try reader.equalRanges(of: one, below: prefix, goal).map {
        PlannedRange(bucket: bucket, prefix: prefix, range: $0.keys, objects: $0.objects)
      }
    }
  }
}
