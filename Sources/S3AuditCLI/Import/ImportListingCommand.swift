internal import AWS
internal import Arguments
internal import Index
internal import Inventory
internal import Report
internal import System
internal import Vocabulary

/// `import listing`: takes what `list` has printed of ranges of a bucket over into the index.
let importListingCommand = ToolCommand(
  Command<ImportListingArguments>(
    name: "listing", abstract: "Take over listings of ranges of a bucket, with their receipts.",
    discussion: """
      Reads what 's3audit list --format csv --raw-csv --receipt FILE' has printed, on this machine or on many, in any \
      order, also compressed with gzip. Each file has all keys of one or more ranges, as their receipts say: objects, \
      bytes, first and last key are compared, and no key may be in none of them, or come twice. All of that is checked \
      before anything is written; then only differences are, as by a sync that began with the first of the ranges.

      The bucket is complete when the ranges tile it, or the prefix that they are of. What none of them is about stays as \
      it was; the bucket is partial then, and the next sync, or another import, brings what is missing.
      """,
    positionals: [
      Positional(
        name: "file", help: "A listing in CSV, or - for standard input.", isRequired: false,
        isRepeated: true)
    ],
    options: ImportListingArguments.rows
      + ConnectionOptions.rows(takesProfiles: false, \.connection),
    examples: [
      Example(
        "One range, listed here:",
        "s3audit list s3://logs --range :m --format csv --raw-csv --receipt m.json > m.csv; "
          + "s3audit import listing m.csv --receipt m.json"),
      Example(
        "What many machines have listed, after 'cat receipts/*.json > all.jsonl':",
        "s3audit import listing parts/*.csv.gz --receipt all.jsonl"
      ),
    ],
    exitStatuses: [
      ExitStatusRow(0, "Done: the bucket, or its prefix, is complete."),
      ExitStatusRow(1, "Failed; the index is as it was."),
      ExitStatusRow(3, "Finished, but ranges of keys are missing."),
      ExitStatusRow(64, "The command line could not be understood."),
      ExitStatusRow(130, "Interrupted; the same command begins again and writes what is missing."),
    ],
    applyPositionals: { arguments, files throws(UsageError) in
      arguments.files = files
      try arguments.check()
    })
) { arguments, context in
  try await ImportListing(context, arguments).run()
}

/// What was asked of `import listing`.
struct ImportListingArguments: CommandArguments {
  var files: [String] = []
  var receipts: [String] = []
  var isForced = false
  var connection = ConnectionOptions()

  static let rows: [Option<ImportListingArguments>] = [
    Option(
      long: "receipt", value: "file",
      help: "The receipts of the listings, one on each line; may be repeated."
    ) { arguments, text in arguments.receipts.append(text) },
    .flag(
      "force", help: "Import listings that are older than what the index knows.",
      sets: \.isForced),
  ]

  fileprivate func check() throws(UsageError) {
    guard !receipts.isEmpty else {
      throw UsageError(
        "Nothing says which ranges were listed.",
        hint: "name what 's3audit list --receipt FILE' has written with --receipt FILE")
    }
    guard (files + receipts).count(where: { $0 == "-" }) < 2 else {
      throw UsageError("Standard input can be read once.", hint: "say - once")
    }
  }
}

private struct ImportListing: Sendable {
  private let context: Context
  private let arguments: ImportListingArguments

  init(_ context: Context, _ arguments: ImportListingArguments) {
    (self.context, self.arguments) = (context, arguments)
  }

  /// A plan of a million ranges has no more.
  private static let receiptBytesMax = 1 << 30

  func run() async throws -> ExitStatus {
    try await InventoryProgressText.telling(context, read)
  }

  private func read(_ progress: InventoryProgress) async throws -> ExitStatus {
    let order = try context.crashOrder()
    let path = try context.indexPath()
    context.say("index: \(path)")
    let receipts = try ListingReceipts(
      try arguments.receipts.map { name in
        let file = try InputFile(name, context)
        return (name: file.name, text: try text(of: file))
      })
    let listing = ListingImport(
      receipts, endpoint: try await arguments.connection.endpointOfCopies(context),
      isForced: arguments.isForced, indexPath: path, temporaryFolder: context.temporaryFolder,
      progress: progress, now: systemTime)
    let files = try arguments.files.map { name in
      let file = try InputFile(name, context)
      return ListingFile(name: file.name) { try file.next() }
    }
    let display = InventoryProgressText.display(of: progress, context)
    async let _: Void = display.show()
    let ready = try await listing.read(files)
    let writer = try IndexWriter(
      path: path, crashOrder: order, patience: context.patience(indexPath: path), now: systemTime)
    let (summary, rest) = try await writer.resting { try await listing.store(ready, with: writer) }
    context.say(rest, of: path)
    try report(summary)
    guard let failure = summary.outcome.failure else { return .done }
    Terminal.writeError(crawlErrorText(failure, of: summary.bucket))
    return .refused
  }

  private func text(of file: InputFile) throws -> [UInt8] {
    var text: [UInt8] = []
    while text.count < Self.receiptBytesMax {
      let piece = try file.next()
      if piece.isEmpty { break }
      text += piece
    }
    return text
  }

  private func report(_ summary: ListingSummary) throws {
    guard !context.options.output.isQuiet else { return }
    var writer = ReportWriter(
      columns: [
        Column("bucket", .text, rank: .answer), Column("prefix", .text),
        Column("as_of", .timestamp, rank: .stays), Column("ranges", .count),
        Column("objects", .count, rank: .stays), Column("added", .count),
        Column("changed", .count), Column("removed", .count),
        Column("state", .text, rank: .stays),
      ], options: context.reportOptions()
    ) { try Terminal.writeOutput($0) }
    try writer.append([
      .text(summary.bucket), .text(summary.prefix.text), .timestamp(summary.asOf),
      .integer(Int64(summary.ranges)), .integer(summary.counts.objects),
      .integer(summary.counts.added), .integer(summary.counts.changed),
      .integer(summary.counts.removed), .text(summary.outcome.state.rawValue),
    ])
    try writer.finish()
  }
}
