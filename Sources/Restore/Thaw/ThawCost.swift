internal import Costs
internal import Vocabulary

/// What a thaw costs, as far as the prices are known; the rest has its names.
package struct ThawCost: Equatable, Sendable {
  package enum Part: String, CaseIterable, Sendable {
    case requests, retrieval, storage
  }

  /// US dollars of what has a known price and a known size.
  package private(set) var dollars: [Part: Double] = [:]
  /// What has a price that is not known here, or bytes that nobody told.
  package private(set) var unknown: Set<Part> = []

  package init() {}

  /// Adds so many requests or bytes, nil for an amount that nobody knows, at the price of `key`, nil where it has
  /// none that is known, for so many months.
  mutating func add(
    _ quantity: Int64?, _ part: Part, _ key: PriceKey?, at prices: PriceList,
    months: Rational = Rational(1)
  ) {
    // Nothing is nothing, however much it is.
    let cost = key.flatMap { prices[$0] }?.cost(of: quantity ?? .max)
    guard let cost, cost.isWhole, quantity != nil || cost.known.isZero else {
      unknown.insert(part)
      return
    }
    dollars[part, default: 0] += (cost.known * months).approximation
  }

  mutating func add(_ other: ThawCost) {
    dollars.merge(other.dollars, uniquingKeysWith: +)
    unknown.formUnion(other.unknown)
  }

  /// US dollars of a part; nil unless all of it is known.
  package func dollars(of part: Part) -> Double? {
    unknown.contains(part) ? nil : dollars[part] ?? 0
  }

  /// US dollars of all; nil unless everything is known.
  package var total: Double? {
    unknown.isEmpty ? dollars.values.reduce(0, +) : nil
  }

  /// `about $1.24`, `at least $0.40; not known: retrieval, storage`, `not known`.
  package var text: String {
    let known = dollars.values.reduce(0, +)
    guard !unknown.isEmpty else { return "about \(Self.text(known))" }
    let names = Part.allCases.filter(unknown.contains).map(\.rawValue).joined(separator: ", ")
    return known > 0 ? "at least \(Self.text(known)); not known: \(names)" : "not known: \(names)"
  }

  /// Dollars rounded up to a hundredth of a cent: `$0.0001`, `$1,240.50`.
  package static func text(_ dollars: Double) -> String {
    let units = (dollars * 10_000 - 1e-6).rounded(.up)
    guard units < 9e18 else { return "more than $900,000,000,000,000" }
    let (whole, rest) = Int64(max(units, 0)).quotientAndRemainder(dividingBy: 10_000)
    var digits = padded(Int(rest), to: 4)
    while digits.count > 2, digits.hasSuffix("0") { digits.removeLast() }
    return "$\(groupedDecimal(whole)).\(digits)"
  }
}
