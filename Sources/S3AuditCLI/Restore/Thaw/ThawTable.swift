internal import Costs
internal import Report
internal import Restore
internal import S3
internal import Vocabulary

/// The plan of a thaw as a table, with a line of what it costs together.
struct ThawTable {
  private let plan: ThawPlan
  private let region: String?
  private let prices: PriceList
  private let now: Timestamp

  /// `region` is the one whose prices hold; nil where none is known.
  init(_ plan: ThawPlan, region: String?, at prices: PriceList, now: Timestamp) {
    self.plan = plan
    self.region = region
    self.prices = prices
    self.now = now
  }

  private static let columns = [
    Column("archive", .text), Column("state", .text), Column("versions", .count),
    Column("bytes", .bytes), Column("readable", .text),
    Column("requests_usd", .real, title: "Requests $", fractionDigits: 4),
    Column("retrieval_usd", .real, title: "Retrieval $", fractionDigits: 4),
    Column("storage_usd", .real, title: "Storage $", fractionDigits: 4),
  ]

  func write(options: ReportOptions, to sink: @escaping ([UInt8]) throws -> Void) throws {
    var writer = ReportWriter(columns: Self.columns, options: options, sink: sink)
    for share in plan.begins {
      let cost = plan.cost(of: share, in: region, at: prices)
      try writer.append(
        row(share, "to bring back", RetrievalTime(from: share.archive, by: plan.speed)?.text)
          + ThawCost.Part.allCases.map { part in cost.dollars(of: part).map { .real($0) } ?? .null }
      )
    }
    for share in plan.leaves {
      try writer.append(row(share, "not by \(plan.speed.rawValue)", nil) + Self.noCost)
    }
    for share in plan.underWay {
      let left = ThawWords.time(minutes: plan.minutesLeft(of: share.archive, now: now))
      try writer.append(row(share, "under way", left) + Self.noCost)
    }
    for share in plan.ready { try writer.append(row(share, "ready", "now") + Self.noCost) }
    writer.notes = notes
    try writer.finish()
  }

  private static let noCost = [Value](repeating: .null, count: ThawCost.Part.allCases.count)

  private func row(_ share: ThawPlan.Share, _ state: String, _ time: String?) -> [Value] {
    [
      .text(share.archive.words), .text(state), .integer(share.versions),
      share.bytes.map { .bytes($0) } ?? .null, time.map { .text($0) } ?? .null,
    ]
  }

  private var notes: [String] {
    guard plan.versionsToBegin > 0 else { return ["Nothing is to be brought back."] }
    let cost = plan.cost(in: region, at: prices)
    let prices = region.map { "list prices of \($0)" } ?? "this server's prices are not known"
    var notes = [
      "Cost, with \(counted(Int64(plan.days), "day")) of storage: \(cost.text) (\(prices))."
    ]
    if plan.begins.contains(where: \.archive.isTier) {
      notes.append(
        "What comes back from INTELLIGENT_TIERING stays in its frequent tier, at that price, until it "
          + "was not read for 30 days.")
    }
    return notes
  }
}

extension Archive {
  /// As people know it: the class, and the tier within.
  var words: String { isTier ? "\(Self.tieringClass) \(rawValue)" : rawValue }
}
