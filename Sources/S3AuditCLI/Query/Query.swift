internal import Arguments
internal import Index
internal import Report
internal import SQLite
internal import Vocabulary

/// What all queries share: the open index, the filter, the writer of the answer, and the warning
/// about buckets whose data is not complete.
struct Query {
  let context: Context
  let reader: IndexReader
  let filter: ObjectFilter

  /// The columns that close every answer: how far the data behind a row can be believed.
  static let freshnessColumns = [
    Column("state", .text), Column("synced_at", .timestamp, title: "Synced"),
  ]

  init(_ context: Context) throws {
    self.context = context
    let interrupt = context.interrupt
    interrupt.endProcessThatWaits()
    let path = try context.indexPath()
    context.say("index: \(path)")
    reader = try IndexReader(path: path, now: context.now) {
      interrupt.isInterrupted
    }
    let arguments = context.options.query.filter
    var filter = arguments.filter
    filter.modifiedFrom = arguments.since.map { $0.timestamp(now: context.now) }.max()
    filter.modifiedBefore = arguments.before.map { $0.timestamp(now: context.now) }.min()
    if let least = filter.sizeMin, let most = filter.sizeMax, least > most {
      throw UsageError("No object is at least \(least) and at most \(most) bytes large.")
    }
    if let from = filter.modifiedFrom, let before = filter.modifiedBefore, from >= before {
      throw UsageError("No time is since \(from.iso8601) and before \(before.iso8601).")
    }
    self.filter = filter
  }

  /// Answers from one state of the index, and says which buckets behind the answer are not complete.
  ///
  /// Everything that `body` reads and writes is of that state.
  func answer(_ body: (_ origin: OriginColumns) throws -> Void) throws -> ExitStatus {
    try reader.inSnapshot {
      try body(OriginColumns(reader))
      return try warnOfIncomplete()
    }
  }

  /// Writes what an answer consists of; what `body` returns is its totals.
  func write(_ columns: [Column], _ body: (inout ReportWriter) throws -> [Value]?) throws {
    var writer = ReportWriter(columns: columns, options: context.reportOptions) { bytes in
      try Terminal.writeOutput(bytes)
    }
    let totals = try body(&writer)
    try writer.finish(totals: totals)
  }

  private func warnOfIncomplete() throws -> ExitStatus {
    try context.warn(
      ofIncomplete: reader.buckets(matching: filter.scopes, ofAccounts: filter.accounts))
  }
}

/// The columns that tell buckets of one name apart, as far as the index has need of them.
struct OriginColumns {
  var showsAccount: Bool
  var showsEndpoint: Bool

  init(_ reader: IndexReader) throws {
    (showsAccount, showsEndpoint) = try reader.originCounts()
  }

  /// The same where the answer has a column for the account in any case, or rows are of no account.
  func showing(account: Bool, endpoint: Bool = true) -> OriginColumns {
    var columns = self
    columns.showsAccount = account
    columns.showsEndpoint = endpoint && showsEndpoint
    return columns
  }

  var columns: [Column] {
    (showsAccount ? [Column("account", .text)] : [])
      + (showsEndpoint ? [Column("endpoint", .text)] : [])
  }

  func add(_ bucket: BucketSummary, to writer: inout ReportWriter) {
    if showsAccount { writer.add(Self.account(bucket.account?.name)) }
    if showsEndpoint { writer.add(.text(bucket.endpoint)) }
  }

  /// The values for a row, which are null for one that is of several.
  func values(_ origin: BucketOrigin?) -> [Value] {
    (showsAccount ? [Self.account(origin?.account)] : [])
      + (showsEndpoint ? [origin.map { .text($0.endpoint) } ?? .null] : [])
  }

  private static func account(_ name: String?) -> Value { name.map { .text($0) } ?? .null }
}

extension Context {
  /// How results look: as asked, else a table.
  var reportOptions: ReportOptions {
    let isTerminal = Terminal.outputIsTerminal
    let noColor = variables["NO_COLOR"].map { !$0.isEmpty } ?? false
    return ReportOptions(
      format: options.output.format ?? .table, unit: options.output.unit,
      width: Terminal.width(environment: variables), isTerminal: isTerminal,
      usesColor: isTerminal && options.output.allowsColor && !noColor
        && variables["TERM"] != "dumb",
      guardsFormulas: options.output.guardsFormulas)
  }

  /// Warns on standard error about buckets that are not complete; the status is `refused` when the
  /// user asked for complete data only.
  func warn(ofIncomplete buckets: [BucketSummary]) throws -> ExitStatus {
    let incomplete = buckets.filter { $0.freshness.state != .complete }
    guard !incomplete.isEmpty else { return .done }
    var text = "Warning: \(counted(Int64(incomplete.count), "bucket")) of \(buckets.count) "
    text += incomplete.count == 1 ? "is not complete:\n" : "are not complete:\n"
    for bucket in incomplete.prefix(Self.incompleteShownMax) {
      let reason = bucket.error.map { ": \($0.escapingControls())" } ?? ""
      let age =
        bucket.freshness.syncedAt.map {
          "complete as of \(ageText(now.millisecondsSinceEpoch - $0.millisecondsSinceEpoch)) ago"
        } ?? "never complete"
      text += "  \(bucket.name.escapingControls()) (\(bucket.freshness.state), \(age))\(reason)\n"
    }
    if incomplete.count > Self.incompleteShownMax {
      text +=
        "  and \(incomplete.count - Self.incompleteShownMax) more; see 's3audit query buckets'\n"
    }
    if !options.output.isQuiet { Terminal.writeError(text) }
    return options.query.requiresComplete ? .refused : .done
  }

  private static let incompleteShownMax = 10
}

extension ReportWriter {
  /// Adds the values of `Query.freshnessColumns` to a row.
  mutating func add(_ freshness: Freshness) {
    add(.text(freshness.state.rawValue))
    add(freshness.syncedAt.map { .timestamp($0) } ?? .null)
  }
}

extension Freshness {
  /// The values of `Query.freshnessColumns`.
  var values: [Value] {
    [.text(state.rawValue), syncedAt.map { .timestamp($0) } ?? .null]
  }
}
