internal import AWS
internal import Answers
internal import Index
internal import S3
internal import Vocabulary

/// An estimate from the account's list of buckets to the index: every region is asked, side by side.
struct EstimateRun: Sendable {
  private let context: Context
  private let arguments: EstimateArguments

  init(_ context: Context, _ arguments: EstimateArguments) {
    self.context = context
    self.arguments = arguments
  }

  private static let connectionsMax = 16
  private static let daysOfDefault = 4

  func run() async throws -> ExitStatus {
    let path = try context.indexPath()
    context.say("index: \(path)")
    let account = try await Account.connect(
      arguments.connection, limits: context.limits(connections: Self.connectionsMax))
    for line in account.verboseLines { context.say(line) }
    // Nobody pays for figures that cannot be kept, because another program writes the index.
    let writer =
      arguments.isDryRun || IndexFiles(path: path) == nil ? nil : try makeWriter(path)
    guard let writer else { return try await ask(account, nil, path) }
    let (status, rest) = try await writer.resting { try await ask(account, writer, path) }
    context.say(rest, of: path)
    return status
  }

  private func makeWriter(_ path: String) throws -> IndexWriter {
    try IndexWriter(path: path, patience: context.patience(indexPath: path), now: systemTime)
  }

  private func ask(
    _ account: Account, _ writer: IndexWriter?, _ path: String
  ) async throws -> ExitStatus {
    let client = S3Client(account: account, options: arguments.connection.calls)
    let list = try await self.list(client)
    let buckets = try await EstimatedBuckets(
      arguments, client: client, list: list, home: account.region)
    let window = RegionEstimate.Window(
      days: arguments.days ?? Self.daysOfDefault, now: context.now)
    let answers = try await answers(account, buckets, arguments.isDryRun ? nil : window)
    let refused = answers.filter { $0.error != nil }
    if let first = refused.first, refused.count == answers.count {
      throw RegionRefusal(region: first.region, error: first.error)
    }
    if refused.isEmpty {
      try buckets.refuseSlips(gone: Set(answers.flatMap { $0.gone(buckets) }))
    }
    if arguments.isDryRun {
      return try EstimateForecast(context).write(answers, buckets)
    }
    var row = StoredEstimate(
      bucket: "", endpoint: account.bucketNamespace, region: nil, account: nil, state: .complete,
      asked: context.now)
    row.account = await account.number()?.digits ?? list.ownerID
    let new = answers.filter { $0.error == nil }.flatMap {
      $0.estimates(buckets, window, like: row)
    }
    let missing = refused.flatMap { $0.estimates(buckets, window, like: row) }
    try await keep(new, missing, answers, buckets, like: row, in: writer, path)
    let estimates = (new + missing).sorted {
      ($0.bucket, $0.region ?? "", $0.storageType ?? "")
        < ($1.bucket, $1.region ?? "", $1.storageType ?? "")
    }
    return try EstimateReport(context, arguments).write(estimates, answers, buckets)
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

  private func answers(
    _ account: Account, _ buckets: EstimatedBuckets, _ window: RegionEstimate.Window?
  ) async throws -> [RegionEstimate] {
    try await withThrowingTaskGroup(of: RegionEstimate.self) { group in
      for region in buckets.byRegion.keys {
        group.addTask { try await RegionEstimate.ask(region, account, buckets, window) }
      }
      var answers: [RegionEstimate] = []
      for try await answer in group { answers.append(answer) }
      return answers.sorted { $0.region.name < $1.region.name }
    }
  }

  private func keep(
    _ new: [StoredEstimate], _ missing: [StoredEstimate], _ answers: [RegionEstimate],
    _ buckets: EstimatedBuckets, like row: StoredEstimate, in given: IndexWriter?, _ path: String
  ) async throws {
    let answered = Set(answers.filter { $0.error == nil }.map(\.region.name))
    let names = Set(new.map(\.bucket))
    @Sendable func write(to writer: IndexWriter) async throws {
      try await writer.keep(new, at: row.endpoint) { bucket, region, owner in
        // The figures are new, or those of a bucket that has been gone for two weeks.
        names.contains(bucket)
          || answered.contains(region) && owner == row.account && buckets.matches(bucket)
            && !buckets.listed.contains(bucket)
      }
      try await writer.mark(missing)
    }
    if let given { return try await write(to: given) }
    let writer = try makeWriter(path)
    let (_, rest) = try await writer.resting { try await write(to: writer) }
    context.say(rest, of: path)
  }
}
