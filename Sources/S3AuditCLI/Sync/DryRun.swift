internal import Answers
internal import Index
internal import Report
internal import Sync
internal import Vocabulary

/// `sync --dry-run`: what would be listed, from the lists of buckets and what the index knows, and from
/// probes where they are wanted.
struct DryRun {
  private let context: Context
  private let accounts: [SyncAccount]
  private let unreachable: [RefusedAccount]
  private let options: SyncOptions
  private let arguments: SyncArguments

  init(
    _ context: Context, _ accounts: [SyncAccount], _ unreachable: [RefusedAccount],
    _ arguments: SyncArguments
  ) {
    self.context = context
    self.accounts = accounts
    self.unreachable = unreachable
    self.arguments = arguments
    options = arguments.options
  }

  func run(indexPath: String) async throws -> ExitStatus {
    let selection = try await BucketSelection.resolve(
      options, accounts: accounts, unreachable: unreachable)
    let (known, wishes, imported) = try knownBuckets(indexPath)
    let prices = RequestPrices.known(imported, now: context.now)
    for account in selection.refused { Terminal.writeError(errorText(account)) }
    Terminal.writeError(unknownRegionsText(selection.ofUnknownRegion))
    let named = try await selection.namedBucketsGone(accounts: accounts) {
      known[$0.address] != nil
    }
    let gone =
      options.prunes
      ? try await selection.goneBuckets(
        among: known.values.filter {
          !named.contains(BucketAddress(endpoint: $0.endpoint, name: $0.name))
        }, accounts: accounts,
        options: options) : []
    var probes: DryRunProbes?
    if arguments.probes {
      probes = try await DryRunProbes.run(
        selection.buckets, of: accounts, options, at: prices,
        showing: {
          ProgressDisplay(context, arguments.progress, of: $0, clients: accounts.map(\.client))
        },
        isKnown: { ListForecast.knows($0, known[$0.address]) || named.contains($0.address) })
    }
    if let text = probes?.refusalText(context, arguments) { Terminal.writeError(text) }
    try write(selection.buckets, known, wishes, probes, at: prices, named: named, gone: gone)
    let isWhole = selection.refused.isEmpty && selection.ofUnknownRegion.isEmpty
    return isWhole && probes?.refused.isEmpty ?? true
      && (named.isEmpty || options.prunes) ? .done : .refused
  }

  private typealias Known = [BucketAddress: BucketSummary]
  private typealias Wishes = [BucketAddress: VersionWish]

  /// The buckets that the index has, and what it knows of their versions; none when there is no index
  /// yet.
  private func knownBuckets(_ path: String) throws -> (Known, Wishes, [ImportedPrice]) {
    do {
      let reader = try IndexReader(path: path, now: context.now)
      return (
        try reader.bucketsByAddress(), try reader.versionWishes(), try reader.importedPrices()
      )
    } catch IndexError.missing {
      return ([:], [:], [])
    }
  }

  /// What a sync would list of a bucket besides its objects.
  private func besides(_ wish: VersionWish?) -> ListForecast.Besides {
    guard options.listsVersions ?? wish?.isWanted ?? false else { return .nothing }
    return wish?.entries.map { .versions($0) } ?? .unknownVersions
  }

  private func write(
    _ buckets: [SelectedBucket], _ known: Known, _ wishes: Wishes, _ probes: DryRunProbes?,
    at prices: RequestPrices, named: Set<BucketAddress>, gone: [BucketSummary]
  ) throws {
    var writer = ReportWriter(
      columns: columns(areProbed: probes != nil), options: context.reportOptions()
    ) { try Terminal.writeOutput($0) }
    var forecast = ListForecast(
      .init(
        uploads: options.listsUploads, parts: options.listsParts,
        properties: options.readsProperties), at: prices)
    for (index, bucket) in buckets.enumerated() {
      if named.contains(bucket.address), let summary = known[bucket.address] {
        try writer.append(row(ofGone: summary, areProbed: probes != nil))
        continue
      }
      let summary = known[bucket.address]
      let probed = probes?.sizes[index]
      let region = bucket.identity.region ?? summary?.region ?? probed?.region
      let expected = forecast.add(
        bucket, summary, probed, besides: besides(wishes[bucket.address]),
        isBilled: bucket.accounts.first.map { accounts[$0].isOfAWS } ?? false)
      var row: [Value] = [
        .text(bucket.identity.name), .key(bucket.prefix.bytes), region.map { .text($0) } ?? .null,
        .text((summary?.freshness.state ?? .never).rawValue),
        bucket.prefix.isStart ? summary.map { .integer($0.objects) } ?? .null : .null,
        expected.map { .integer($0) } ?? .null,
        profile(of: bucket).map { .text($0) } ?? .null, .text("list"),
      ]
      if probes != nil {
        row += probed?.values ?? ProbedSize.noValues
        row.append(probed.map { .text($0.sentence) } ?? .null)
      }
      try writer.append(row)
    }
    for bucket in gone {
      try writer.append(row(ofGone: bucket, areProbed: probes != nil))
    }
    writer.notes = [
      (probes == nil ? "Nothing was listed. " : "Nothing was written. ") + forecast.text
    ]
    if let cost = probes?.costText { writer.notes.append(cost) }
    let namesOfGone = named.map(\.name).sorted() + gone.map(\.name)
    if !namesOfGone.isEmpty {
      let end = options.prunes ? "would be removed from the index" : "would stay in the index"
      writer.notes.append("Gone, and \(end): \(namesOfGone.joined(separator: ", ")).")
    }
    try writer.finish()
  }

  private func columns(areProbed: Bool) -> [Column] {
    [
      Column("bucket", .text, rank: .answer), Column("prefix", .key, rank: .stays),
      Column("region", .text), Column("state", .text), Column("objects_known", .count),
      Column("list_requests", .count, rank: .stays), Column("profile", .text, rank: .aside),
      Column("action", .text),
    ] + (areProbed ? ProbedSize.columns + [ProbedSize.sentenceColumn] : [])
  }

  private func row(ofGone bucket: BucketSummary, areProbed: Bool) -> [Value] {
    [
      .text(bucket.name), .key([]), bucket.region.map { .text($0) } ?? .null,
      .text(bucket.freshness.state.rawValue), .integer(bucket.objects), .integer(0),
      (bucket.account?.identity.profile).map { .text($0) } ?? .null,
      .text(options.prunes ? "prune" : "keep"),
    ] + (areProbed ? ProbedSize.noValues + [.null] : [])
  }

  /// Whose credentials would be used; nil when that is found out by trying.
  private func profile(of bucket: SelectedBucket) -> String? {
    guard bucket.accounts.count == 1, let index = bucket.accounts.first else { return nil }
    return accounts[index].profile
  }
}
