internal import Crawl
internal import Index
internal import Report
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
    try write(selection.buckets, known)
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
    _ buckets: [SelectedBucket], _ known: [BucketAddress: BucketSummary]
  ) throws {
    var writer = ReportWriter(
      columns: [
        Column("bucket", .text, rank: .answer), Column("prefix", .key, rank: .stays),
        Column("region", .text), Column("state", .text), Column("objects_known", .count),
        Column("list_requests", .count, rank: .stays), Column("profile", .text, rank: .aside),
      ], options: context.reportOptions()
    ) { try Terminal.writeOutput($0) }
    var requests: Int64 = 0
    var priced: Int64?
    for bucket in buckets {
      let identity = bucket.identity
      let summary = known[.init(endpoint: identity.endpoint, name: identity.name)]
      // What lies below a prefix is not known without reading it.
      let isWhole = bucket.prefix.isStart
      let expected = isWhole ? summary.map { max(1, $0.objects.plus(999) / 1_000) } : nil
      requests = requests.plus(expected ?? 1)
      if identity.endpoint.isEmpty { priced = (priced ?? 0).plus(expected ?? 1) }
      try writer.append([
        .text(identity.name), .key(bucket.prefix.bytes),
        (identity.region ?? summary?.region).map { .text($0) } ?? .null,
        .text((summary?.freshness.state ?? .never).rawValue),
        isWhole ? summary.map { .integer($0.objects) } ?? .null : .null,
        expected.map { .integer($0) } ?? .null,
        profile(of: bucket).map { .text($0) } ?? .null,
      ])
    }
    var note = "Nothing was listed. \(counted(Int64(buckets.count), "bucket")), about "
    note += counted(requests, "LIST request")
    if let priced { note += ", \(ListPrice.text(priced))" }
    writer.notes = [note + "."]
    try writer.finish()
  }

  /// Whose credentials would be used; nil when that is found out by trying.
  private func profile(of bucket: SelectedBucket) -> String? {
    guard bucket.accounts.count == 1, let index = bucket.accounts.first else { return nil }
    return accounts[index].profile
  }
}
