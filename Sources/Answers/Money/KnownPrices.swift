package import Costs
package import Index
internal import Vocabulary

/// The prices of one day: those recorded in the program, and those that were imported into the index.
struct KnownPrices {
  let list: PriceList
  /// The day whose prices count: `2026-11-29`.
  let day: String

  init(_ reader: IndexReader, on day: String) throws {
    self.init(try reader.importedPrices(), on: day)
  }

  init(_ imported: [ImportedPrice], on day: String) {
    self.day = day
    let rows = imported.compactMap { one in
      PriceRow(one.price).map { (list: "imported \(one.list)", row: $0) }
    }
    list = PriceList(RecordedPrices.rows.map { (RecordedPrices.list, $0) } + rows, on: day)
  }

  /// From which day on prices count, and where they are from: `2026-09-01 (Price List API of 2026-09-18)`.
  func dates(of keys: Set<PriceKey>) -> String? {
    let prices = keys.compactMap { list[$0] }
    let sources = prices.reduce(into: [String: Set<String>]()) {
      $0[$1.effectiveDate, default: []].insert($1.source)
    }
    guard !sources.isEmpty else { return nil }
    let dates = sources.sorted { $1.key < $0.key }.map { date, sources in
      "\(date) (\(sources.sorted().joined(separator: ", ")))"
    }
    return "prices of \(dates.joined(separator: ", "))"
  }
}

extension StoredPrice {
  /// A row of a list, as the index keeps it.
  package init(_ row: PriceRow) {
    self.init(
      service: row.key.service.rawValue, region: row.key.region, usageType: row.key.usage.rawValue,
      operation: row.key.operation, effectiveDate: row.effectiveDate, from: row.from, to: row.to,
      unit: row.unit, usd: row.usdText, source: row.source)
  }
}

extension PriceRow {
  /// Nil for a row of a newer program's, which means something that this one does not know.
  fileprivate init?(_ price: StoredPrice) {
    guard let service = PriceService(rawValue: price.service) else { return nil }
    self.init(
      key: PriceKey(
        UsageType(rawValue: price.usageType), in: price.region, service: service,
        operation: price.operation),
      from: price.from, to: price.to, unit: price.unit, usdText: price.usd,
      effectiveDate: price.effectiveDate, source: price.source)
  }
}

/// The newest day from which any known price counts: `2026-09-01`.
package func newestPrices(_ reader: IndexReader) throws -> String? {
  let imported = try reader.importedPrices().map(\.price.effectiveDate)
  return (imported + RecordedPrices.rows.map(\.effectiveDate)).max()
}
