/// One line of a price list: what a unit costs within one tier of volume.
package struct PriceRow: Equatable, Sendable {
  package var key: PriceKey
  /// Where the tier begins and ends, in units; nil for one without an end.
  package var from: Int64
  package var to: Int64?
  /// `GB-Mo`, `Requests`, as the list has it.
  package var unit: String
  /// US dollars a unit.
  package var usd: Rational
  /// As the list writes it: `0.0230000000`.
  package var usdText: String
  /// The day from which it counts: `2026-09-01`.
  package var effectiveDate: String
  package var source: String

  package init?(
    key: PriceKey, from: Int64, to: Int64?, unit: String, usdText: String, effectiveDate: String,
    source: String
  ) {
    guard let usd = Rational(decimal: usdText), !usd.isBelowZero else { return nil }
    self.key = key
    self.from = from
    self.to = to
    self.unit = unit
    self.usd = usd
    self.usdText = usdText
    self.effectiveDate = effectiveDate
    self.source = source
  }
}

/// The prices that are known without importing any: a readable file, a line a price.
package enum RecordedPrices {
  /// What stands for their list in `PriceList`.
  package static let list = "recorded"

  /// Every row of the file `prices.csv`.
  ///
  /// Its fields hold no commas and no quotes.
  package static let rows: [PriceRow] = PackageResources.prices_csv.split(separator: 0x0A)
    .dropFirst().compactMap { row($0) }

  /// FNV-1a, 64 bits: it tells one version's file from another's.
  package static var checksum: String { Checksum.text(of: PackageResources.prices_csv) }

  static func row(_ line: ArraySlice<UInt8>) -> PriceRow? {
    let fields = line.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false).map {
      String(decoding: $0, as: UTF8.self)
    }
    guard fields.count == 10, let service = PriceService(rawValue: fields[0]),
      let from = Int64(fields[4])
    else { return nil }
    return PriceRow(
      key: PriceKey(
        UsageType(rawValue: fields[2]), in: fields[1], service: service, operation: fields[3]),
      from: from, to: Int64(fields[5]), unit: fields[6], usdText: fields[7],
      effectiveDate: fields[8], source: fields[9])
  }
}

/// Tells lists of prices apart, not an attacker's.
package enum Checksum {
  /// FNV-1a, 64 bits.
  package static func text(of bytes: [UInt8]) -> String {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    return String(hash, radix: 16)
  }
}
