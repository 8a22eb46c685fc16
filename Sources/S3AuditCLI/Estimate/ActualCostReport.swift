internal import Costs
internal import Index
internal import Report
internal import Vocabulary

/// What was billed as rows, credits apart, and what has to be known of it.
struct ActualCostReport: Sendable {
  private let context: Context
  private let arguments: EstimateArguments

  init(_ context: Context, _ arguments: EstimateArguments) {
    self.context = context
    self.arguments = arguments
  }

  private func columns(_ areSeveral: Bool) -> [Column] {
    [Column("month", .text, rank: .stays), Column("service", .text)]
      + (arguments.tag == nil
        ? [Column("usage_type", .text, rank: .answer)]
        : [Column("tag", .text, rank: .answer), Column("tag_state", .text, rank: .stays)])
      + [
        Column("amount", .decimal, rank: .stays), Column("credit", .decimal, rank: .stays),
        Column("currency", .text), Column("quantity", .decimal, rank: .aside),
        Column("unit", .text, rank: .aside), Column("estimated", .boolean, rank: .stays),
      ] + (areSeveral ? [Column("account", .text, rank: .stays)] : [])
  }

  func write(_ billed: Billed) throws -> ExitStatus {
    let costs = billed.costs
    let areSeveral = Set(costs.map(\.account)).count > 1
    var writer = ReportWriter(
      columns: columns(areSeveral),
      options: context.reportOptions(guardsFormulas: arguments.guardsFormulas)
    ) { try Terminal.writeOutput($0) }
    for cost in costs {
      let account: Value = cost.account.map { .text($0) } ?? .null
      try writer.append(row(cost) + (areSeveral ? [account] : []))
    }
    if costs.count > 1 { writer.totals = totals(costs) + (areSeveral ? [.null] : []) }
    try writer.finish()
    let empty = costs.filter { $0.service == nil }.map { cost in
      cost.month + (areSeveral ? " (\(cost.account ?? ""))" : "")
    }
    let isUntagged = arguments.tag != nil && hasNoTag(costs)
    if !context.options.output.isQuiet {
      remark(costs, empty: empty, isUntagged: isUntagged, billed.requests)
      Terminal.writeError(billed.all.text)
    }
    return empty.isEmpty && !isUntagged && billed.all.refused.isEmpty ? .done : .refused
  }

  private func row(_ cost: StoredActualCost) -> [Value] {
    let amount = cost.amount.flatMap { Rational(decimal: $0) }
    let digits = cost.amount.map { Value.decimal($0) } ?? .null
    let isCredit = amount?.isBelowZero == true
    func text(_ text: String?) -> Value { text.map { .text($0) } ?? .null }
    let isTagged = cost.name?.isEmpty == false
    let group: [Value] =
      arguments.tag == nil
      ? [text(cost.name)]
      : [
        isTagged ? text(cost.name) : .null,
        cost.service == nil ? .null : .text(isTagged ? "set" : "untagged"),
      ]
    let service = cost.service.flatMap { $0.isEmpty ? nil : $0 }
    return [.text(cost.month), text(service)] + group
      + [
        isCredit ? .null : digits, isCredit ? digits : .null, text(cost.currency),
        cost.quantity.flatMap { Rational(decimal: $0) == nil ? nil : .decimal($0) } ?? .null,
        text(cost.unit), .boolean(cost.isEstimated),
      ]
  }

  /// Sums to the last digit; none of amounts in several currencies.
  private func totals(_ costs: [StoredActualCost]) -> [Value] {
    let amounts = costs.compactMap { $0.amount.flatMap { Rational(decimal: $0) } }
    let currencies = Set(costs.compactMap(\.currency))
    let places = costs.compactMap { $0.amount?.split(separator: ".").dropFirst().first?.utf8.count }
    func sum(_ isCounted: (Rational) -> Bool) -> Value {
      guard currencies.count == 1 else { return .null }
      let total = amounts.filter(isCounted).reduce(.zero, +)
      return .decimal(total.decimal(places: min(places.max() ?? 2, 12)))
    }
    let group: [Value] = arguments.tag == nil ? [.null] : [.null, .null]
    return [.text("total"), .null] + group
      + [
        sum { !$0.isBelowZero }, sum(\.isBelowZero),
        currencies.count == 1 ? currencies.first.map { .text($0) } ?? .null : .null, .null, .null,
        .null,
      ]
  }

  /// Whether there are sums, and none of a tag's value.
  private func hasNoTag(_ costs: [StoredActualCost]) -> Bool {
    let sums = costs.filter { $0.service != nil }
    return !sums.isEmpty && sums.allSatisfy { $0.name?.isEmpty != false }
  }

  private func remark(
    _ costs: [StoredActualCost], empty: [String], isUntagged: Bool, _ requests: Int64
  ) {
    var text = ""
    if !empty.isEmpty {
      text +=
        "Warning: Cost Explorer says nothing of \(empty.joined(separator: ", ")), which is not no cost\n"
    }
    if isUntagged, let tag = arguments.tag {
      text += """
        Warning: no cost of S3 has the tag '\(tag.escapingControls())'
        Help:  a tag counts from when it is activated as a cost allocation tag: Billing and Cost Management, Cost \
        allocation tags; it takes up to 24 hours, and a backfill can be asked for there

        """
    }
    let open = Set(costs.filter(\.isEstimated).map(\.month)).sorted()
    if !open.isEmpty {
      text += "Note: estimated, as the month is not closed: \(open.joined(separator: ", "))\n"
    }
    text += "Note: Cost Explorer was sent \(counted(requests, "request")), at $0.01 each\n"
    Terminal.writeError(text)
  }
}
