package import Arguments
package import Index
internal import Vocabulary

/// Reads the values that filters take: sizes, ages, dates, scopes, patterns.
package enum FilterValues {
  /// `1048576`, `1MiB`, `1.5 GB`, `10K` (binary): a number of bytes.
  static func size(_ text: String) throws(UsageError) -> Int64 {
    let reason = "use bytes or a unit, like 1048576, 1MiB or 1.5GB"
    let number = text.prefix { $0.isNumber || $0 == "." }
    let unitText = text.dropFirst(number.count).drop { $0 == " " }
    guard let unit = unit(String(unitText)), let bytes = scaled(String(number), by: unit) else {
      throw .invalidValue(reason)
    }
    return bytes
  }

  private static func unit(_ text: String) -> Int64? {
    switch text.lowercased() {
    case "", "b": 1
    case "k", "kib": 1 << 10
    case "m", "mib": 1 << 20
    case "g", "gib": 1 << 30
    case "t", "tib": 1 << 40
    case "p", "pib": 1 << 50
    case "kb": 1_000
    case "mb": 1_000_000
    case "gb": 1_000_000_000
    case "tb": 1_000_000_000_000
    case "pb": 1_000_000_000_000_000
    default: nil
    }
  }

  /// `30d`, `12h`, `2w`, `45m`, `90s`, `1y`: a length of time in milliseconds.
  static func age(_ text: String) throws(UsageError) -> Int64 {
    let reason = "use a number and a unit, like 90s, 45m, 12h, 30d, 2w or 1y"
    let units: [Character: Int64] = [
      "s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000,
      "y": 31_536_000_000,
    ]
    guard let unit = text.last.flatMap({ units[$0] }),
      let milliseconds = scaled(String(text.dropLast()), by: unit)
    else { throw .invalidValue(reason) }
    return milliseconds
  }

  /// `2026-11-20` or `2026-11-20T12:00:00Z`, in UTC.
  static func date(_ text: String) throws(UsageError) -> Timestamp {
    let whole = text.utf8.count == 10 ? text + "T00:00:00Z" : text
    guard let moment = Timestamp(iso8601: whole) else {
      throw .invalidValue("use a date in UTC, like 2026-11-20 or 2026-11-20T12:00:00Z")
    }
    return moment
  }

  /// `number * unit` for a decimal number, rounded down; nil when it is none or does not fit.
  ///
  /// In whole numbers: 0.35 of a day is a millisecond short in binary fractions.
  private static func scaled(_ number: String, by unit: Int64) -> Int64? {
    let parts = number.split(separator: ".", omittingEmptySubsequences: false)
    guard (1...2).contains(parts.count), let first = parts.first, isDigits(first),
      let whole = Int64(first)
    else { return nil }
    let (product, isTooLarge) = whole.multipliedReportingOverflow(by: unit)
    guard !isTooLarge else { return nil }
    guard parts.count == 2 else { return product }
    guard let fraction = fraction(parts[1], of: unit) else { return nil }
    let (sum, overflows) = product.addingReportingOverflow(fraction)
    return overflows ? nil : sum
  }

  /// The digits behind a point as a part of `unit`; nil when they are none.
  private static func fraction(_ digits: Substring, of unit: Int64) -> Int64? {
    guard isDigits(digits) else { return nil }
    // Further digits are worth less than a byte or a millisecond, and 10^18 still fits.
    let counted = digits.prefix(18)
    guard !counted.isEmpty else { return 0 }
    guard let numerator = Int64(counted) else { return nil }
    let denominator = counted.reduce(Int64(1)) { power, _ in power * 10 }
    let part = denominator.dividingFullWidth(unit.multipliedFullWidth(by: numerator))
    return part.quotient
  }

  private static func isDigits(_ text: Substring) -> Bool {
    text.utf8.allSatisfy { (0x30...0x39).contains($0) }
  }

  /// `logs`, `s3://logs-*/2026/`: a bucket or a pattern of buckets, perhaps with a prefix.
  static func scope(_ text: String) throws(UsageError) -> ObjectFilter.Scope {
    let argument = try BucketArgument(text)
    return ObjectFilter.Scope(
      bucketPattern: argument.bucket, prefix: argument.prefix ?? .start)
  }

  /// A regular expression over keys, compiled once.
  package static func keyPattern(_ text: String) throws(UsageError) -> ObjectFilter.KeyPattern {
    guard let pattern = RegularExpression(text) else {
      throw .invalidValue("it is not a regular expression")
    }
    return ObjectFilter.KeyPattern(text: text) { pattern.matches($0) }
  }
}
