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

  func run() async throws -> ExitStatus {
    let path = try context.indexPath()
    context.say("index: \(path)")
    let connected = try await ConnectedAccounts(
      context, arguments.connection, limits: context.limits(connections: Self.connectionsMax))
    if arguments.isDryRun {
      return try EstimateForecast(context).write(try await questions(connected))
    }
    // Whoever waits for another program to write the index need not even list. One that is not there is not made
    // before all is well.
    var known: Asked?
    if IndexFiles(path: path) == nil { known = try await questions(connected) }
    let asked = try await context.writing(path) { [known] writer in
      if let known { return try await keep(known, in: writer) }
      return try await keep(try await questions(connected), in: writer)
    }
    return try EstimateReport(context, arguments).write(asked)
  }

  // MARK: - What is free

  private func questions(_ all: ConnectedAccounts) async throws -> Asked {
    var (all, accounts) = (all, [EstimatedAccount]())
    for (account, options) in all.accounts {
      try await all.trying(options.profile) { all in
        let one = try await question(account, options)
        if accounts.contains(where: one.isSame) { return all.skip(double: options.profile) }
        accounts.append(one)
      }
    }
    try all.refuseSilence(accounts.isEmpty)
    let asked = Asked(all: all, accounts: accounts)
    if let slip = asked.accounts.first?.buckets.slip,
      asked.accounts.allSatisfy({ $0.buckets.slip != nil })
    {
      throw slip
    }
    let regions = asked.accounts.flatMap(\.regions)
    try refuse(regions)
    if asked.all.refused.isEmpty, regions.allSatisfy({ $0.error == nil }) {
      let gone = asked.accounts.flatMap { one in one.regions.flatMap { $0.gone(one.buckets) } }
      try EstimatedBuckets.refuseSlips(asked.accounts.map(\.buckets), gone: Set(gone))
      try refuseSlips(inClasses: regions)
    }
    return asked
  }

  private func question(
    _ account: Account, _ options: ConnectionOptions
  ) async throws -> EstimatedAccount {
    let client = S3Client(account: account, options: options.calls)
    let list = try await self.list(client)
    let buckets = try await EstimatedBuckets(
      arguments, client: client, list: list, home: account.region)
    let regions = try await eachOf(buckets.byRegion.keys.map { RegionEstimate(region: $0) }) {
      try await $0.listed(account, buckets)
    }
    return EstimatedAccount(
      account: account, buckets: buckets, name: await account.number()?.digits ?? list.ownerID,
      regions: regions)
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

  private func keep(_ question: Asked, in writer: IndexWriter) async throws -> Asked {
    var asked = question
    for place in asked.accounts.indices {
      let one = asked.accounts[place]
      asked.accounts[place].regions = try await eachOf(one.regions) {
        try await $0.asked(one.account, window)
      }
    }
    let regions = asked.accounts.flatMap(\.regions)
    do {
      try refuse(regions)
    } catch {
      say(spentOn: regions)
      throw error
    }
    for place in asked.accounts.indices {
      asked.accounts[place].estimates = try await keep(asked.accounts[place], in: writer)
    }
    return asked
  }

  /// Keeps what was said of one account's buckets, and returns it in order.
  private func keep(
    _ one: EstimatedAccount, in writer: IndexWriter
  ) async throws -> [StoredEstimate] {
    let buckets = one.buckets
    let row = StoredEstimate(
      bucket: "", endpoint: one.account.bucketNamespace, region: nil, account: one.name,
      state: .complete, asked: context.now)
    let told = one.regions.filter { $0.error == nil }
    let new = told.flatMap { $0.estimates(buckets, window, like: row) }
    let missing =
      one.regions.filter { $0.error != nil }.flatMap { $0.estimates(buckets, window, like: row) }
      + buckets.unplaced(like: row)
    let answered = Set(told.map(\.region.name))
    let names = Set(new.filter { $0.state != .gone }.map(\.bucket))
    try await writer.keep(new, at: row.endpoint) { bucket, region, owner in
      // The figures are new, or those of a bucket that is gone, or has been for two weeks.
      names.contains(bucket)
        || answered.contains(region) && [nil, row.account].contains(owner)
          && buckets.matches(bucket)
          && !buckets.listed.contains(bucket)
    }
    try await writer.mark(missing)
    return (new + missing).sorted {
      ($0.bucket, $0.region ?? "", $0.storageType ?? "")
        < ($1.bucket, $1.region ?? "", $1.storageType ?? "")
    }
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

/// The accounts that are asked, and those that could not be.
struct Asked: Sendable {
  var all: ConnectedAccounts
  var accounts: [EstimatedAccount] = []
}
