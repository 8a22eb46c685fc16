internal import Answers
internal import Costs
internal import Index
internal import Report
internal import Restore
internal import S3
internal import Vocabulary

/// What stands between the list of what is wanted and the restore, wherever that goes: archived versions are
/// found, and on demand brought back.
///
///     try wanted.findArchived(asksUnknown: arguments.thaw.speed != nil) { … is needed … }
///     let stage = ThawStage(context, arguments, client, bucket: bucket)
///     guard let plan = try await stage.run(wanted) else { return .done }
///     …   // `wanted.held(among:)` names what is to be left out
///
/// Nothing is restored before that, and nothing is sent before it was shown and agreed to.
struct ThawStage: Sendable {
  private let context: Context
  private let arguments: RestoreArguments
  private let client: S3Client
  private let bucket: String

  init(_ context: Context, _ arguments: RestoreArguments, _ client: S3Client, bucket: String) {
    self.context = context
    self.arguments = arguments
    self.client = client
    self.bucket = bucket
  }

  /// Settles all that was found; how it stands then.
  ///
  /// - Returns: nil when nothing is to be restored: the plan of a thaw was all that was asked for.
  /// - Throws: `CommandFailure` when the user does not agree, or cannot be asked.
  func run(_ wanted: borrowing WantedFiles) async throws -> ThawPlan? {
    let days = arguments.thaw.days ?? ThawArguments.daysOfDefault
    let concurrency = arguments.options.concurrency
    try await ThawInquiry(client: client, bucket: bucket, concurrency: concurrency).run(wanted)
    var plan = try wanted.thawPlan(by: arguments.thaw.speed ?? .bulk, days: days)
    // Without a version to wait for there is nothing to know, and no file to make.
    guard arguments.thaw.speed != nil || !plan.underWay.isEmpty else { return plan }
    let log = try ThawLog(path: try context.pathBesideIndex(".thaws"))
    plan.ends = try log.ends(of: bucket)
    guard let speed = arguments.thaw.speed else { return plan }
    let table = ThawTable(
      plan, region: region, at: try pricesOfToday(), now: systemTime())
    guard !arguments.isDryRun else {
      try table.write(options: context.reportOptions()) { try Terminal.writeOutput($0) }
      return nil
    }
    if plan.versionsToBegin > 0 { try agree(to: table, plan) }
    // Noted before, as what is interrupted has begun some of it.
    try log.record(Set(plan.begins.map(\.archive)), of: bucket, by: speed, at: systemTime())
    try await Thaw(
      client: client, bucket: bucket, speed: speed, days: days, concurrency: concurrency
    ).run(wanted)
    // By now some of it is under way.
    plan = try wanted.thawPlan(by: speed, days: days)
    plan.ends = try log.ends(of: bucket)
    return plan
  }

  /// The region whose prices hold; nil for other servers than AWS.
  private var region: String? {
    client.isAWS ? client.knownRegion(of: bucket) ?? client.regionName : nil
  }

  /// Those that come with the program, and those that were imported into the index.
  private func pricesOfToday() throws -> PriceList {
    let path = try context.indexPath()
    // Without an index that can be read, what comes with the program is what is known.
    let imported = try? IndexReader(path: path, now: context.now).importedPrices()
    return PriceList.known(imported ?? [], now: context.now)
  }

  private func agree(to table: ThawTable, _ plan: ThawPlan) throws {
    if !context.options.output.isQuiet || !arguments.isAgreed {
      var options = context.reportOptions()
      options.format = .table
      options.isTerminal = Terminal.errorIsTerminal
      options.usesColor = options.usesColor && options.isTerminal
      try table.write(options: options) { Terminal.writeError(String(decoding: $0, as: UTF8.self)) }
    }
    guard !arguments.isAgreed else { return }
    guard Confirmation.isPossible else {
      throw CommandFailure(
        message: "this has to be agreed to, and there is no terminal to ask on; nothing was done",
        hint: "agree with --yes; --dry-run shows what it would cost")
    }
    let question =
      "Bring \(counted(plan.versionsToBegin, "version")) back by \(plan.speed.rawValue)?"
    guard try Confirmation.ask(question, isInterrupted: { Task.isCancelled }) else {
      throw CommandFailure(message: "nothing was brought back or restored")
    }
  }
}
