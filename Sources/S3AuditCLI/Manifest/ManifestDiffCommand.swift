internal import Arguments
internal import Report
internal import Restore
internal import Vocabulary

/// `manifest diff`: which keys two manifests name differently.
let manifestDiffCommand = ToolCommand(
  Command<ManifestDiffArguments>(
    name: "diff", abstract: "Compare two manifests key by key.",
    discussion: """
      A row for each key that only the second names (added), that only the first names (removed), or that \
      they name with different versions (changed). Their formats may differ; buckets count where both name \
      them. One of them may be - for standard input.
      """,
    positionals: [
      Positional(name: "first", help: "The manifest that comes first.", isPath: true),
      Positional(name: "second", help: "The manifest that it is compared with.", isPath: true),
    ],
    options: [
      .manifestQuote(sets: \.quote), .rawCSV(clears: \.guardsFormulas),
    ],
    examples: [
      Example(
        "What changed in a bucket between two days:",
        "s3audit manifest diff monday.csv tuesday.csv --format csv")
    ],
    exitStatuses: [
      ExitStatusRow(0, "They name the same versions of the same keys."),
      ExitStatusRow(1, "Failed, as for a manifest that cannot be read."),
      ExitStatusRow(2, "They differ."),
      ExitStatusRow(64, "The command line could not be understood."),
      ExitStatusRow(130, "Interrupted."),
    ],
    applyPositionals: { diff, arguments in diff.paths = arguments })
) { arguments, context in
  try ManifestDiffCommand(context, arguments).run()
}

struct ManifestDiffArguments: CommandArguments {
  var paths: [String] = []
  var quote: ManifestQuote?
  var guardsFormulas = true
}

private struct ManifestDiffCommand {
  private let context: Context
  private let arguments: ManifestDiffArguments

  init(_ context: Context, _ arguments: ManifestDiffArguments) {
    self.context = context
    self.arguments = arguments
  }

  func run() throws -> ExitStatus {
    let paths = arguments.paths
    guard paths.count == 2, paths.contains(where: { $0 != "-" }) else {
      throw UsageError(
        "Only one of two manifests can be on standard input.", hint: "name the other's file")
    }
    context.interrupt.endProcessThatWaits()
    let difference = try ManifestDifference.between(
      try reader(of: paths[0]), try reader(of: paths[1]))
    var counts = (added: Int64(0), removed: Int64(0), changed: Int64(0))
    var writer = ReportWriter(
      columns: columns(withBuckets: difference.hasBuckets),
      options: context.reportOptions(guardsFormulas: arguments.guardsFormulas)
    ) { try Terminal.writeOutput($0) }
    try difference.forEach { row in
      let change: String
      switch (row.before, row.after) {
      case (nil, _):
        counts.added += 1
        change = "added"
      case (_, nil):
        counts.removed += 1
        change = "removed"
      default:
        counts.changed += 1
        change = "changed"
      }
      try writer.append(
        [.text(change)] + (difference.hasBuckets ? [.text(row.bucket ?? "")] : [])
          + [
            .key(row.key.bytes), row.before.map { .text($0) } ?? .null,
            row.after.map { .text($0) } ?? .null,
          ])
    }
    try writer.finish()
    if !context.options.output.isQuiet {
      Terminal.writeError(
        "\(groupedDecimal(counts.added)) added, \(groupedDecimal(counts.removed)) removed, "
          + "\(groupedDecimal(counts.changed)) with another version\n")
    }
    return counts == (0, 0, 0) ? .done : .differences
  }

  private func reader(of path: String) throws -> ManifestReader<ManifestBytes> {
    try ManifestInput(path, temporaryFolder: context.temporaryFolder).reader(
      quote: arguments.quote)
  }

  private func columns(withBuckets: Bool) -> [Column] {
    [Column("change", .text)] + (withBuckets ? [Column("bucket", .text)] : []) + [
      Column("key", .key), Column("old_version_id", .text), Column("new_version_id", .text),
    ]
  }
}
