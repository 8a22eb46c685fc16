internal import Crawl
internal import Index
internal import Report
internal import S3
internal import Sync
internal import Vocabulary

/// What a sync says when it has ended: a few lines for a person; for a program one JSON object, or rows.
///
/// A program gets it however the sync ended, also when nothing could be listed. JSON is the whole summary
/// with a list of buckets and one of accounts. The other formats have a row for each bucket; a row without
/// a bucket is an account that was refused, one without a bucket and a profile is what ended the sync.
struct SyncReport {
  private let context: Context
  private let summary: SyncSummary
  /// Whether requests were sent without credentials.
  private let isAnonymous: Bool
  private let indexPath: String
  /// When the sync had ended, however long people were told of it after that.
  private let finished: Timestamp

  /// What is said of a sync that was interrupted.
  static let howToGoOn = "run the same command again to go on from here"

  init(
    _ context: Context, summary: SyncSummary, isAnonymous: Bool = false,
    finished: Timestamp = systemTime(), indexPath: String
  ) {
    self.context = context
    self.finished = finished
    self.summary = summary
    self.isAnonymous = isAnonymous
    self.indexPath = indexPath
  }

  func write() throws -> ExitStatus {
    let refusals = refusalText
    if !refusals.isEmpty { Terminal.writeError(refusals) }
    let stored = try IndexReader(path: indexPath, now: context.now).bucketsByAddress()
    for account in summary.accounts { context.say("account: \(Self.label(of: account))") }
    if let format = context.machineFormat {
      try write(as: format, stored)
    } else if !context.options.output.isQuiet {
      try Terminal.writeOutput(text(stored))
    }
    return summary.isWhole ? .done : .refused
  }

  /// Tells a program what ended the sync before it was through.
  func writeFailure(_ error: any Error) throws {
    guard let format = context.machineFormat else { return }
    // Whatever is wrong with the index, there is a report: only what it holds is then not known.
    let stored = try? IndexReader(path: indexPath, now: context.now).bucketsByAddress()
    try write(as: format, stored, error)
  }

  private func text(_ stored: [BucketAddress: BucketSummary]) -> String {
    let addresses = Set(summary.buckets.map(\.address))
    let bytes = addresses.map { stored[$0]?.bytes ?? 0 }.saturatedSum()
    let objects = addresses.map { stored[$0]?.objects ?? 0 }.saturatedSum()
    let counts = summary.counts
    let milliseconds =
      finished.millisecondsSinceEpoch - context.now.millisecondsSinceEpoch
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
      "listed \(listedText(counts)): added \(groupedDecimal(counts.added)), "
        + "changed \(groupedDecimal(counts.changed)), removed \(groupedDecimal(counts.removed))",
      requestsText,
      "\(durationText(milliseconds: milliseconds)), \(groupedDecimal(rate)) objects/s",
      "index: \(indexPath.escapingControls())",
    ]
    return "Synced \(lines[0])\n" + lines.dropFirst().map { "  \($0)\n" }.joined()
  }

  /// How much was listed: `1,234`, or `1,234 objects and 56 versions and delete markers`.
  private func listedText(_ counts: ChangeCounts) -> String {
    guard summary.buckets.contains(where: \.hasVersions) else {
      return groupedDecimal(counts.objects)
    }
    return counted(counts.objects, "object")
      + " and \(groupedDecimal(counts.versions)) noncurrent versions and delete markers"
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
    if let cost = summary.listCost { text += ": \(cost.text())" }
    return text
  }

  /// What could not be listed and why, for standard error; empty when there is nothing to say.
  var refusalText: String {
    var text = summary.refusedAccounts.map { errorText($0) }.joined()
    text += unknownRegionsText(summary.ofUnknownRegion)
    for bucket in summary.refused {
      if let failure = bucket.outcome.failure { text += crawlErrorText(failure, of: bucket.name) }
    }
    for gap in summary.gaps { text += crawlErrorText(gap.failure, of: gap.bucket) }
    for bucket in summary.buckets where bucket.counts.keysWithoutLatest > 0 {
      text +=
        "Warning: in s3://\(bucket.name.escapingControls()) the server does not say of every key which version is the"
        + " latest; the one that it lists first was taken\n"
    }
    for name in summary.missing {
      text +=
        "Error: s3://\(name.escapingControls()) no longer exists; the index keeps what it held\n"
    }
    if !summary.missing.isEmpty {
      text += "Help:  run 's3audit sync --prune' to remove such buckets from the index\n"
    }
    let failures = summary.refused.compactMap(\.outcome.failure) + summary.gaps.map(\.failure)
    let hints = failures.compactMap { hint(for: $0) }
    for hint in Set(hints).sorted() { text += "Help:  \(hint)\n" }
    let isPermissionMissing = summary.buckets.contains { bucket in
      bucket.outcome.isDenied && bucket.outcome.failure?.isAboutPermissions ?? true
    }
    if isPermissionMissing {
      text += denialHelp(isAnonymous: isAnonymous, ofSeveral: true)
      if summary.buckets.contains(where: { $0.outcome.isDenied && $0.hasVersions }) {
        text += "Help:  versions need s3:ListBucketVersions; --no-versions lists objects alone\n"
      }
    }
    text += summary.buckets.compactMap { bucket in
      let isEmpty = bucket.outcome == .complete && !bucket.isResumed && bucket.counts.objects == 0
      return isEmpty ? literalPrefixText(bucket.prefix, in: bucket.name) : nil
    }.joined()
    let isAboutNothing =
      summary.buckets.isEmpty && summary.missing.isEmpty && summary.pruned.isEmpty
    if isAboutNothing, summary.refusedAccounts.isEmpty, summary.ofUnknownRegion.isEmpty {
      text += "Warning: these credentials see no buckets\n"
      text += "Help:  name the buckets that you may list: s3audit sync s3://BUCKET …\n"
    }
    return text
  }

  // MARK: - For programs

  private static let columns = [
    Column("bucket", .text), Column("outcome", .text), Column("objects", .count),
    Column("added", .count), Column("changed", .count), Column("removed", .count),
    Column("resumed", .boolean), Column("error", .text), Column("account", .text),
    Column("profile", .text), Column("versions", .count), Column("state", .text),
    Column("objects_stored", .count), Column("bytes_stored", .bytes),
  ]

  /// The buckets of the index; nil where that cannot be read.
  private typealias Stored = [BucketAddress: BucketSummary]?

  private func write(
    as format: OutputFormat, _ stored: Stored, _ error: (any Error)? = nil
  ) throws {
    guard format == .json else { return try writeRows(stored, error) }
    try Terminal.writeOutput(document(stored, error))
  }

  private func writeRows(_ stored: Stored, _ error: (any Error)?) throws {
    var writer = ReportWriter(columns: Self.columns, options: context.reportOptions()) {
      try Terminal.writeOutput($0)
    }
    for bucket in summary.buckets { try writer.append(row(of: bucket, stored)) }
    for account in summary.refusedAccounts {
      try writer.append(
        Self.rowWithoutBucket(Self.outcome(of: account.error), account.error, account.profile))
    }
    if let error, !(error is AllAccountsRefused) {
      try writer.append(Self.rowWithoutBucket(summary.state.rawValue, error, nil))
    }
    try writer.finish()
  }

  private func row(of bucket: SyncSummary.Bucket, _ stored: Stored) -> [Value] {
    let (outcome, error): (String, Value) =
      switch bucket.outcome {
      case .failed(let failure) where bucket.isCutOff:
        (SyncState.interrupted.rawValue, .text(message(of: failure.error)))
      case .complete: ("complete", .text(orNull: bucket.gaps.first?.description))
      case .denied(let failure): ("denied", .text(failure.description))
      case .failed(let failure): ("failed", .text(failure.description))
      }
    let accounts = summary.accounts
    let profile =
      accounts.indices.contains(bucket.account) ? accounts[bucket.account].identity.profile : nil
    let held = stored?[bucket.address]
    return [
      .text(bucket.name), .text(outcome), .integer(bucket.counts.objects),
      .integer(bucket.counts.added), .integer(bucket.counts.changed),
      .integer(bucket.counts.removed), .boolean(bucket.isResumed), error,
      .text(orNull: held?.account?.name), .text(orNull: profile),
      bucket.hasVersions ? .integer(bucket.counts.versions) : .null,
      .text(orNull: held?.freshness.state.rawValue),
      held.map { .integer($0.objects) } ?? .null, held.map { .bytes($0.bytes) } ?? .null,
    ]
  }

  private static func rowWithoutBucket(
    _ outcome: String, _ error: any Error, _ profile: String?
  ) -> [Value] {
    [
      .null, .text(outcome), .null, .null, .null, .null, .null, .text(message(of: error)), .null,
      .text(orNull: profile), .null, .null, .null, .null,
    ]
  }

  private static func outcome(of error: any Error) -> String {
    (error as? S3Error)?.isDenial == true ? "denied" : "failed"
  }

  private func document(_ stored: Stored, _ error: (any Error)?) -> [UInt8] {
    var document = JSONDocument()
    let counts = summary.counts
    document.add("state", .text(summary.state.rawValue))
    document.add("error", .text(orNull: error.map { message(of: $0) }))
    document.add("help", .text(orNull: error.flatMap { Self.help(about: $0) }))
    document.add("started_at", .timestamp(context.now))
    document.add("finished_at", .timestamp(finished))
    document.add("index", .text(indexPath))
    document.add("objects", .integer(counts.objects))
    document.add("added", .integer(counts.added))
    document.add("changed", .integer(counts.changed))
    document.add("removed", .integer(counts.removed))
    let held = stored.map { stored in
      Set(summary.buckets.map(\.address)).compactMap { stored[$0] }
    }
    document.add(
      "objects_stored", held.map { .integer($0.map(\.objects).saturatedSum()) } ?? .null)
    document.add("bytes_stored", held.map { .bytes($0.map(\.bytes).saturatedSum()) } ?? .null)
    document.add("requests", .integer(summary.requests))
    document.add("retries", .integer(summary.retries))
    document.add("list_requests", .integer(summary.billedLists))
    document.add("list_dollars", (summary.listCost?.dollars).map { .real($0) } ?? .null)
    document.add("buckets", Self.columns, summary.buckets.map { row(of: $0, stored) })
    document.add("missing", summary.missing)
    document.add("pruned", summary.pruned)
    document.add("accounts", Self.accountColumns, accountRows)
    return document.finish()
  }

  private static func help(about error: any Error) -> String? {
    error is CancellationError ? Self.howToGoOn : hint(for: error)
  }

  private static let accountColumns = [
    Column("account", .text), Column("profile", .text), Column("endpoint", .text),
    Column("outcome", .text), Column("buckets", .count), Column("error", .text),
  ]

  /// Every account that was named: those that were reached first, then those of which nothing is known.
  private var accountRows: [[Value]] {
    var refused = summary.refusedAccounts
    var rows: [[Value]] = []
    for (index, account) in summary.accounts.enumerated() {
      let place = refused.firstIndex { $0.profile == account.identity.profile }
      let refusal = place.map { refused.remove(at: $0) }
      let buckets = Set(summary.buckets.filter { $0.account == index }.map(\.address)).count
      rows.append([
        .text(orNull: account.identity.name), .text(orNull: account.identity.profile),
        .text(account.endpoint),
        .text(refusal.map { Self.outcome(of: $0.error) } ?? summary.outcomeOfAccounts),
        .integer(Int64(buckets)), .text(orNull: refusal.map { message(of: $0.error) }),
      ])
    }
    return rows
      + refused.map {
        [
          .null, .text(orNull: $0.profile), .null, .text(Self.outcome(of: $0.error)), .integer(0),
          .text(message(of: $0.error)),
        ]
      }
  }
}

extension SyncSummary {
  /// What is said of an account that was not refused: a sync that did not come to its end has not asked
  /// each of them for all.
  fileprivate var outcomeOfAccounts: String {
    [.complete, .partial].contains(state) ? "complete" : state.rawValue
  }
}

extension Value {
  /// Text, or null where there is none.
  fileprivate static func text(orNull text: String?) -> Value { text.map { .text($0) } ?? .null }
}

extension SyncSummary.Bucket {
  fileprivate var address: BucketAddress { .init(endpoint: endpoint, name: name) }
}
