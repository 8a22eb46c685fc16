internal import Arguments
internal import Index
internal import Report
internal import SQLite
internal import System
internal import Vocabulary

/// `import index`: takes the buckets of other indexes over into this one.
let importIndexCommand = ToolCommand(
  Command<ImportIndexArguments>(
    name: "index", abstract: "Take over the buckets of other indexes.",
    discussion: """
      Of a bucket that both indexes have, the one that listed all of it later wins: objects, versions, uploads, sums, \
      properties and marks become what they are there, as if the bucket had been synced here. The history and the \
      changes of both are kept, once each. Where neither has listed all of a bucket, its parts are joined: prefixes, \
      and ranges that 'import listing' or an interrupted sync has listed; when nothing is missing between them, the \
      bucket is complete, as of the earliest of them. Of parts, objects alone are joined, not versions.

      The other index is checked and never written; it may be in use. Whole buckets come over in one transaction, \
      which needs about as much space again beside the index. The same file again changes nothing.
      """,
    positionals: [
      Positional(name: "file", help: "Another index.", isRequired: true, isRepeated: true)
    ],
    examples: [
      Example("The buckets that another machine has synced:", "s3audit import index eu.sqlite3"),
      Example(
        "A bucket of which several machines have listed a part each:",
        "s3audit import index part-*.sqlite3"),
    ],
    exitStatuses: [
      ExitStatusRow(0, "Done."),
      ExitStatusRow(1, "Failed; the index is as it was, or as before the file that is named."),
      ExitStatusRow(3, "Finished, but some of the buckets are not complete."),
      ExitStatusRow(64, "The command line could not be understood."),
      ExitStatusRow(
        130, "Interrupted; the same command begins again and takes over what is missing."),
    ],
    applyPositionals: { arguments, files throws(UsageError) in
      arguments.files = files
      guard !files.isEmpty else {
        throw UsageError("There is nothing to import.", hint: "name the file of another index")
      }
    })
) { arguments, context in
  try await ImportIndex(context, arguments).run()
}

/// What was asked of `import index`.
struct ImportIndexArguments: CommandArguments {
  var files: [String] = []
}

private struct ImportIndex: Sendable {
  private let context: Context
  private let arguments: ImportIndexArguments

  init(_ context: Context, _ arguments: ImportIndexArguments) {
    (self.context, self.arguments) = (context, arguments)
  }

  func run() async throws -> ExitStatus {
    let order = try context.crashOrder()
    let path = try context.indexPath()
    context.say("index: \(path)")
    let interrupt = context.interrupt
    return try await interrupt.cancelling {
      // All are looked through before the first is taken over.
      let others = try arguments.files.map { file in
        try OtherIndex(file, into: path, now: context.now) { interrupt.isInterrupted }
      }
      let display = StepDisplay(context) { "importing" }
      let buckets = try await display.showing { [others] in
        let writer = try IndexWriter(
          path: path, crashOrder: order, patience: context.patience(indexPath: path),
          now: systemTime)
        do {
          let (buckets, rest) = try await writer.resting { try await join(others, writer) }
          context.say(rest, of: path)
          return buckets
        } catch {
          await writer.removeIfFresh()
          throw error
        }
      }
      // A later file may have brought what was missing.
      let last = Dictionary(buckets.map { ($0.bucket.address, $0.bucket) }) { $1 }
      let final = buckets.map { row in
        var row = row
        let taken = row.bucket.taken
        row.bucket = last[row.bucket.address] ?? row.bucket
        row.bucket.taken = taken
        return row
      }
      try write(final)
      say(last.values.sorted { $0.name < $1.name })
      return last.values.allSatisfy { $0.state == .complete } ? .done : .refused
    }
  }

  private func join(
    _ others: [OtherIndex], _ writer: IndexWriter
  ) async throws -> [(file: String, bucket: IndexJoin.Bucket)] {
    var buckets: [(file: String, bucket: IndexJoin.Bucket)] = []
    for (file, other) in zip(arguments.files, others) {
      for bucket in try await IndexJoin(other).run(with: writer) { buckets.append((file, bucket)) }
    }
    try await writer.keepOwnPrices(.recorded)
    return buckets
  }

  private func write(_ buckets: [(file: String, bucket: IndexJoin.Bucket)]) throws {
    guard !context.options.output.isQuiet else { return }
    var writer = ReportWriter(
      columns: [
        Column("bucket", .text, rank: .answer), Column("endpoint", .text), Column("file", .text),
        Column("taken", .text, rank: .stays), Column("objects", .count, rank: .stays),
        Column("synced_at", .timestamp), Column("state", .text, rank: .stays),
      ], options: context.reportOptions()
    ) { try Terminal.writeOutput($0) }
    for (file, bucket) in buckets {
      try writer.append([
        .text(bucket.name), .text(bucket.address.endpoint), .text(file),
        .text(bucket.taken.rawValue),
        .integer(bucket.objects), bucket.syncedAt.map { .timestamp($0) } ?? .null,
        .text(bucket.state.rawValue),
      ])
    }
    try writer.finish()
  }

  private func say(_ buckets: [IndexJoin.Bucket]) {
    guard !context.options.output.isQuiet else { return }
    for bucket in buckets where bucket.state != .complete {
      let reason = bucket.error ?? "it was never listed to its end"
      Terminal.writeError(
        "Note: \(bucket.name.escapingControls()) is not complete: \(reason.escapingControls())\n")
    }
  }
}
