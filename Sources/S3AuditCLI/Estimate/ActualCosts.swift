internal import AWS
internal import Costs
internal import Index
internal import Report
internal import S3
internal import Vocabulary

/// What was billed, from Cost Explorer to the index: `estimate --actual`.
struct ActualCosts: Sendable {
  private let context: Context
  private let arguments: EstimateArguments

  init(_ context: Context, _ arguments: EstimateArguments) {
    self.context = context
    self.arguments = arguments
  }

  private static let monthsOfDefault = 1

  func run() async throws -> ExitStatus {
    let months = BilledMonths(closed: arguments.months ?? Self.monthsOfDefault, now: context.now)
    if arguments.isDryRun { return try forecast(months) }
    let path = try context.indexPath()
    context.say("index: \(path)")
    let connected = try await ConnectedAccounts(
      context, arguments.connection, limits: context.limits(connections: 1))
    // A page that is paid for is kept: so the right to write comes first.
    let billed = try await context.writing(path) { writer in
      var billed = Billed(all: connected)
      var (all, costs, requests) = (connected, [StoredActualCost](), Int64(0))
      for (account, options) in connected.accounts {
        try await all.trying(options.profile) { all in
          let number = try await number(of: account, amongSeveral: connected.areSeveral)
          let isKnown = costs.contains {
            $0.account == number && $0.endpoint == account.bucketNamespace
          }
          if isKnown { return all.skip(double: options.profile) }
          let client = try CostExplorerClient(account: account)
          defer { requests += client.requestsSent }
          costs += try await keep(client, months, account, number, in: writer)
        }
      }
      try all.refuseSilence(costs.isEmpty)
      (billed.all, billed.costs, billed.requests) = (all, costs, requests)
      return billed
    }
    return try ActualCostReport(context, arguments).write(billed)
  }

  /// The account's number: of several, each has to have one, or their bills could not be told apart.
  private func number(of account: Account, amongSeveral areSeveral: Bool) async throws -> String? {
    // Of one alone it may come after what is paid.
    guard areSeveral else { return nil }
    guard let number = await account.number()?.digits else {
      throw CommandFailure(
        message: "nobody says which account it is, and so whose bill it would be",
        hint: "ask for this profile alone")
    }
    return number
  }

  private func keep(
    _ client: CostExplorerClient, _ months: BilledMonths, _ account: Account, _ number: String?,
    in writer: IndexWriter
  ) async throws -> [StoredActualCost] {
    do {
      let costs = try await ask(client, months, account, number)
      try await writer.keep(costs)
      return costs
    } catch {
      say(spentOn: client.requestsSent)
      throw error
    }
  }

  /// What was paid for nothing has to be known all the same.
  private func say(spentOn requests: Int64) {
    guard requests > 0, !context.options.output.isQuiet else { return }
    let usd = (Rational(requests) / Rational(100)).decimal(places: 2)
    Terminal.writeError(
      "Note: Cost Explorer was sent \(counted(requests, "request")) before that, at $0.01 each: $\(usd) at most; "
        + "nothing was kept\n")
  }

  private func ask(
    _ client: CostExplorerClient, _ months: BilledMonths, _ account: Account, _ number: String?
  ) async throws -> [StoredActualCost] {
    let grouping = arguments.tag.map { CostExplorerClient.Grouping.tag($0) } ?? .usageType
    let periods = try await client.costs(
      from: months.start, until: months.end, by: grouping)
    var number = number
    if number == nil { number = await account.number()?.digits }
    var rows: [StoredActualCost] = []
    for period in periods {
      var row = StoredActualCost(
        endpoint: account.bucketNamespace, account: number, tag: arguments.tag,
        month: period.start, monthEnd: period.end,
        isEstimated: period.isEstimated || months.isOpen(period.start), asked: context.now)
      if period.sums.isEmpty { rows.append(row) }
      for sum in period.sums {
        try Self.check(sum, of: period)
        (row.service, row.name) = (sum.service, sum.name)
        (row.amount, row.currency) = (sum.amount, sum.currency)
        (row.quantity, row.unit) = (sum.quantity, sum.unit)
        rows.append(row)
      }
    }
    // A month that is left out is one of which nothing is said.
    for month in months.all where !periods.contains(where: { $0.start == month.start }) {
      rows.append(
        StoredActualCost(
          endpoint: account.bucketNamespace, account: number, tag: arguments.tag,
          month: month.start, monthEnd: month.end, isEstimated: month.isOpen,
          asked: context.now))
    }
    rows.sort { $0.month < $1.month }
    return rows
  }

  private static func check(
    _ sum: BilledPeriod.Sum, of period: BilledPeriod
  ) throws(CommandFailure) {
    guard Rational(decimal: sum.amount) == nil else { return }
    throw CommandFailure(
      message:
        "cannot take over what was billed: '\(sum.amount)' of \(sum.service) in \(period.start) "
        + "is no amount", hint: "nothing was kept; ask again later")
  }

  private func forecast(_ months: BilledMonths) throws -> ExitStatus {
    var writer = ReportWriter(
      columns: [
        Column("service", .text, rank: .answer), Column("from", .text), Column("until", .text),
        Column("by", .text), Column("requests_at_least", .count),
        Column("usd_at_least", .decimal, title: "USD at least", rank: .stays),
      ], options: context.reportOptions()
    ) { try Terminal.writeOutput($0) }
    try writer.append([
      .text("Cost Explorer"), .text(months.start), .text(months.end),
      .text(arguments.tag.map { "tag \($0)" } ?? "usage type"), .integer(1), .decimal("0.01"),
    ])
    try writer.finish()
    if !context.options.output.isQuiet {
      Terminal.writeError(
        "Note: each page costs $0.01, and most accounts' bills are one; none was asked for\n")
    }
    return .done
  }
}

/// What several accounts were billed, and those that could not be asked.
struct Billed: Sendable {
  var all: ConnectedAccounts
  var costs: [StoredActualCost] = []
  /// Each is paid for.
  var requests: Int64 = 0
}

/// The months of a question to Cost Explorer: closed ones, and the one that is open.
struct BilledMonths: Equatable, Sendable {
  struct Month: Equatable, Sendable {
    /// The first day, `2026-10-01`, and the day after the last that is asked about.
    var start: String
    var end: String
    var isOpen: Bool
  }

  let all: [Month]

  init(closed count: Int, now: Timestamp) {
    let today = now.fields
    let tomorrow = Timestamp(
      millisecondsSinceEpoch: now.millisecondsSinceEpoch + 86_400_000)
    func first(monthsAgo: Int) -> String {
      let months = today.year * 12 + today.month - 1 - monthsAgo
      return "\(padded(months / 12, to: 4))-\(padded(months % 12 + 1, to: 2))-01"
    }
    var all = (0..<count).map { place in
      let ago = count - place
      return Month(
        start: first(monthsAgo: ago), end: first(monthsAgo: ago - 1), isOpen: false)
    }
    all.append(Month(start: first(monthsAgo: 0), end: tomorrow.dayText, isOpen: true))
    self.all = all
  }

  /// Whether a month is not over yet, whatever is said of it.
  func isOpen(_ start: String) -> Bool { all.contains { $0.isOpen && $0.start <= start } }

  var start: String { all.first?.start ?? "" }
  var end: String { all.last?.end ?? "" }
}
