internal import Arguments
internal import Index
internal import Vocabulary

/// `vacuum`: writes the index anew without the space of what was removed.
let vacuumCommand = ToolCommand(
  Command<VacuumArguments>(
    name: "vacuum", abstract: "Give the index's unused space back to the disk.",
    discussion: """
      The index is written anew; queries go on meanwhile, a sync has to wait. Twice the size of the index must be \
      free on its disk. When it is ended half way, nothing has changed.
      """,
    examples: [Example("After buckets were forgotten:", "s3audit vacuum")],
    exitStatuses: ExitStatus.rows.filter { $0.code != ExitStatus.refused.rawValue })
) { _, context in
  try await vacuum(context)
}

/// What `vacuum` takes: nothing.
struct VacuumArguments: CommandArguments {}

private func vacuum(_ context: Context) async throws -> ExitStatus {
  let path = try context.indexPath()
  context.say("index: \(path)")
  guard let files = IndexFiles(path: path) else { throw IndexError.missing(path: path) }
  let unit = context.options.output.unit
  let display = StepDisplay(context) { "writing \(unit.text(files.bytes)) anew" }
  let interrupt = context.interrupt
  let vacuumed = try await interrupt.cancelling {
    let writer = try IndexWriter(
      path: path, patience: context.patience(indexPath: path), now: systemTime)
    return try await display.showing {
      try await writer.vacuum { interrupt.isInterrupted }
    }
  }
  guard !context.options.output.isQuiet else { return .done }
  let (before, after) = (unit.text(vacuumed.before), unit.text(vacuumed.after))
  try Terminal.writeOutput("\(path.escapingControls()) was \(before) and is \(after)\n")
  return .done
}
