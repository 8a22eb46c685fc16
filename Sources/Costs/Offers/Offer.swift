internal import Vocabulary

/// A price list as AWS publishes it, as far as it is of use here.
package struct Offer: Equatable, Sendable {
  package var rows: [PriceRow]
  /// What was passed over, by name, with how many prices each: usage types and places that are not known.
  package var skipped: [String: Int]

  /// Takes the bytes of a bulk offer (JSON or CSV) or of a saved answer of GetProducts.
  ///
  /// `source` is what the rows are said to come from, such as the name of the file.
  package static func read(_ bytes: [UInt8], source: String) throws(OfferError) -> Offer {
    var builder = OfferBuilder(source: source)
    try read(bytes, into: &builder)
    return try builder.offer()
  }

  /// The same for a list that comes in several answers.
  package static func read(pages: [[UInt8]], source: String) throws(OfferError) -> Offer {
    var builder = OfferBuilder(source: source)
    for page in pages { try JSONOffer.read(page, into: &builder) }
    return try builder.offer()
  }

  private static func read(
    _ bytes: [UInt8], into builder: inout OfferBuilder
  ) throws(OfferError) {
    let text = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(bytes.dropFirst(3)) : bytes
    guard let first = text.first(where: { ![0x20, 0x09, 0x0A, 0x0D].contains($0) }) else {
      throw OfferError(.noOffer)
    }
    if first == UInt8(ascii: "{") || first == UInt8(ascii: "[") {
      try JSONOffer.read(text, into: &builder)
    } else {
      try CSVOffer.read(text, into: &builder)
    }
  }
}

/// One price as a list has it, before anything is checked.
struct OfferedPrice {
  var serviceCode = ""
  var regionCode = ""
  var location = ""
  var usageType = ""
  var operation = ""
  var sku = ""
  /// What tells prices of one usage type apart beside the operation.
  var feeCode = ""
  var effectiveDate = ""
  var beginRange = ""
  var endRange = ""
  var unit = ""
  /// By currency.
  var prices: [String: String] = [:]
}

/// Gathers the prices of a list and sees that each one's tiers are whole.
struct OfferBuilder {
  private let source: String
  private struct Priced {
    var sku: String
    var feeCode: String
    var row: PriceRow
  }

  private var rows: [PriceKey: [Priced]] = [:]
  private var skipped: [String: Int] = [:]

  init(source: String) {
    self.source = source
  }

  /// Lists of other services have usage types of the same names.
  static func check(offerCode: String) throws(OfferError) {
    guard PriceService(rawValue: offerCode) != nil else {
      throw OfferError(.otherService(offerCode))
    }
  }

  mutating func add(_ price: OfferedPrice) throws(OfferError) {
    guard let service = PriceService(rawValue: price.serviceCode),
      let (usage, prefix) = UsageType.read(price.usageType)
    else {
      skipped[price.usageType.isEmpty ? price.serviceCode : price.usageType, default: 0] += 1
      return
    }
    let region = PricedRegion.code(
      regionCode: price.regionCode, location: price.location, prefix: prefix)
    guard let region else {
      let place = price.regionCode.isEmpty ? price.location : price.regionCode
      skipped[place.isEmpty ? price.usageType : place, default: 0] += 1
      return
    }
    let place = "\(usage.rawValue) in \(region)"
    guard let text = price.prices["USD"] else {
      throw price.prices.keys.min().map { OfferError(.currency($0), at: place) }
        ?? OfferError(.badPrice(""), at: place)
    }
    let date = String(price.effectiveDate.prefix(10))
    guard Self.isDate(date) else { throw OfferError(.badDate(price.effectiveDate), at: place) }
    let from = try Self.bound(price.beginRange, at: place)
    guard let from else { throw OfferError(.badRange(price.beginRange), at: place) }
    let to = try Self.bound(price.endRange, at: place)
    let key = PriceKey(usage, in: region, service: service, operation: price.operation)
    guard
      let row = PriceRow(
        key: key, from: from, to: to, unit: price.unit, usdText: text, effectiveDate: date,
        source: source)
    else { throw OfferError(.badPrice(text), at: place) }
    rows[key, default: []].append(Priced(sku: price.sku, feeCode: price.feeCode, row: row))
  }

  /// `51200`, `51200.0000000000`, `Inf`.
  private static func bound(_ text: String, at place: String) throws(OfferError) -> Int64? {
    if text == "Inf" { return nil }
    guard let value = Rational(decimal: text), !value.isBelowZero,
      let whole = Int64(value.description)
    else { throw OfferError(.badRange(text), at: place) }
    return whole
  }

  /// Whether a text is a day such as `2016-01-01`.
  private static func isDate(_ text: String) -> Bool {
    Timestamp(iso8601: text + "T00:00:00Z") != nil
  }

  func offer() throws(OfferError) -> Offer {
    var all: [PriceRow] = []
    var skipped = skipped
    for (key, priced) in rows {
      // Fees of their own share the usage type; the price without one is the plain one.
      let feeCode = priced.map(\.feeCode).min() ?? ""
      let plain = priced.filter { $0.feeCode == feeCode }
      for (_, ofDay) in Dictionary(grouping: plain, by: \.row.effectiveDate) {
        var prices: [[PriceRow]] = []
        for (_, ofSKU) in Dictionary(grouping: ofDay, by: \.sku) {
          let tiers = try Self.whole(ofSKU.map(\.row), key)
          if !prices.contains(tiers) { prices.append(tiers) }
        }
        // Where several things have one name and prices of their own, none is known to be meant.
        if let tiers = prices.first, prices.count == 1 {
          all += tiers
        } else {
          skipped["\(key.usage.rawValue) in \(key.region)", default: 0] += prices.count
        }
      }
    }
    guard !all.isEmpty else { throw OfferError(.nothingKnown) }
    all.sort {
      ($0.key.region, $0.key.usage.rawValue, $0.key.operation, $0.effectiveDate, $0.from) < (
        $1.key.region, $1.key.usage.rawValue, $1.key.operation, $1.effectiveDate, $1.from
      )
    }
    return Offer(rows: all, skipped: skipped)
  }

  /// The tiers of one price, from zero without an end.
  private static func whole(
    _ tiers: [PriceRow], _ key: PriceKey
  ) throws(OfferError) -> [PriceRow] {
    let place = "\(key.usage.rawValue) in \(key.region)"
    var sorted: [PriceRow] = []
    // A list may say a thing twice.
    for tier in tiers.sorted(by: { $0.from < $1.from }) where sorted.last != tier {
      sorted.append(tier)
    }
    var end: Int64? = 0
    for tier in sorted {
      guard let reached = end else { throw OfferError(.overlap(at: tier.from), at: place) }
      guard tier.from <= reached else { throw OfferError(.gap(from: reached), at: place) }
      guard tier.from == reached else { throw OfferError(.overlap(at: tier.from), at: place) }
      if let to = tier.to, to <= tier.from { throw OfferError(.badRange("\(to)"), at: place) }
      end = tier.to
    }
    if let end { throw OfferError(.gap(from: end), at: place) }
    return sorted
  }
}
