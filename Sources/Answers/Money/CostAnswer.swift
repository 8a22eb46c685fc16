package import Arguments
internal import Costs
package import Index
package import Report
package import Vocabulary

/// `query cost`: what a month of everything that is stored costs.
package struct CostAnswer: Answer {
  package var filter = Filter()
  var order = RowOrder()
  var grouping: CostGrouping?
  var states: Set<StoredState> = []
  var pricing = PricingArguments()
  /// Puts what was billed beside it.
  var compares = false

  package init() {}

  package static var words: Command<CostAnswer> {
    Command(
      name: "cost", abstract: "What a month of everything that is stored costs.",
      discussion: """
        A month as if everything stayed as it is: storage by AWS's rules, without requests, taxes and discounts. \
        GiB are 2^30 bytes. billed_bytes has what is billed beside the bytes: objects under 128 KiB count as that in \
        STANDARD_IA, ONEZONE_IA and GLACIER_IR, and each object in GLACIER or DEEP_ARCHIVE 32 KiB more there and 8 KiB \
        in STANDARD. Volume tiers are those of a whole account and region, whatever the filter; each row pays its \
        share by bytes. Components: storage, padding (of small objects), archive_overhead, archive_index and \
        monitoring (of INTELLIGENT_TIERING). usd is null where a price is not known; usd_at_least has the part that \
        is, usd_at_most is null or the most it can be: objects of INTELLIGENT_TIERING of which nobody knows the tier \
        cost between all in Archive Instant Access and all in Frequent Access. States that were never listed \
        are in no cost, and named; bytes are null where nobody knows those of uploads. By tag, buckets without it are \
        a row with tag_state 'none'. Prices are those that come with the program, and newer ones that were imported. \
        --compare puts what 'estimate --actual' has fetched beside it, of the newest closed month and line by line of \
        the bill, or by a tag; nothing is added up. Where that month was not fetched, or nothing was said of it, the \
        newest one of which something is known is taken, and named.
        """,
      positionals: [Filter.scopePositional],
      options: rows + PricingArguments.rows(\.pricing) + RowOrder.rows(\.order)
        + Filter.rows(\.filter),
      examples: [
        Example(
          "What each bucket costs, the dearest first:", "s3audit query cost --by bucket --sort -usd"
        ),
        Example("What old versions cost:", "s3audit query cost --by bucket --state noncurrent"),
        Example("Each team's share:", "s3audit query cost --by tag=team --format csv"),
      ],
      applyPositionals: Filter.applyScopes(\.filter))
  }

  private static let rows: [Option<CostAnswer>] = [
    Option(
      long: "by", value: "what",
      help:
        "One row for each bucket, region, class, state, component, prefix, account or value of a tag (tag=KEY)."
    ) { answer, text throws(UsageError) in answer.grouping = try CostGrouping(text) },
    Option(
      long: "state", value: "which",
      help: "Only what is current, noncurrent, or in unfinished uploads; may be repeated.",
      choices: StoredState.allCases.map(\.rawValue), isRepeatable: true
    ) { answer, text in
      if let state = StoredState(rawValue: text) { answer.states.insert(state) }
    },
    .flag(
      "compare", help: "Beside what was billed; of everything, by usage type or with --by tag=KEY.",
      sets: \.compares),
  ]

  package func write(
    from reader: IndexReader, now: Timestamp, to writer: inout ReportWriter
  ) throws {
    let filter = try filter.objects(now: now)
    let prices = try KnownPrices(reader, on: pricing.day(now: now))
    let stored = try reader.stored(ObjectFilter())
    let properties = try reader.properties()
    let plain = PricedItem.all(of: stored, pricing.payers)
    let tiers = try KnownTiers(of: stored, plain, properties, reader, now: now)
    let whole = plain.map { tiers.applied(to: $0, isOfAll: true) }
    let bill = Bill(of: whole.map(\.cell), by: prices.list)
    let wanted = StoredState.allCases.filter { states.isEmpty || states.contains($0) }
    let parts = try reader.stored(filter, wanted, by: grouping == .prefix ? .prefixes : .classes)
    var table = CostTable(by: grouping, bill, properties)
    let isOfAll =
      grouping != .state && grouping != .prefix
      && wanted.contains(.current) && wanted.contains(.noncurrent)
    table.known = { tiers.applied(to: $0, isOfAll: isOfAll) }
    for part in parts { table.add(part, pricing.payers) }
    if compares {
      return try compare(whole, prices.list, table, filter, reader, now: now, to: &writer)
    }
    let gaps = try reader.reach(of: filter).gaps
    // Before the rows, of which a face may want only the first.
    writer.remarks += [prices.dates(of: table.priceKeys)].compactMap(\.self)
      .map { "Note: \($0)\n" }
    writer.remarks += table.unknowns.lines.map { "Warning: \($0)\n" }
    try write(table, gaps, OriginColumns(reader), to: &writer)
  }

  /// Puts what was billed beside a table of everything.
  private func compare(
    _ whole: [PricedItem], _ prices: PriceList, _ table: CostTable, _ filter: ObjectFilter,
    _ reader: IndexReader, now: Timestamp, to writer: inout ReportWriter
  ) throws {
    let isOfAll =
      filter.scopes.isEmpty && filter.accounts.isEmpty && filter.regions.isEmpty
      && filter.prefix.isStart && filter.storageClasses.isEmpty && !filter.looksAtObjects
      && states.isEmpty
    guard isOfAll else {
      throw UsageError(
        "A bill is of a whole account.", hint: "leave the filters out",
        blaming: "compare")
    }
    switch grouping {
    case nil, .tag: break
    default:
      throw UsageError(
        "A bill has no such lines.", hint: "leave out '--by', or say '--by tag=KEY'")
    }
    let comparison = try CostComparison(
      by: grouping, whole, prices, table, try reader.actualCosts(), now: now)
    writer.remarks.append(
      "Note: usd is a month of what is stored now; actual is what was billed for the month from "
        + "\(comparison.months.sorted().joined(separator: ", ")), with requests and transfers\n")
    writer.remarks += comparison.olderMonths.map { "Warning: \($0)\n" }
    writer.remarks += table.unknowns.lines.map { "Warning: \($0)\n" }
    try order.write(comparison.values, of: comparison.columns, to: &writer)
  }

  private func write(
    _ table: CostTable, _ gaps: [AccountGap], _ all: OriginColumns, to writer: inout ReportWriter
  ) throws {
    let sums = table.rows()
    let values = sums.map(\.sum).values(isWhole: table.isWhole)
    let origin = originColumns(all)
    let isOfOne = grouping == .bucket || grouping == .prefix
    let rows = zip(sums, values.rows).map { row, values in
      let freshness = Freshness(of: row.sum.parts, lacking: isOfOne ? [] : gaps)
      return Array(row.group.prefix(groupColumns.count)) + values + freshness.values
        + origin.values(row.sum.origin)
    }
    let columns = groupColumns + CostSum.columns + Freshness.columns + origin.columns
    let label: [Value] = groupColumns.indices.map { $0 == 0 ? .text("total") : .null }
    let total =
      grouping != nil && rows.count > 1
      ? label + values.total + [.null, .null] + origin.values(nil) : nil
    try order.write(rows, of: columns, totals: total, to: &writer)
  }

  private var groupColumns: [Column] {
    switch grouping {
    case nil: []
    case .bucket: [Column("bucket", .text, rank: .answer)]
    case .region: [Column("region", .text, rank: .answer)]
    case .class: [Column("storage_class", .text, rank: .answer)]
    // The word "state" is how far a row can be believed.
    case .state: [Column("stored_state", .text, title: "Stored", rank: .answer)]
    case .component: [Column("component", .text, rank: .answer)]
    case .prefix: [Column("bucket", .text, rank: .stays), Column("prefix", .key)]
    case .account:
      [Column("account", .text, rank: .answer), Column("profile", .text, rank: .stays)]
    case .tag: [Column("tag", .text, rank: .answer), Column("tag_state", .text, rank: .stays)]
    }
  }

  private func originColumns(_ all: OriginColumns) -> OriginColumns {
    switch grouping {
    case .bucket, .prefix: all
    case .account: all.showing(account: false)
    case nil, .region, .class, .state, .component, .tag:
      all.showing(account: false, endpoint: false)
    }
  }
}
