internal import Arguments
internal import Costs
internal import Index
internal import Report
internal import Vocabulary

/// What a month costs by our own rules, beside what was billed for one: never added up.
///
/// Both are of a whole account. The computed side is what is stored now, for a month; the bill is of what was stored,
/// asked and sent in its month.
struct CostComparison {
  private let grouping: CostGrouping?
  private var rows: [Key: Row] = [:]
  private(set) var months: Set<String> = []
  /// Bills that are not of the newest closed month, in words: which they are of, and why.
  private(set) var olderMonths: [String] = []

  private struct Key: Hashable {
    var account: String?
    /// The region; nil for what is only on the bill.
    var region: String?
    /// The usage type, or the value of a tag; nil for what has none.
    ///
    /// In bytes, for Unicode's rules take two tags for one.
    var name: [UInt8]?
    /// Of services whose usage types have the same names, such as that of vaults; nil for buckets.
    var otherService: String?
    /// Nil for US dollars.
    var otherCurrency: String?
  }

  /// What buckets are billed as; servers that play Cost Explorer may leave it out.
  private static let services: Set<String> = [
    "", "Amazon Simple Storage Service", "Amazon S3 Glacier Deep Archive",
  ]

  private struct Row {
    var cost: Cost?
    var amount: Rational?
    var credit: Rational?
    var currency: String?
    var month: String?
    var isEstimated: Bool?
  }

  /// Of what each account has and was billed; `table` has the costs by tag, where that is the grouping.
  ///
  /// - Throws: `NoActualCosts` where nobody has asked what was billed.
  init(
    by grouping: CostGrouping?, _ items: [PricedItem], _ prices: PriceList, _ table: CostTable,
    _ actual: [StoredActualCost], now: Timestamp
  ) throws {
    self.grouping = grouping
    var tag: String?
    if case .tag(let key)? = grouping { tag = key }
    // In bytes, for Unicode's rules take two keys for one.
    let asked = actual.filter { $0.tag.map { Array($0.utf8) } == tag.map { Array($0.utf8) } }
    let billed = asked.filter { $0.service != nil }
    guard !billed.isEmpty else { throw NoActualCosts(tag: tag) }
    let accounts = Set(billed.map(\.account))
    let names = Set(items.map { $0.bucket.account?.name })
    for account in accounts.sorted(by: { $0 ?? "" < $1 ?? "" }) {
      let month = add(billed.filter { $0.account == account })
      note(month, asked.filter { $0.account == account }, now)
      guard tag == nil else { continue }
      // The one account of an index need not have said its number to it.
      let isOfAll = accounts.count == 1 && names.count < 2
      let own = items.filter { item in
        !item.cell.isElsewhere
          && (account == nil || isOfAll || item.bucket.account?.name == account)
      }
      for (usage, cost) in Bill(of: own.map(\.cell), by: prices).byUsage {
        let key = Key(
          account: account, region: usage.region, name: Array(usage.usage.rawValue.utf8))
        rows[key, default: Row()].cost = cost
      }
    }
    guard tag != nil, let account = accounts.first, accounts.count == 1 else { return }
    for (group, sum) in table.rows() {
      var name: String?
      if case .text(let value)? = group.first { name = value }
      let key = Key(account: account, name: name.map { Array($0.utf8) })
      var cost = rows[key]?.cost ?? Cost()
      cost += sum.cost
      rows[key, default: Row()].cost = cost
    }
  }

  /// Of the newest month that is closed; where none is, of the one that is open.
  private mutating func add(_ billed: [StoredActualCost]) -> String {
    let closed = billed.filter { !$0.isEstimated }
    guard let month = (closed.isEmpty ? billed : closed).map(\.month).max() else { return "" }
    months.insert(month)
    for cost in billed where cost.month == month {
      guard let amount = cost.amount.flatMap({ Rational(decimal: $0) }) else { continue }
      var key = Key(
        account: cost.account, name: cost.name.flatMap { $0.isEmpty ? nil : Array($0.utf8) })
      if cost.tag == nil, let usage = cost.name.flatMap({ BilledUsage(billed: $0) }) {
        (key.region, key.name) = (usage.region, Array(usage.usage.rawValue.utf8))
      }
      if let service = cost.service, !Self.services.contains(service) { key.otherService = service }
      if cost.currency != "USD" { key.otherCurrency = cost.currency }
      var row = rows[key] ?? Row()
      if amount.isBelowZero {
        row.credit = (row.credit ?? .zero) + amount
      } else {
        row.amount = (row.amount ?? .zero) + amount
      }
      (row.currency, row.month, row.isEstimated) = (cost.currency, month, cost.isEstimated)
      rows[key] = row
    }
    return month
  }

  /// Says so where an account's bill is not of the month before this one.
  private mutating func note(_ month: String, _ asked: [StoredActualCost], _ now: Timestamp) {
    let today = now.fields
    let number = today.year * 12 + today.month - 2
    let expected = "\(padded(number / 12, to: 4))-\(padded(number % 12 + 1, to: 2))-01"
    guard month != expected else { return }
    let rows = asked.filter { $0.month == expected }
    let reason =
      rows.isEmpty
      ? "was not asked about ('estimate --actual' asks)"
      : rows.contains { $0.service != nil }
        ? "was not closed when it was asked about ('estimate --actual' asks again)"
        : "has no costs that Cost Explorer knows of"
    let account = asked.first?.account.map { " of account \($0)" } ?? ""
    olderMonths.append(
      "the bill\(account) is of the month from \(month): the newest closed one, from \(expected), \(reason)"
    )
  }

  // MARK: - Rows

  var columns: [Column] {
    [Column("account", .text, rank: .aside)]
      + (grouping == nil
        ? [Column("region", .text, rank: .stays), Column("usage_type", .text, rank: .answer)]
        : [Column("tag", .text, rank: .answer)])
      + [
        Column("other_service", .text),
        Column("usd", .decimal, title: "USD", rank: .stays),
        Column("usd_at_least", .decimal, title: "USD at least", rank: .aside),
        Column("usd_at_most", .decimal, title: "USD at most", rank: .aside),
        Column("actual", .decimal, rank: .stays),
        Column("actual_credit", .decimal, title: "Credit"),
        Column("currency", .text), Column("difference", .decimal, rank: .stays),
        Column("month", .text), Column("estimated", .boolean),
      ]
  }

  /// In order of account, region and what they are about; what nobody computes comes last.
  var values: [[Value]] {
    func text(_ key: Key) -> (String, String, String, String, String) {
      (
        key.account ?? "", key.region ?? "\u{10FFFF}",
        key.name.map { String(decoding: $0, as: UTF8.self) } ?? "\u{10FFFF}",
        key.otherService ?? "", key.otherCurrency ?? ""
      )
    }
    return rows.sorted { text($0.key) < text($1.key) }.map { key, row in
      func money(_ amount: Rational?) -> Value { Value(amount?.decimal(places: CostSum.places)) }
      func text(_ text: String?) -> Value { text.map { .text($0) } ?? .null }
      let isComparable = row.currency == "USD"
      let difference =
        isComparable ? row.amount.flatMap { amount in row.cost?.usd.map { amount - $0 } } : nil
      return [text(key.account)] + (grouping == nil ? [text(key.region)] : []) + [
        text(key.name.map { String(decoding: $0, as: UTF8.self) }), text(key.otherService),
        money(row.cost?.usd), money(row.cost?.atLeast),
        money(row.cost.flatMap(\.atMost)), money(row.amount), money(row.credit),
        text(row.currency), money(difference), text(row.month),
        row.isEstimated.map { .boolean($0) } ?? .null,
      ]
    }
  }
}

/// Nobody has asked yet what was billed.
package struct NoActualCosts: Error, Equatable, CustomStringConvertible {
  /// The key of the tag that was asked about; nil for usage types.
  package var tag: String?

  package var description: String {
    "what was billed\(tag.map { " by the tag '\($0)'" } ?? "") is not in the index"
  }
}
