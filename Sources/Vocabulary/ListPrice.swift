/// What LIST requests cost on AWS, by the region that they are sent to.
///
/// A region that is not in the table has a price, which is not known here: nothing else stands in for it.
package enum ListPrice {
  /// Thousandths of a microdollar for one request, whatever the storage class.
  ///
  /// AmazonS3 price list of 2026-09-18, usage type Requests-Tier1, in US dollars before tax.
  private static let nanodollars: [String: Int64] = [
    "us-east-1": 5_000,
    "us-east-2": 5_000,
  ]

  /// The price of one request in a region, in thousandths of a microdollar; nil where it is not known.
  package static func nanodollars(in region: String) -> Int64? { nanodollars[region] }
}

/// What LIST requests cost together, as far as the prices are known.
package struct ListCost: Equatable, Sendable {
  /// Thousandths of a microdollar.
  package private(set) var nanodollars: Int64 = 0
  /// Requests to regions without a known price, by region; nil stands for a region that is not known.
  package private(set) var unpriced: [String?: Int64] = [:]
  private var priced: Int64 = 0

  package init() {}

  /// The cost of so many requests to each region.
  package init(_ requestsByRegion: [String: Int64]) {
    for (region, requests) in requestsByRegion { add(requests, in: region) }
  }

  /// Adds requests to a region; nil for one that is not known.
  package mutating func add(_ requests: Int64, in region: String?) {
    guard requests > 0 else { return }
    if let price = region.flatMap(ListPrice.nanodollars(in:)) {
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
