// Decimal numbers with a unit, as people type them: sizes and lengths of time.

extension Int64 {
  /// `number * unit` for a decimal number such as `1.5`, rounded down; nil when it is none or does not fit.
  ///
  /// In whole numbers: 0.35 of a day is a millisecond short in binary fractions.
  package init?(written number: some StringProtocol, times unit: Int64) {
    let parts = number.split(separator: ".", omittingEmptySubsequences: false)
    guard (1...2).contains(parts.count), let first = parts.first, first.hasOnlyDigits,
      let whole = Int64(first)
    else { return nil }
    let (product, isTooLarge) = whole.multipliedReportingOverflow(by: unit)
    guard !isTooLarge else { return nil }
    guard parts.count == 2 else {
      self = product
      return
    }
    guard let fraction = Self.fraction(parts[1], of: unit) else { return nil }
    let (sum, overflows) = product.addingReportingOverflow(fraction)
    guard !overflows else { return nil }
    self = sum
  }

  /// The milliseconds of a length of time: `90s`, `45m`, `12h`, `30d`, `2w` or `1y`, of 365 days; nil for
  /// anything else.
  package init?(writtenAge text: some StringProtocol) {
    guard let unit = text.last.flatMap({ Self.ageUnits[$0] }) else { return nil }
    self.init(written: text.dropLast(), times: unit)
  }

  private static let ageUnits: [Character: Int64] = [
    "s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000,
    "y": 31_536_000_000,
  ]

  /// The digits behind a point as a part of `unit`; nil when they are none.
  private static func fraction(_ digits: some StringProtocol, of unit: Int64) -> Int64? {
    guard digits.hasOnlyDigits else { return nil }
    // Further digits are worth less than a byte or a millisecond, and 10^18 still fits.
    let counted = digits.prefix(18)
    guard !counted.isEmpty else { return 0 }
    guard let numerator = Int64(counted) else { return nil }
    let denominator = counted.reduce(Int64(1)) { power, _ in power * 10 }
    let part = denominator.dividingFullWidth(unit.multipliedFullWidth(by: numerator))
    return part.quotient
  }
}

extension StringProtocol {
  fileprivate var hasOnlyDigits: Bool { utf8.allSatisfy { (0x30...0x39).contains($0) } }
}
