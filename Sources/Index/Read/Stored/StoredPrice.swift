/// One row of a price list, as the index keeps it.
package struct StoredPrice: Equatable, Sendable {
  /// The offer that it stands in: `AmazonS3`.
  package var service: String
  package var region: String
  /// Without the prefix of its region: `TimedStorage-ByteHrs`.
  package var usageType: String
  /// Empty for any.
  package var operation: String
  /// The day from which it counts: `2026-09-01`.
  package var effectiveDate: String
  /// Where the tier begins and ends, in units; nil for one without an end.
  package var from: Int64
  package var to: Int64?
  package var unit: String
  /// What a unit costs, as the list writes it.
  package var usd: String
  package var source: String

  package init(
    service: String, region: String, usageType: String, operation: String, effectiveDate: String,
    from: Int64, to: Int64?, unit: String, usd: String, source: String
  ) {
    self.service = service
    self.region = region
    self.usageType = usageType
    self.operation = operation
    self.effectiveDate = effectiveDate
    self.from = from
    self.to = to
    self.unit = unit
    self.usd = usd
    self.source = source
  }
}

/// A list of prices that is to be kept.
package struct StoredPriceList: Sendable {
  /// Where it came from; empty for the list that comes with the program.
  package var name: String
  package var checksum: String
  package var prices: [StoredPrice]

  package init(name: String, checksum: String, prices: [StoredPrice]) {
    self.name = name
    self.checksum = checksum
    self.prices = prices
  }
}
