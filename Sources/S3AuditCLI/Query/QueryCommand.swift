internal import Answers
internal import Arguments
internal import Index
internal import Report

/// `query`: the questions of the module `Answers`, each a command of its name, such as `query du`.
let queryCommand = ToolCommand(
  group: Command(
    name: "query", abstract: "Answer from the index, at once and offline.",
    options: QueryArguments.rows),
  allAnswers.map { answerCommand($0) })

/// What every question takes beside its own arguments.
private struct QueryArguments: CommandArguments {
  var requiresComplete = false
  var guardsFormulas = true

  static let rows: [Option<QueryArguments>] = [
    .flag(
      "require-complete",
      help: "Exit with 3 when a bucket or account behind the answer is not complete.",
      sets: \.requiresComplete),
    .rawCSV(clears: \.guardsFormulas),
  ]
}

private func answerCommand<A: Answer>(_ answer: A.Type) -> ToolCommand {
  var words = answer.words
  words.exitStatuses = ExitStatus.rows
  if let meaning = answer.meaningOfDifferences {
    words.exitStatuses.insert(ExitStatusRow(ExitStatus.differences.rawValue, meaning), at: 2)
  }
  return ToolCommand(words) { answer, context in
    try write(answer, context.options.arguments[ParsedArguments.Key<QueryArguments>()], context)
  }
}

/// Answers from one state of the index on standard output, and says which buckets behind the answer
/// are not complete.
private func write(
  _ answer: some Answer, _ arguments: QueryArguments, _ context: Context
) throws -> ExitStatus {
  var answer = answer
  let interrupt = context.interrupt
  try answer.readInput { try Terminal.readInput { interrupt.isInterrupted } }
  interrupt.endProcessThatWaits()
  let path = try context.indexPath()
  context.say("index: \(path)")
  let reader = try IndexReader(path: path, now: context.now) { interrupt.isInterrupted }
  return try reader.inSnapshot {
    let (differs, lacksRows) = try write(
      answer, from: reader, as: context.reportOptions(guardsFormulas: arguments.guardsFormulas),
      context)
    let filter = answer.filter.buckets
    let objects = try answer.filter.objects(now: context.now)
    let isIncomplete = context.warn(ofIncomplete: try reader.reach(of: objects))
    let isUnweighed =
      try objects.entries == .uploads
      && context.warn(ofUnknownBytes: reader.uploadsOfUnknownBytes(objects).count, objects)
    let isUncertain = context.warn(ofUnknownRegion: try reader.bucketsOfUnknownRegion(filter))
    try warn(ofLiteralPrefixes: answer.filter.prefixes, reader, context)
    let lacksAny = isIncomplete || isUnweighed || isUncertain
    if differs { return .differences }
    if lacksRows { return .refused }
    return lacksAny && arguments.requiresComplete ? .refused : .done
  }
}

/// Says of prefixes that were typed like patterns, and that no key begins with, that they are none.
private func warn(
  ofLiteralPrefixes scopes: [ObjectFilter.Scope], _ reader: IndexReader, _ context: Context
) throws {
  for scope in scopes {
    guard !context.options.output.isQuiet,
      let text = literalPrefixText(scope.prefix, in: scope.bucketPattern)
    else { continue }
    let isThere = try reader.buckets(matching: []).contains { bucket in
      try scope.names(bucket) && reader.holdsKeys(in: bucket, below: scope.prefix)
    }
    if !isThere { Terminal.writeError(text) }
  }
}

/// Whether what the answer compares is different, and whether it lacks some of what was asked for.
private func write(
  _ answer: some Answer, from reader: IndexReader, as options: ReportOptions, _ context: Context
) throws -> (differs: Bool, lacksRows: Bool) {
  var writer = ReportWriter(options: options) { try Terminal.writeOutput($0) }
  var remarks: [String] = []
  defer { if !context.options.output.isQuiet { remarks.forEach { Terminal.writeError($0) } } }
  do {
    try answer.write(from: reader, now: context.now, to: &writer)
  } catch let error as RowsLeftOut {
    // What there is, is true: whoever reads it gets it whole, and is told that it is not all.
    try writer.finish()
    throw error
  }
  remarks = writer.remarks
  let (differs, lacksRows) = (writer.hasDifferences, writer.lacksRows)
  try writer.finish()
  return (differs, lacksRows)
}
