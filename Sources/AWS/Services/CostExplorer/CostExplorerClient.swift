internal import HTTP
internal import Vocabulary

/// Cost Explorer: what AWS has really billed (`GetCostAndUsage`, JSON protocol 1.1).
///
///     let explorer = try CostExplorerClient(account: account)
///     let months = try await explorer.costs(from: "2026-10-01", until: "2026-12-01", by: .usageType)
///
/// There is one endpoint a partition, wherever the buckets are. **Every page costs $0.01**: nobody asks it
/// unasked.
package struct CostExplorerClient: Sendable {
  private let caller: ServiceCaller

  private static let action = "GetCostAndUsage"
  private static let answerBytesMax = 32 << 20
  private static let pagesMax = 1_000

  /// What S3 is called on bills: its archives may be services of their own there.
  package static let services = [
    "Amazon Simple Storage Service", "Amazon S3 Glacier Deep Archive", "Amazon Glacier",
  ]

  /// What costs are grouped by, beside the service.
  package enum Grouping: Hashable, Sendable {
    case usageType
    /// By the values of a cost allocation tag.
    case tag(String)
  }

  /// Throws `ConfigurationError` as `Account.caller(for:in:)`.
  package init(account: Account) throws(ConfigurationError) {
    let home = Region(Partition(of: account.region).implicitGlobalRegion)
    // Each attempt may be billed.
    caller = try account.caller(
      for: .costExplorer, in: home ?? .usEast1, patience: account.patience.forSingleCalls)
  }

  /// How many requests were sent so far: each is billed.
  package var requestsSent: Int64 { caller.counts.sent }

  /// What each month from `start` until before `end` cost, dates as `2026-10-01`; a month of which Cost Explorer
  /// says nothing is not there.
  ///
  /// Throws `CostExplorerError` for what the service refuses, `EndlessPages`, and what `ServiceCaller.send` throws
  /// besides.
  package func costs(
    from start: String, until end: String, by grouping: Grouping
  ) async throws -> [BilledPeriod] {
    var tokens = PageTokens(of: Self.action, pagesMax: Self.pagesMax)
    var periods: [BilledPeriod] = []
    var hasMore = true
    while hasMore {
      let page = try await page(
        Self.body(start, end, grouping, token: tokens.next), grouping)
      for period in page.periods { periods.add(period) }
      hasMore = try tokens.accept(page.token)
    }
    return periods.sorted { $0.start < $1.start }
  }

  private func page(
    _ body: JSONObject, _ grouping: Grouping
  ) async throws -> (periods: [BilledPeriod], token: String?) {
    let call = ServiceCall.json(
      "AWSInsightsIndexService.\(Self.action)", to: caller.address, body,
      bodyBytesMax: Self.answerBytesMax)
    return try await caller.send(call) { response in
      guard response.status == 200 else { throw CostExplorerError(refusal: response) }
      return try Self.read(response.body, grouping)
    }
  }

  // MARK: - The wire

  private static func body(
    _ start: String, _ end: String, _ grouping: Grouping, token: String?
  ) -> JSONObject {
    func group(_ type: String, _ key: String) -> JSONValue {
      .object(["Type": .string(type), "Key": .string(key)])
    }
    let second =
      switch grouping {
      case .usageType: group("DIMENSION", "USAGE_TYPE")
      case .tag(let key): group("TAG", key)
      }
    let filter = JSONValue.object([
      "Dimensions": .object([
        "Key": .string("SERVICE"), "Values": .array(services.map { .string($0) }),
      ])
    ])
    var body: JSONObject = [
      "TimePeriod": .object(["Start": .string(start), "End": .string(end)]),
      "Granularity": .string("MONTHLY"),
      "Metrics": .array([.string("UnblendedCost"), .string("UsageQuantity")]),
      "Filter": filter, "GroupBy": .array([group("DIMENSION", "SERVICE"), second]),
    ]
    if let token { body["NextPageToken"] = .string(token) }
    return body
  }

  /// A page of an answer.
  static func read(
    _ body: [UInt8], _ grouping: Grouping
  ) throws(CostExplorerError) -> (periods: [BilledPeriod], token: String?) {
    guard let answer = JSONValue(parsing: body), answer.isObject,
      let results = answer["ResultsByTime"]?.elements
    else { throw CostExplorerError(unreadable: "it is no JSON, or is cut short") }
    var periods: [BilledPeriod] = []
    for result in results {
      guard let start = result["TimePeriod"]?["Start"]?.string,
        let end = result["TimePeriod"]?["End"]?.string
      else { throw CostExplorerError(unreadable: "a sum has no period") }
      var period = BilledPeriod(start: start, end: end)
      period.isEstimated = try isEstimated(result["Estimated"])
      for group in result["Groups"]?.elements ?? [] {
        period.sums.append(try sum(group, grouping))
      }
      periods.append(period)
    }
    return (periods, answer["NextPageToken"]?.string)
  }

  /// Nothing may pass for a closed month that is none: AWS writes a boolean, and leaves it out for false.
  private static func isEstimated(_ value: JSONValue?) throws(CostExplorerError) -> Bool {
    switch value {
    case nil, .null?: return false
    case .boolean(let isEstimated)?: return isEstimated
    case .string(let text)? where ["true", "false"].contains(text.lowercased()):
      return text.lowercased() == "true"
    default: throw CostExplorerError(unreadable: "nothing says whether a month is closed")
    }
  }

  /// Servers that play Cost Explorer may leave the service out.
  private static func sum(
    _ group: JSONValue, _ grouping: Grouping
  ) throws(CostExplorerError) -> BilledPeriod.Sum {
    var keys: [String] = []
    for case .string(let key) in group["Keys"]?.elements ?? [] { keys.append(key) }
    let metrics = group["Metrics"]
    guard let key = keys.last, keys.count <= 2,
      let amount = metrics?["UnblendedCost"]?["Amount"]?.string
    else { throw CostExplorerError(unreadable: "a sum has no key or no amount") }
    let service = keys.count == 2 ? keys[0] : ""
    var name = key
    if case .tag(let tag) = grouping {
      // In bytes: a value that begins with a combining mark makes one character of the mark and the `$`.
      let prefix = "\(tag)$".utf8
      guard key.utf8.starts(with: prefix) else {
        throw CostExplorerError(unreadable: "a sum is of another tag")
      }
      name = String(decoding: key.utf8.dropFirst(prefix.count), as: UTF8.self)
    }
    return BilledPeriod.Sum(
      service: service, name: name, amount: amount,
      currency: metrics?["UnblendedCost"]?["Unit"]?.string ?? "",
      quantity: metrics?["UsageQuantity"]?["Amount"]?.string,
      unit: metrics?["UsageQuantity"]?["Unit"]?.string)
  }
}

/// What one month cost, by service and what else was asked for.
package struct BilledPeriod: Equatable, Sendable {
  /// The first day, `2026-10-01`, and the day after the last.
  package var start: String
  package var end: String
  /// Whether the month is not closed yet: its sums may still change.
  package var isEstimated = false
  /// None where Cost Explorer knows nothing of the month, which is not nothing.
  package var sums: [Sum] = []

  /// What one thing cost; numbers as they were written, in decimals of any length.
  package struct Sum: Equatable, Sendable {
    /// Empty where it is not told.
    package var service: String
    /// The usage type with the prefix of its region, or the tag's value; empty for what has no tag.
    package var name: String
    /// Below zero for credits and refunds.
    package var amount: String
    /// `USD`.
    package var currency: String
    package var quantity: String?
    package var unit: String?
  }

  init(start: String, end: String) {
    self.start = start
    self.end = end
  }
}

extension [BilledPeriod] {
  /// Adds a page's part of a period to what other pages had of it.
  fileprivate mutating func add(_ period: BilledPeriod) {
    guard let place = firstIndex(where: { $0.start == period.start }) else {
      return append(period)
    }
    self[place].sums += period.sums
    self[place].isEstimated = self[place].isEstimated || period.isEstimated
  }
}
