package import Costs
package import Index
package import Vocabulary

extension PriceList {
  /// The prices of today: those recorded in the program, and those imported into an index, where there is one.
  package static func known(_ imported: [ImportedPrice], now: Timestamp) -> PriceList {
    KnownPrices(imported, on: String(now.iso8601.prefix(10))).list
  }
}

extension RequestPrices {
  /// What requests cost today, by the prices recorded in the program and those imported into an
  /// index, where there is one.
  package static func known(_ imported: [ImportedPrice], now: Timestamp) -> RequestPrices {
    let prices = PriceList.known(imported, now: now)
    return RequestPrices(
      lists: nanodollars(.writingRequests, prices), others: nanodollars(.readingRequests, prices))
  }

  private static func nanodollars(_ usage: UsageType, _ prices: PriceList) -> [String: Int64] {
    prices.regions(pricing: usage).reduce(into: [:]) { known, region in
      guard let cost = prices[PriceKey(usage, in: region)]?.cost(of: 1), cost.isWhole else {
        return
      }
      known[region] = Int64((cost.known * Rational(1_000_000_000)).decimal(places: 0))
    }
  }
}
