/// What requests cost on AWS, by the region that they are sent to, in thousandths of a microdollar.
///
/// A region that is not in it has a price, which is not known: nothing else stands in for it.
package struct RequestPrices: Equatable, Sendable {
  /// One LIST, whatever the storage class.
  package var lists: [String: Int64]
  /// One GET or HEAD.
  package var others: [String: Int64]

  package init(lists: [String: Int64] = [:], others: [String: Int64] = [:]) {
    self.lists = lists
    self.others = others
  }
}

/// What LIST requests cost together, as far as the prices are known.
package struct ListCost: Equatable, Sendable {
  /// Thousandths of a microdollar.
  package private(set) var nanodollars: Int64 = 0
  /// Requests to regions without a known price, by region; nil stands for a region that is not known.
  package private(set) var unpriced: [String?: Int64] = [:]
  private var priced: Int64 = 0
  private let prices: RequestPrices

  /// The cost of no request, at these prices.
  package init(at prices: RequestPrices) {
    self.prices = prices
  }

  /// Adds requests to a region; nil for one that is not known.
  package mutating func add(_ requests: Int64, in region: String?) {
    guard requests > 0 else { return }
    if let price = region.flatMap({ prices.lists[$0] }) {
      nanodollars += requests * price
      priced += requests
    } else {
      unpriced[region, default: 0] += requests
    }
  }

  /// Whether every request has a known price.
  package var isWhole: Bool { unpriced.isEmpty }

  /// US dollars; nil unless every request has a known price.
  package var dollars: Double? { isWhole ? Double(nanodollars) / 1e9 : nil }

  /// `$0.0125`, or `at least $0.0125; the price in eu-south-9 is not known`.
  ///
  /// `isLeast` is for costs of requests of which there may be more. At least four digits stand after
  /// the point.
  package func text(isLeast: Bool = false) -> String {
    let sum = "$" + Self.decimal(nanodollars)
    guard !isWhole else { return (isLeast ? "at least " : "about ") + sum }
    let regions = unpriced.keys.compactMap(\.self).sorted()
    let places =
      (regions.isEmpty ? [] : [regions.joined(separator: ", ")])
      + (unpriced[nil] == nil ? [] : ["unknown regions"])
    let unknown = "the price in \(places.joined(separator: " and ")) is not known"
    return priced == 0 ? unknown : "at least \(sum); \(unknown)"
  }

  private static func decimal(_ nanodollars: Int64) -> String {
    let (dollars, rest) = nanodollars.quotientAndRemainder(dividingBy: 1_000_000_000)
    var digits = padded(Int(rest), to: 9)
    while digits.count > 4, digits.hasSuffix("0") { digits.removeLast() }
    return "\(groupedDecimal(dollars)).\(digits)"
  }
}
