internal import AWS
internal import Crawl
internal import Index
internal import S3
internal import Sync
internal import Vocabulary

/// What probes said of the buckets of a dry run, and what they cost.
struct DryRunProbes {
  /// What came of each bucket, by its place; nil for those of which the index tells.
  private(set) var sizes: [Int: ProbedSize] = [:]
  /// Buckets that could not be listed.
  private(set) var refused: [SyncSummary.Bucket] = []
  /// What the requests cost; nil where no account is of AWS.
  private var cost: ListCost?
  private var requests: Int64 = 0

  /// Probes the buckets of which the index does not tell.
  static func run(
    _ buckets: [SelectedBucket], of accounts: [SyncAccount], _ options: SyncOptions,
    at prices: RequestPrices,
    showing display: (CrawlProgress) -> ProgressDisplay, isKnown: (SelectedBucket) -> Bool
  ) async throws -> DryRunProbes {
    let places = buckets.indices.filter { !isKnown(buckets[$0]) }
    let before = accounts.map(\.client.counts.billedListsByRegion)
    let progress = CrawlProgress()
    let run = BucketProbes(accounts, budget: options.requestBudget, progress: progress)
    let unknown = places.map { buckets[$0] }
    let results = try await display(progress).showing { try await run.run(unknown) }
    var probes = DryRunProbes()
    for (place, result) in zip(places, results) {
      let size = ProbedSize(result)
      probes.sizes[place] = size
      probes.requests += size.requests
      if let outcome = size.refusal {
        probes.refused.append(SyncSummary.Bucket(refused: buckets[place], as: outcome))
      }
    }
    for (account, before) in zip(accounts, before) where account.isOfAWS {
      var cost = probes.cost ?? ListCost(at: prices)
      for (region, lists) in account.client.counts.billedListsByRegion {
        cost.add(lists - (before[region] ?? 0), in: region)
      }
      probes.cost = cost
    }
    return probes
  }

  /// What the probes themselves cost; nil where nobody asks for money, or there were none.
  var costText: String? {
    guard requests > 0, let cost else { return nil }
    return "The probes were LIST requests, too: \(cost.text())."
  }

  /// What could not be listed and why, for standard error; nil where nothing was refused.
  func refusalText(_ context: Context, _ arguments: SyncArguments) -> String? {
    guard !refused.isEmpty else { return nil }
    var summary = SyncSummary()
    summary.buckets = refused
    return SyncReport(
      context, summary: summary, isAnonymous: arguments.connection.isAnonymous, indexPath: ""
    ).refusalText
  }
}

extension SelectedBucket {
  /// Where the index has it.
  var address: BucketAddress { .init(endpoint: identity.endpoint, name: identity.name) }
}
