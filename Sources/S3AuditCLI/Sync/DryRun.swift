internal import Index
internal import Report
internal import Sync
internal import Vocabulary

/// `sync --dry-run`: what would be listed, from the lists of buckets and what the index knows.
struct DryRun {
  private let context: Context
  private let accounts: [SyncAccount]
  private let unreachable: [RefusedAccount]
  private let options: SyncOptions

  init(
    _ context: Context, _ accounts: [SyncAccount], _ unreachable: [RefusedAccount],
    _ options: SyncOptions
  ) {
    self.context = context
    self.accounts = accounts
    self.unreachable = unreachable
    self.options = options
  }

  func run(indexPath: String) async throws -> ExitStatus {
    let selection = try await BucketSelection.resolve(
      options, accounts: accounts, unreachable: unreachable)
    let known = try knownBuckets(indexPath)
    for account in selection.refused { Terminal.writeError(errorText(account)) }
    Terminal.writeError(unknownRegionsText(selection.ofUnknownRegion))
    let gone =
      options.prunes
      ? try await selection.goneBuckets(among: known.values, accounts: accounts, options: options)
      : []
    try write(selection.buckets, known, gone: gone)
    return selection.refused.isEmpty && selection.ofUnknownRegion.isEmpty ? .done : .refused
  }

  /// The buckets that the index has; none when there is no index yet.
  private func knownBuckets(_ path: String) throws -> [BucketAddress: BucketSummary] {
    do {
      return try IndexReader(path: path, now: context.now).bucketsByAddress()
    } catch IndexError.missing {
      return [:]
    }
  }

  private func write(
    _ buckets: [SelectedBucket], _ known: [BucketAddress: BucketSummary], gone: [BucketSummary]
  ) throws {
    var writer = ReportWriter(
      columns: [
        Column("bucket", .text, rank: .answer), Column("prefix", .key, rank: .stays),
        Column("region", .text), Column("state", .text), Column("objects_known", .count),
        Column("list_requests", .count, rank: .stays), Column("profile", .text, rank: .aside),
        Column("action", .text),
      ], options: context.reportOptions()
    ) { try Terminal.writeOutput($0) }
    var forecast = ListForecast()
    for bucket in buckets {
      let identity = bucket.identity
      let summary = known[.init(endpoint: identity.endpoint, name: identity.name)]
      let region = identity.region ?? summary?.region
      let expected = forecast.add(
        bucket, summary, isBilled: bucket.accounts.first.map { accounts[$0].isOfAWS } ?? false)
      try writer.append([
        .text(identity.name), .key(bucket.prefix.bytes), region.map { .text($0) } ?? .null,
        .text((summary?.freshness.state ?? .never).rawValue),
        bucket.prefix.isStart ? summary.map { .integer($0.objects) } ?? .null : .null,
        expected.map { .integer($0) } ?? .null,
        profile(of: bucket).map { .text($0) } ?? .null, .text("list"),
      ])
    }
    for bucket in gone {
      try writer.append([
        .text(bucket.name), .key([]), bucket.region.map { .text($0) } ?? .null,
        .text(bucket.freshness.state.rawValue), .integer(bucket.objects), .integer(0),
        (bucket.account?.identity.profile).map { .text($0) } ?? .null, .text("prune"),
      ])
    }
    writer.notes = ["Nothing was listed. \(forecast.text)"]
    if !gone.isEmpty {
      let names = gone.map(\.name).joined(separator: ", ")
      writer.notes.append("Gone, and would be removed from the index: \(names).")
    }
    try writer.finish()
  }

  /// Whose credentials would be used; nil when that is found out by trying.
  private func profile(of bucket: SelectedBucket) -> String? {
    guard bucket.accounts.count == 1, let index = bucket.accounts.first else { return nil }
    return accounts[index].profile
  }
}
