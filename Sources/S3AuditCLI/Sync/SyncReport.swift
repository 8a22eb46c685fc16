internal import Crawl
internal import Index
internal import Report
internal import Vocabulary

/// What LIST requests cost: $0.005 for 1000 in us-east-1 (AmazonS3 price list, usage type
/// Requests-Tier1), whatever the storage class.
enum ListPrice {
  private static let microdollarsPerRequest: Int64 = 5

  /// `$0.0125`; at least four digits after the point.
  static func text(_ requests: Int64) -> String {
    let (dollars, rest) = requests.times(microdollarsPerRequest).quotientAndRemainder(
      dividingBy: 1_000_000)
    var digits = padded(Int(rest), to: 6)
    while digits.count > 4, digits.hasSuffix("0") { digits.removeLast() }
    return "$\(groupedDecimal(dollars)).\(digits)"
  }
}

/// What a sync says when it has finished: a few lines for a person, or a row a bucket for a
/// program.
struct SyncReport {
  private let context: Context
  private let summary: SyncSummary
  /// Whether requests were sent without credentials.
  private let isAnonymous: Bool
  private let indexPath: String

  init(_ context: Context, summary: SyncSummary, isAnonymous: Bool = false, indexPath: String) {
    self.context = context
    self.summary = summary
    self.isAnonymous = isAnonymous
    self.indexPath = indexPath
  }

  func write() throws -> ExitStatus {
    let refusals = refusalText
    if !refusals.isEmpty { Terminal.writeError(refusals) }
    let stored = try IndexReader(path: indexPath, now: context.now).bucketsByAddress()
    for account in summary.accounts { context.say("account: \(Self.label(of: account))") }
    if let format = context.options.output.format, format != .table {
      try writeRows(stored)
    } else if !context.options.output.isQuiet {
      try Terminal.writeOutput(text(stored))
    }
    return summary.isWhole ? .done : .refused
  }

  private func text(_ stored: [BucketAddress: BucketSummary]) -> String {
    let addresses = Set(summary.buckets.map(\.address))
    let bytes = addresses.map { stored[$0]?.bytes ?? 0 }.saturatedSum()
    let objects = addresses.map { stored[$0]?.objects ?? 0 }.saturatedSum()
    let counts = summary.counts
    let milliseconds =
      systemTime().millisecondsSinceEpoch - context.now.millisecondsSinceEpoch
    let rate = counts.objects.times(1_000) / max(1, milliseconds)
    let unit = context.options.output.unit
    var lines = [
      "\(bucketsText(addresses.count)): \(counted(objects, "object")), \(unit.text(bytes))"
    ]
    if summary.accounts.count + summary.refusedAccounts.count > 1 {
      lines += accountLines(addresses)
    }
    if !summary.pruned.isEmpty {
      lines.append(
        "pruned: \(summary.pruned.map { $0.escapingControls() }.joined(separator: ", "))")
    }
    let resumed = summary.buckets.count { $0.isResumed }
    if resumed > 0 {
      lines.append("\(counted(Int64(resumed), "bucket")) taken up where an earlier sync stopped")
    }
    lines += [
      "listed \(groupedDecimal(counts.objects)): added \(groupedDecimal(counts.added)), "
        + "changed \(groupedDecimal(counts.changed)), removed \(groupedDecimal(counts.removed))",
      requestsText,
      "\(durationText(milliseconds: milliseconds)), \(groupedDecimal(rate)) objects/s",
      "index: \(indexPath.escapingControls())",
    ]
    return "Synced \(lines[0])\n" + lines.dropFirst().map { "  \($0)\n" }.joined()
  }

  /// One line an account: how many of the buckets were listed with it.
  private func accountLines(_ addresses: Set<BucketAddress>) -> [String] {
    summary.accounts.enumerated().map { index, account in
      let own = Set(summary.buckets.filter { $0.account == index }.map(\.address))
      return "\(Self.label(of: account)): \(counted(Int64(own.count), "bucket"))"
    }
  }

  /// The profile with the account's number, or what else is known.
  private static func label(of account: SyncSummary.Account) -> String {
    let name = account.identity.name
    let label =
      switch account.identity.profile {
      case let profile?: profile + (name.map { " (\($0))" } ?? "")
      case nil: name ?? "not known"
      }
    return label.escapingControls()
  }

  private func bucketsText(_ count: Int) -> String {
    let refused = Set(summary.refused.map(\.address)).count
    let all = counted(Int64(count), "bucket")
    return refused == 0 ? all : "\(count - refused) of \(all)"
  }

  private var requestsText: String {
    var text = counted(summary.requests, "request")
    if summary.retries > 0 { text += " (\(counted(summary.retries, "retry", plural: "retries")))" }
    text += ", \(groupedDecimal(summary.billedLists)) of them LIST"
    if let priced = summary.pricedLists { text += ": about \(ListPrice.text(priced))" }
    return text
  }

  /// What could not be listed and why, for standard error; empty when there is nothing to say.
  var refusalText: String {
    var text = summary.refusedAccounts.map { errorText($0) }.joined()
    text += unknownRegionsText(summary.ofUnknownRegion)
    for bucket in summary.refused {
      if let failure = bucket.outcome.failure { text += crawlErrorText(failure, of: bucket.name) }
    }
    for name in summary.missing {
      text +=
        "Error: s3://\(name.escapingControls()) no longer exists; the index keeps what it held\n"
    }
    if !summary.missing.isEmpty {
      text += "Help:  run 's3audit sync --prune' to remove such buckets from the index\n"
    }
    let hints = summary.refused.compactMap { $0.outcome.failure.flatMap { hint(for: $0) } }
    for hint in Set(hints).sorted() { text += "Help:  \(hint)\n" }
    let isPermissionMissing = summary.buckets.contains { bucket in
      bucket.outcome.isDenied && bucket.outcome.failure?.isAboutPermissions ?? true
    }
    if isPermissionMissing {
      text += denialHelp(isAnonymous: isAnonymous, ofSeveral: true)
    }
    text += summary.buckets.compactMap { bucket in
      let isEmpty = bucket.outcome == .complete && !bucket.isResumed && bucket.counts.objects == 0
      return isEmpty ? literalPrefixText(bucket.prefix, in: bucket.name) : nil
    }.joined()
    if summary.buckets.isEmpty, summary.refusedAccounts.isEmpty, summary.ofUnknownRegion.isEmpty {
      text += "Warning: these credentials see no buckets\n"
      text += "Help:  name the buckets that you may list: s3audit sync s3://BUCKET …\n"
    }
    return text
  }

  private func writeRows(_ stored: [BucketAddress: BucketSummary]) throws {
    var writer = ReportWriter(
      columns: [
        Column("bucket", .text), Column("outcome", .text), Column("objects", .count),
        Column("added", .count), Column("changed", .count), Column("removed", .count),
        Column("resumed", .boolean), Column("error", .text), Column("account", .text),
        Column("profile", .text),
      ], options: context.reportOptions()
    ) { try Terminal.writeOutput($0) }
    for bucket in summary.buckets {
      let (outcome, error): (String, Value) =
        switch bucket.outcome {
        case .complete: ("complete", .null)
        case .denied(let failure): ("denied", .text(failure.description))
        case .failed(let failure): ("failed", .text(failure.description))
        }
      try writer.append([
        .text(bucket.name), .text(outcome), .integer(bucket.counts.objects),
        .integer(bucket.counts.added), .integer(bucket.counts.changed),
        .integer(bucket.counts.removed), .boolean(bucket.isResumed), error,
        stored[bucket.address]?.account.map { .text($0.name) } ?? .null,
        summary.accounts[bucket.account].identity.profile.map { .text($0) } ?? .null,
      ])
    }
    try writer.finish()
  }
}

extension CrawlOutcome {
  fileprivate var isDenied: Bool {
    if case .denied = self { true } else { false }
  }
}

extension SyncSummary.Bucket {
  fileprivate var address: BucketAddress { .init(endpoint: endpoint, name: name) }
}
