internal import Answers
internal import Arguments
internal import Browse
internal import Index
internal import Vocabulary

/// `browse`: walks through the index on a terminal.
let browseCommand = ToolCommand(
  Command<BrowseArguments>(
    name: "browse", abstract: "Walk through buckets and prefixes on a terminal.",
    discussion: """
      Rows have a mark (! denied, ~ partial, ? never listed, * listed over 36 hours ago, e empty), size, share, bar, \
      objects, growth and name; what is not known is –. The last lines have the total, its state and when it was \
      synced. Levels that the index keeps sums of open at once; deeper ones are counted, and Esc leaves the count. \
      Objects are read 1,000 at a time, in the order that is shown. Nothing is deleted, and nothing is written to \
      the index.

      Keys:
        ↑ ↓ j k PgUp PgDn Home End g G   move
        → l Enter                        open; ← h Backspace: up, to where one came from
        s n C M                          sort by size, name, objects, last modified; again: reverse
        r                                growth since 7, 30 or 90 days ago
        c p u                            objects; percent, bar or both; unit
        i                                facts of the row: classes, ages, cost, state
        /                                only names with this in them; Esc ends it
        y                                print s3://… on leaving
        R                                read anew, after a sync
        ? q                              help; leave
      """,
    positionals: [
      Positional(
        name: "scope", help: "A bucket, a pattern of buckets, or s3://BUCKET/PREFIX.",
        isRequired: false)
    ],
    examples: [
      Example("Everything, the largest bucket first:", "s3audit browse"),
      Example("Where a prefix has its bytes:", "s3audit browse s3://logs/2026/"),
      Example("Some buckets, in GiB:", "s3audit browse 'logs-*' --unit GiB"),
    ],
    exitStatuses: ExitStatus.rows,
    applyPositionals: { browse, arguments throws(UsageError) in
      browse.scope = try arguments.first.map { text throws(UsageError) in
        try BucketArgument(text)
      }
    })
) { arguments, context in
  try BrowseCommand(context, arguments).run()
}

/// What was asked of `browse`.
struct BrowseArguments: CommandArguments {
  var scope: BucketArgument?
}

@MainActor private struct BrowseCommand {
  private let context: Context
  private let arguments: BrowseArguments

  init(_ context: Context, _ arguments: BrowseArguments) {
    self.context = context
    self.arguments = arguments
  }

  func run() throws -> ExitStatus {
    try checkTerminal()
    let index = BrowsedIndex(
      path: try context.indexPath(), bucketPattern: arguments.scope?.bucket ?? "*", now: systemTime)
    let start = try index.start(arguments.scope)
    let noColor = context.variables["NO_COLOR"].map { !$0.isEmpty } ?? false
    let session = try BrowseSession(
      index, at: start, unit: context.options.output.unit,
      usesColor: context.options.output.allowsColor && !noColor, context.interrupt)
    let chosen = try session.run()
    for address in chosen { try Terminal.writeOutput(Terminal.shown(address) + [0x0A]) }
    return .done
  }

  private func checkTerminal() throws(UsageError) {
    let hint = "'s3audit query du' tells the same in lines"
    guard Terminal.inputIsTerminal, Terminal.outputIsTerminal else {
      throw UsageError(
        "A browser needs a terminal to read keys from and to show levels on.", hint: hint)
    }
    let kind = context.variables["TERM"] ?? ""
    guard !kind.isEmpty, kind != "dumb" else {
      throw UsageError(
        "A browser needs a terminal that can place text, and TERM \(kind.isEmpty ? "is not set" : "says 'dumb'").",
        hint: hint)
    }
  }
}
