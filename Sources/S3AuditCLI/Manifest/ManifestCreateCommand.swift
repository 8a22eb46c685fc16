internal import Answers
internal import Arguments
internal import Index
internal import Report
internal import Restore
internal import Vocabulary

/// `manifest create`: the versions that buckets held at a moment, one line a key.
let manifestCreateCommand = ToolCommand(
  Command<ManifestCreateArguments>(
    name: "create", abstract: "Write which version each key had at a moment.",
    discussion: """
      Now, or at the moment that --as-of names: 2026-11-20T12:00:00Z, with any zone, 2026-11-20 (from 00:00 \
      UTC), '2d ago' or now. It is answered from the index, offline, and counts what is 'ago' by this \
      machine's clock; with --live the bucket is listed anew, without an index, and the server's clock \
      counts. From the index a past moment needs 'sync --versions', begun after it.

      A key has the first of its versions, in the server's order, that was there at the moment; a delete \
      marker means that it had none. Filters choose among what was there then. What no listing can show is \
      said on standard error, and is no failure: versions without an id that were written over since, and \
      those that lifecycle rules have removed. Versions that somebody deleted by their id are gone without \
      a trace.

      Formats: plain (key,version_id with a header, RFC 4180; csv is another name for it), full (bucket, \
      size, ETag, time and class besides), batch (for S3 Batch Operations: no header, keys percent-encoded; \
      the fields to declare are said) and legacy (as S3-Version-Utilities wrote it). Keys are exact in all \
      of them. 'restore' and 'manifest diff' read them all.
      """,
    positionals: [Filter.scopePositional],
    options: ManifestCreateArguments.rows + Filter.rows(\.filter)
      + ConnectionOptions.rows(takesProfiles: false, \.connection),
    examples: [
      Example(
        "What a bucket held on a day, from its versions as they are listed now:",
        "s3audit manifest create s3://photos --live --as-of 2026-11-20 -o photos.csv"),
      Example(
        "Objects of a prefix as of the last sync, but for some, for S3 Batch Operations:",
        "s3audit manifest create s3://photos/2026/ --exclude '\\.tmp$' --format batch"),
    ],
    exitStatuses: [
      ExitStatusRow(0, "All that was there is named, as far as it can be known."),
      ExitStatusRow(1, "Failed; no manifest was written, or not all of it."),
      ExitStatusRow(3, "What is written is not all: it is said what is missing or not complete."),
      ExitStatusRow(64, "The command line could not be understood, or the moment has yet to come."),
      ExitStatusRow(130, "Interrupted; what was written is not all."),
    ],
    applyPositionals: Filter.applyScopes(\.filter))
) { arguments, context in
  try await ManifestCreateCommand(context, arguments).run()
}

/// What was asked of `manifest create`.
struct ManifestCreateArguments: CommandArguments {
  var filter = Filter()
  /// Nil, too, is now.
  var moment: Moment?
  var isLive = false
  var excludes: [ObjectFilter.KeyPattern] = []
  var format = ManifestFormat.plain
  var hasHeader = true
  var outputPath: String?
  var connection = ConnectionOptions()

  static let rows: [Option<ManifestCreateArguments>] = [
    .asOf(help: "The moment whose state is asked for.", sets: \.moment),
    .flag(
      "live", help: "List the bucket's versions now, instead of asking the index.", sets: \.isLive),
    Option(
      long: "exclude", value: "regex",
      help: "Leave out keys in which this regular expression is found; may be repeated.",
      group: "FILTERS"
    ) { create, text throws(UsageError) in
      create.excludes.append(try FilterValues.keyPattern(text))
    },
    Option(
      long: "format", value: "format", help: "How the manifest is written.",
      choices: ["plain", "csv", "full", "batch", "legacy"], defaultText: "plain"
    ) { create, text in create.format = ManifestFormat(rawValue: text) ?? .plain },
    .flag("no-header", help: "Leave out the header.", sets: \.hasHeader, to: false),
    Option(
      long: "output", short: "o", value: "file",
      help: "Write this file, which is replaced when all is there; - is standard output.",
      defaultText: "-"
    ) { create, text throws(UsageError) in
      guard !text.isEmpty else { throw .invalidValue("name a file") }
      create.outputPath = text == "-" ? nil : text
    },
  ]
}

private struct ManifestCreateCommand: Sendable {
  private let context: Context
  private let arguments: ManifestCreateArguments

  init(_ context: Context, _ arguments: ManifestCreateArguments) {
    self.context = context
    self.arguments = arguments
  }

  @MainActor func run() async throws -> ExitStatus {
    // The command has a format of its own; what was said before its name is for reports.
    if let format = context.options.output.format, format != .csv {
      throw UsageError(
        "'manifest create' writes a manifest, not \(format.rawValue).",
        hint: "write its '--format' after its name: plain, full, batch or legacy")
    }
    let filter = try arguments.filter.objects(now: context.now)
    guard arguments.isLive else {
      guard arguments.connection == ConnectionOptions() else {
        throw UsageError(
          "The index is asked, and no service: nothing is connected to without '--live'.",
          hint: "add --live, or leave out the options of the connection")
      }
      context.interrupt.endProcessThatWaits()
      return try createFromIndex(filter)
    }
    let bucket = try LiveBucket(filter)
    return try await context.interrupt.cancelling { try await createLive(bucket, filter) }
  }

  // MARK: - From the index

  private func createFromIndex(_ filter: ObjectFilter) throws -> ExitStatus {
    let time = try arguments.moment?.time(now: context.now, clock: "this machine's clock") ?? nil
    let interrupt = context.interrupt
    let path = try context.indexPath()
    context.say("index: \(path)")
    let reader = try IndexReader(path: path, now: context.now) { interrupt.isInterrupted }
    return try reader.inSnapshot {
      let state = IndexedState(reader, filter, at: time, excludes: arguments.excludes)
      let reach = try state.reach()
      try refuse(severalBuckets: reach.buckets)
      let knowledge = try state.knowledge(of: reach)
      let isIncomplete = context.warn(ofIncomplete: reach)
      let output = try ManifestOutput(arguments, context)
      let found = try state.scan { try output.append($0) }
      try output.finish()
      MomentReport(context, at: time).tell(
        found.doubts, expired: knowledge, count: output.count,
        of: reach.buckets.map { "s3://\($0.name)" }.joined(separator: ", "))
      return tell(unknown: found.unknown) || isIncomplete ? .refused : .done
    }
  }

  private func refuse(severalBuckets buckets: [BucketSummary]) throws {
    let names = buckets.map(\.name)
    guard names.count > 1 else { return }
    if Set(names).count < names.count {
      throw UsageError(
        "There are several buckets of one name, which no manifest tells apart.",
        hint: "choose one by its account or its server, with '--account'")
    }
    guard !arguments.format.namesBuckets else { return }
    let shown = names.prefix(5).joined(separator: ", ") + (names.count > 5 ? " …" : "")
    throw UsageError(
      "A manifest of this format is of one bucket, and \(names.count) are meant: \(shown).",
      hint: "name one bucket, or use '--format full' or 'batch', which name the bucket of each key")
  }

  /// Says of which objects the version is not known; true where there are any.
  private func tell(unknown: MomentDoubts) -> Bool {
    guard unknown.count > 0 else { return false }
    Terminal.writeError(
      "Error: the version id of \(counted(unknown.count, "object")) is not known; left out:\n"
        + unknown.lines
        + "Help:  run 's3audit sync --versions', or list the bucket now with --live\n")
    return true
  }

  // MARK: - Live

  private func createLive(_ bucket: LiveBucket, _ filter: ObjectFilter) async throws -> ExitStatus {
    let test = ObjectTest(filter)
    let excludes = arguments.excludes
    let listing = LiveListing(
      context, arguments.connection, bucket, at: arguments.moment ?? .now
    ) { entry in
      let key = entry.key.bytes.span
      guard test.passes(key: key), !excludes.contains(where: { $0.matches(key) }),
        test.passes(
          size: entry.size ?? 0, lastModified: entry.lastModified ?? LiveListing.epoch,
          storageClass: entry.storageClass ?? "")
      else { return nil }
      return entry
    }
    let client = try await listing.connect()
    guard case .listed(let state) = try await listing.run(with: client) else {
      return listing.refusal
    }
    guard let wanted = state.take() else { return .failed }
    let output = try ManifestOutput(arguments, context)
    var last = Key.start
    while true {
      let entries = try wanted.entries(after: last, count: 1_000)
      guard let end = entries.last else { break }
      last = end.path
      for var entry in entries {
        entry.bucket = bucket.name
        try output.append(entry)
      }
      try Task.checkCancellation()
    }
    try output.finish()
    MomentReport(context, at: state.time).tell(
      state.doubts, expired: state.expired, count: output.count, of: bucket.description)
    return .done
  }
}
