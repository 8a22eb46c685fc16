internal import Answers
internal import Arguments
internal import Index
internal import Report
internal import SQLite
internal import Synchronization
internal import Vocabulary

/// `check`: whether an index contradicts itself, and what can be mended.
let checkCommand = ToolCommand(
  Command<CheckArguments>(
    name: "check", abstract: "Look for damage and contradictions in the index, and mend them.",
    discussion: """
      SQLite's own check of the file; schema; sums against the rows that they are of; checkpoints and marks; the \
      newest history against today's sums; rows that belong to nothing. All of it is of one moment, also while a \
      sync writes. With --repair sums are counted again, and a bucket whose rows may be wrong is marked: the next sync \
      lists it anew. Where the file itself is damaged, what can be read goes into a new one, and the old one is kept \
      beside it.
      """,
    positionals: [
      Positional(
        name: "bucket", help: "A bucket, or a pattern of buckets like 'logs-*'.", isRequired: false,
        isRepeated: true)
    ],
    options: [
      .flag(
        "quick", help: "Without reading the rows of objects and versions.", sets: \.scope.isQuick),
      .flag("repair", help: "Mend what is found; no sync may run meanwhile.", sets: \.repairs),
    ],
    examples: [
      Example(
        "Before a backup:", "s3audit check --quick && s3audit backup /backup/s3audit.sqlite3"),
      Example("After a disk was full or broken:", "s3audit check --repair"),
    ],
    exitStatuses: [
      ExitStatusRow(0, "Nothing was found, or all of it was mended."),
      ExitStatusRow(1, "Failed; with --repair also: something could not be mended."),
      ExitStatusRow(2, "Something was found."),
      ExitStatusRow(
        3,
        "Mended, or saved from a damaged file, but some buckets are not complete before the next sync, or rows of syncs, "
          + "changes or history are lost."),
      ExitStatusRow(64, "The command line could not be understood."),
      ExitStatusRow(130, "Interrupted; nothing was changed half way."),
    ],
    applyPositionals: { check, arguments throws(UsageError) in
      check.scope.buckets = try arguments.map { text throws(UsageError) in
        try ArgumentValues.wholeBucket(text)
      }
    })
) { arguments, context in
  try await CheckRun(context, arguments).run()
}

/// What was asked of `check`.
struct CheckArguments: CommandArguments {
  var scope = IndexCheck.Scope()
  var repairs = false
}

private struct CheckRun: Sendable {
  private let context: Context
  private let arguments: CheckArguments
  private let progress = ProgressBox()

  init(_ context: Context, _ arguments: CheckArguments) {
    (self.context, self.arguments) = (context, arguments)
  }

  func run() async throws -> ExitStatus {
    let path = try context.indexPath()
    context.say("index: \(path)")
    guard IndexFiles(path: path) != nil else { throw IndexError.missing(path: path) }
    return try await context.interrupt.cancelling {
      let result = try await look(path, arguments.scope)
      try write(result)
      guard !result.findings.isEmpty else { return .done }
      guard arguments.repairs else { return .differences }
      return try await mend(path, result)
    }
  }

  private func look(
    _ path: String, _ scope: IndexCheck.Scope
  ) async throws -> IndexCheck.Result {
    let interrupt = context.interrupt
    let check = IndexCheck(path: path, now: context.now) { interrupt.isInterrupted }
    let display = StepDisplay(context) { progress.text }
    return try await display.showing { try check.run(scope) { progress.note($0) } }
  }

  private static let columns = [
    Column("table", .text, rank: .answer), Column("bucket", .text, rank: .stays),
    Column("place", .key), Column("expected", .text, rank: .stays),
    Column("found", .text, rank: .stays),
  ]

  private func write(_ result: IndexCheck.Result) throws {
    var writer = ReportWriter(columns: Self.columns, options: context.reportOptions()) {
      try Terminal.writeOutput($0)
    }
    for finding in result.findings {
      try writer.append([
        .text(finding.table), name(of: finding.bucketID, in: result),
        finding.place.isEmpty ? .null : .key(finding.place), .text(finding.expected),
        .text(finding.found),
      ])
    }
    if result.findings.isEmpty, context.isForPeople {
      return try Terminal.writeOutput(
        "\(counted(Int64(result.buckets), "bucket"))"
          + (arguments.scope.isQuick ? "" : ", \(counted(result.objects, "object"))")
          + ": nothing is wrong\n")
    }
    try writer.finish()
    if result.unnamed > 0, !context.options.output.isQuiet {
      Terminal.writeError(
        "and \(counted(result.unnamed, "more finding")) of the same tables and buckets\n")
    }
  }

  private func name(of bucketID: Int64?, in result: IndexCheck.Result) -> Value {
    bucketID.map { .text(result.bucketNames[$0] ?? "(number \($0))") } ?? .null
  }

  // MARK: - Repair

  private func mend(_ path: String, _ result: IndexCheck.Result) async throws -> ExitStatus {
    var result = result
    var awaitsSync = false
    var losesPast = false
    let isDamaged = result.findings.contains { $0.remedy == .rescue }
    if isDamaged {
      let summary = try await IndexRescue(path: path, now: systemTime).run()
      say(summary)
      losesPast = summary.losesPast
      awaitsSync = !summary.marked.isEmpty || summary.lostBuckets > 0
      result = try await look(path, IndexCheck.Scope())
    }
    if !result.findings.isEmpty {
      let writer = try IndexWriter(
        path: path, patience: context.patience(indexPath: path),
        mending: result.findings.compactMap(\.setting), now: systemTime)
      let (steps, rest) = try await writer.resting { [findings = result.findings] in
        try await writer.repair(findings, afterRescue: isDamaged)
      }
      context.say(rest, of: path)
      for step in steps { say(step, result) }
      awaitsSync = awaitsSync || steps.contains { $0.awaitsSync }
      losesPast = losesPast || steps.contains { $0.losesPast }
    }
    let after = try await look(path, arguments.scope)
    guard after.findings.isEmpty else {
      throw CommandFailure(
        message: "\(counted(Int64(after.findings.count), "finding")) could not be mended",
        hint: "restore a backup, or move the index away and sync anew")
    }
    return awaitsSync || losesPast ? .refused : .done
  }

  private func say(_ step: RepairStep, _ result: IndexCheck.Result) {
    let place = step.bucketID.map { id in
      "\((result.bucketNames[id] ?? "bucket \(id)").escapingControls()): "
    }
    say((place ?? "") + step.text)
  }

  private func say(_ summary: IndexRescue.Summary) {
    say("the file was damaged: it is kept as \(summary.keptAt.escapingControls())")
    say("a new one holds \(counted(summary.objects, "object")) of it")
    if !summary.damagedTables.isEmpty {
      say("rows could not be read of: \(summary.damagedTables.joined(separator: ", "))")
    }
    if !summary.unownedTables.isEmpty {
      say(
        "rows that belong to nothing are in the damaged file alone: "
          + summary.unownedTables.joined(separator: ", "))
    }
    if summary.lostBuckets > 0 {
      say(
        "the names of \(counted(Int64(summary.lostBuckets), "bucket")) are lost: the next sync lists them anew, and "
          + "their history is in the damaged file alone")
    }
    for name in summary.lostClasses { say("a class whose name is lost is now \(name)") }
    if !summary.marked.isEmpty {
      let names = summary.marked.map { $0.escapingControls() }.joined(separator: ", ")
      say("the next sync lists again: \(names)")
    }
  }

  private func say(_ text: String) {
    if !context.options.output.isQuiet { Terminal.writeError("Repair: \(text)\n") }
  }
}

/// How far the check has come, for the display beside it.
private final class ProgressBox: Sendable {
  private let progress = Mutex(IndexCheck.Progress())

  func note(_ new: IndexCheck.Progress) { progress.withLock { $0 = new } }

  var text: String {
    let progress = progress.withLock { $0 }
    return progress.objectsTotal == 0
      ? "checking the file"
      : "checked \(groupedDecimal(progress.objects)) of \(counted(progress.objectsTotal, "object"))"
  }
}
