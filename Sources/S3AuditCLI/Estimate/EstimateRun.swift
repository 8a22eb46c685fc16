internal import AWS
internal import Answers
internal import Index
internal import S3
internal import Vocabulary

/// An estimate from the account's list of buckets to the index: every region is asked, side by side.
///
/// What is free comes first: the list, the regions and the metrics that there are. Then whatever was typed wrong is
/// known, and the index can be written: only then are figures asked for, which cost money.
struct EstimateRun: Sendable {
  private let context: Context
  private let arguments: EstimateArguments
  private let window: RegionEstimate.Window

  init(_ context: Context, _ arguments: EstimateArguments) {
    self.context = context
    self.arguments = arguments
    window = RegionEstimate.Window(days: arguments.days ?? Self.daysOfDefault, now: context.now)
  }

  private static let connectionsMax = 16
  private static let daysOfDefault = 4

  /// What is asked for: the metrics of each region.
  private struct Question: Sendable {
    var buckets: EstimatedBuckets
    var regions: [RegionEstimate]
    /// Who owns the buckets, in the words of the list.
    var ownerID: String?
  }

  func run() async throws -> ExitStatus {
    let path = try context.indexPath()
    context.say("index: \(path)")
    let account = try await Account.connect(
      arguments.connection, limits: context.limits(connections: Self.connectionsMax))
    for line in account.verboseLines { context.say(line) }
    if arguments.isDryRun {
      let question = try await question(account)
      return try EstimateForecast(context).write(question.regions, question.buckets)
    }
    // Whoever waits for another program to write the index need not even list. One that is not there is not made
    // before all is well.
    var known: Question?
    if IndexFiles(path: path) == nil { known = try await question(account) }
    let (answers, buckets, estimates) = try await context.writing(path) { [known] writer in
      var question = known
      if question == nil { question = try await self.question(account) }
      guard let question else { throw CancellationError() }
      return try await keep(question, account, in: writer)
    }
    return try EstimateReport(context, arguments).write(estimates, answers, buckets)
  }

  // MARK: - What is free

  private func question(_ account: Account) async throws -> Question {
    let client = S3Client(account: account, options: arguments.connection.calls)
    let list = try await self.list(client)
    let buckets = try await EstimatedBuckets(
      arguments, client: client, list: list, home: account.region)
    let regions = try await eachOf(buckets.byRegion.keys.map { RegionEstimate(region: $0) }) {
      try await $0.listed(account, buckets)
    }
    try refuse(regions)
    if regions.allSatisfy({ $0.error == nil }) {
      try buckets.refuseSlips(gone: Set(regions.flatMap { $0.gone(buckets) }))
      try refuseSlips(inClasses: regions)
    }
    return Question(buckets: buckets, regions: regions, ownerID: list.ownerID)
  }

  /// The account's buckets; figures are looked for where they are.
  private func list(_ client: S3Client) async throws -> BucketList {
    do {
      return try await client.listBuckets()
    } catch let error as S3Error where error.code == "AccessDenied" {
      throw CommandFailure(
        message: "\(error)",
        hint:
          "figures are looked for where the account's buckets are; what that needs is printed by: "
          + "s3audit doctor --policy estimate")
    }
  }

  /// Refuses names of classes and types that are none of AWS's, and that CloudWatch does not know either.
  private func refuseSlips(inClasses regions: [RegionEstimate]) throws(CommandFailure) {
    let types = Set(regions.flatMap { $0.metrics.compactMap(\.storage?.type) })
    for name in arguments.classes where !EstimateArguments.isClass(name, orOneOf: types) {
      throw CommandFailure(
        message: "CloudWatch has no figure of a storage class or storage type '\(name)', "
          + "nor is it one of AWS",
        hint: types.isEmpty
          ? "it has none of these buckets" : "it has: \(types.sorted().joined(separator: ", "))")
    }
  }

  // MARK: - What is paid for

  private func keep(
    _ question: Question, _ account: Account, in writer: IndexWriter
  ) async throws -> ([RegionEstimate], EstimatedBuckets, [StoredEstimate]) {
    let buckets = question.buckets
    let answers = try await eachOf(question.regions) { try await $0.asked(account, window) }
    do {
      try refuse(answers)
    } catch {
      say(spentOn: answers)
      throw error
    }
    var row = StoredEstimate(
      bucket: "", endpoint: account.bucketNamespace, region: nil, account: nil, state: .complete,
      asked: context.now)
    row.account = await account.number()?.digits ?? question.ownerID
    let refused = answers.filter { $0.error != nil }
    let told = answers.filter { $0.error == nil }
    let new = told.flatMap { $0.estimates(buckets, window, like: row) }
    let missing =
      refused.flatMap { $0.estimates(buckets, window, like: row) } + buckets.unplaced(like: row)
    try await keep(new, missing, told, buckets, like: row, in: writer)
    let estimates = (new + missing).sorted {
      ($0.bucket, $0.region ?? "", $0.storageType ?? "")
        < ($1.bucket, $1.region ?? "", $1.storageType ?? "")
    }
    return (answers, buckets, estimates)
  }

  private func keep(
    _ new: [StoredEstimate], _ missing: [StoredEstimate], _ answers: [RegionEstimate],
    _ buckets: EstimatedBuckets, like row: StoredEstimate, in writer: IndexWriter
  ) async throws {
    let answered = Set(answers.map(\.region.name))
    let names = Set(new.map(\.bucket))
    try await writer.keep(new, at: row.endpoint) { bucket, region, owner in
      // The figures are new, or those of a bucket that has been gone for two weeks.
      names.contains(bucket)
        || answered.contains(region) && owner == row.account && buckets.matches(bucket)
          && !buckets.listed.contains(bucket)
    }
    try await writer.mark(missing)
  }

  /// What was paid for nothing has to be known all the same.
  private func say(spentOn answers: [RegionEstimate]) {
    let count = answers.map(\.metricsRequested).reduce(0, +)
    guard count > 0, !context.options.output.isQuiet else { return }
    Terminal.writeError(
      "Note: \(counted(Int64(count), "metric")) \(count == 1 ? "was" : "were") asked for before that: "
        + "$\(EstimateForecast.usd(ofMetrics: count)) at most, at $0.01 for 1,000\n")
  }

  // MARK: - Regions

  /// Where no region answers, there is nothing to tell.
  private func refuse(_ regions: [RegionEstimate]) throws(RegionRefusal) {
    guard let first = regions.first, regions.allSatisfy({ $0.error != nil }) else { return }
    throw RegionRefusal(region: first.region, error: first.error)
  }

  private func eachOf(
    _ regions: [RegionEstimate],
    _ body: @escaping @Sendable (RegionEstimate) async throws -> RegionEstimate
  ) async throws -> [RegionEstimate] {
    try await withThrowingTaskGroup(of: RegionEstimate.self) { group in
      for region in regions { group.addTask { try await body(region) } }
      var answers: [RegionEstimate] = []
      for try await answer in group { answers.append(answer) }
      return answers.sorted { $0.region.name < $1.region.name }
    }
  }
}
