/// The prices of one day, of all lists that are known: of each thing the newest list that has it.
///
/// Lists are never mixed within one price: the tiers of 2016 are others than those of today. Only the prices
/// recorded here come tier by tier, as their sources did.
package struct PriceList: Sendable {
  private let prices: [PriceKey: Price]

  /// - Parameters:
  ///   - rows: all rows of all lists, each with the name of its list: those recorded here first, then in
  ///     the order in which they were imported.
  ///   - date: the day whose prices count, as `2026-11-29`: rows that begin later are passed over.
  package init(_ rows: [(list: String, row: PriceRow)], on date: String) {
    var newest: [PriceKey: (list: String, date: String, rows: [PriceRow])] = [:]
    for (list, row) in rows where row.effectiveDate <= date {
      let isRecorded = list == RecordedPrices.list
      guard let known = newest[row.key] else {
        newest[row.key] = (list, row.effectiveDate, [row])
        continue
      }
      if known.list == list, isRecorded || known.date == row.effectiveDate {
        newest[row.key]?.rows.append(row)
        newest[row.key]?.date = max(known.date, row.effectiveDate)
      } else if known.date < row.effectiveDate
        || known.date == row.effectiveDate && known.list != list
      {
        // Of two lists of one day, the one that was imported last.
        newest[row.key] = (list, row.effectiveDate, [row])
      }
    }
    prices = newest.mapValues { Price($0.rows) }
  }

  package subscript(key: PriceKey) -> Price? { prices[key] }

  /// Where anything is known of a price.
  package func regions(pricing usage: UsageType) -> Set<String> {
    Set(prices.keys.filter { $0.usage == usage && $0.operation.isEmpty }.map(\.region))
  }
}

/// What a quantity of one thing costs, by the tiers that are known.
package struct Price: Equatable, Sendable {
  /// In the order of their beginnings, without overlap; where there are gaps, nothing is known.
  private let tiers: [PriceRow]
  /// From when on the newest of them counts.
  package let effectiveDate: String
  package let source: String

  fileprivate init(_ rows: [PriceRow]) {
    // Of two rows for one tier the newer one counts; of rows that overlap otherwise too.
    var tiers: [PriceRow] = []
    for row in rows.sorted(by: { ($1.effectiveDate, $0.from) < ($0.effectiveDate, $1.from) })
    where !tiers.contains(where: { Self.overlap($0, row) }) {
      tiers.append(row)
    }
    self.tiers = tiers.sorted { $0.from < $1.from }
    effectiveDate = rows.map(\.effectiveDate).max() ?? ""
    source = rows.max { $0.effectiveDate < $1.effectiveDate }?.source ?? ""
  }

  private static func overlap(_ one: PriceRow, _ other: PriceRow) -> Bool {
    one.from < other.to ?? .max && other.from < one.to ?? .max
  }

  /// What a month of `quantity` costs, in bytes or pieces.
  package func cost(of quantity: Int64) -> KnownCost {
    let unit = Rational(tiers.first?.key.usage.unit ?? 1)
    let total = Rational(quantity) / unit
    var known = Rational.zero
    var covered = Rational.zero
    for tier in tiers {
      let from = Rational(tier.from)
      let end = tier.to.map { min(Rational($0), total) } ?? total
      guard from < end else { continue }
      known += (end - from) * tier.usd
      covered += end - from
    }
    return KnownCost(known: known, isWhole: covered == total)
  }
}

/// An amount, as far as its prices are known.
package struct KnownCost: Equatable, Sendable {
  /// In US dollars; at least this, where it is not whole.
  package var known: Rational
  package var isWhole: Bool

  package static let nothing = KnownCost(known: .zero, isWhole: true)
}
