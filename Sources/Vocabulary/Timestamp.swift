/// A moment in UTC, in milliseconds since 1970-01-01, as S3 reports it.
package struct Timestamp: Hashable, Comparable, Sendable {
  package var millisecondsSinceEpoch: Int64

  /// In nanoseconds; what no 64 bits hold so (before 1678 or after 2262) is the nearest that they do.
  package var nanosecondsSinceEpoch: Int64 {
    let (nanoseconds, overflow) = millisecondsSinceEpoch.multipliedReportingOverflow(by: 1_000_000)
    guard overflow else { return nanoseconds }
    return millisecondsSinceEpoch < 0 ? .min : .max
  }

  package init(millisecondsSinceEpoch: Int64) {
    self.millisecondsSinceEpoch = millisecondsSinceEpoch
  }

  /// Days are counted in the proleptic Gregorian calendar; `month` and `day` start at 1.
  package init(
    year: Int, month: Int, day: Int, hour: Int = 0, minute: Int = 0, second: Int = 0,
    millisecond: Int = 0
  ) {
    let seconds =
      Self.daysSinceEpoch(year: year, month: month, day: day) * 86_400 + hour * 3_600 + minute * 60
      + second
    millisecondsSinceEpoch = Int64(seconds * 1_000 + millisecond)
  }

  package static func < (left: Timestamp, right: Timestamp) -> Bool {
    left.millisecondsSinceEpoch < right.millisecondsSinceEpoch
  }

  /// The civil date and time of this moment, UTC.
  package var fields: Fields {
    let (days, rest) = millisecondsSinceEpoch.flooredQuotientAndRemainder(by: 86_400_000)
    let (year, month, day) = Self.civilDate(daysSinceEpoch: Int(days))
    let milliseconds = Int(rest)
    return Fields(
      year: year, month: month, day: day, hour: milliseconds / 3_600_000,
      minute: milliseconds / 60_000 % 60, second: milliseconds / 1_000 % 60,
      millisecond: milliseconds % 1_000)
  }

  package struct Fields: Equatable, Sendable {
    package var year, month, day, hour, minute, second, millisecond: Int
  }

  /// The names of months as protocols write them, January first: `Jan`.
  package static let monthNames = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
  ]

  // Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms": days_from_civil,
  // civil_from_days.

  private static func daysSinceEpoch(year: Int, month: Int, day: Int) -> Int {
    let shifted = month <= 2 ? year - 1 : year
    let era = (shifted >= 0 ? shifted : shifted - 399) / 400
    let yearOfEra = shifted - era * 400
    let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    return era * 146_097 + dayOfEra - 719_468
  }

  private static func civilDate(daysSinceEpoch: Int) -> (year: Int, month: Int, day: Int) {
    let shifted = daysSinceEpoch + 719_468
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra =
      (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let monthIndex = (5 * dayOfYear + 2) / 153
    let day = dayOfYear - (153 * monthIndex + 2) / 5 + 1
    let month = monthIndex + (monthIndex < 10 ? 3 : -9)
    return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
  }
}

extension Timestamp {
  /// Reads `2026-11-20T01:02:03Z` or `2026-11-20T01:02:03.456Z`, as S3 and this program write times;
  /// nil for anything else, of which ``init(written:needsZone:)`` reads much more.
  ///
  /// Fractions of one to nine digits are accepted and cut to milliseconds.
  package init?(iso8601 text: some Collection<UInt8>) {
    let form = Array(text.prefix(31))
    guard form.count >= 20, form.count <= 30, form.count != 21, form.last == UInt8(ascii: "Z"),
      form[4] == UInt8(ascii: "-"), form[10] == UInt8(ascii: "T"),
      form[13] == UInt8(ascii: ":"), form[16] == UInt8(ascii: ":"),
      form.count == 20 || form[19] == UInt8(ascii: ".")
    else { return nil }
    self.init(written: form)
  }

  package init?(iso8601 text: String) {
    self.init(iso8601: text.utf8)
  }

  /// ISO 8601 in UTC: `2026-11-20T01:02:03Z`, with `.456` only when there are milliseconds.
  package var iso8601: String {
    let now = fields
    let date = "\(padded(now.year, to: 4))-\(padded(now.month, to: 2))-\(padded(now.day, to: 2))"
    let time =
      "\(padded(now.hour, to: 2)):\(padded(now.minute, to: 2)):\(padded(now.second, to: 2))"
    let fraction = now.millisecond == 0 ? "" : "." + padded(now.millisecond, to: 3)
    return date + "T" + time + fraction + "Z"
  }

  package static func days(inMonth month: Int, year: Int) -> Int {
    switch month {
    case 2: (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }
}

/// `value` in decimal with leading zeros up to `width` digits.
package func padded(_ value: Int, to width: Int) -> String {
  let digits = String(value)
  return String(repeating: "0", count: max(0, width - digits.count)) + digits
}

extension Int64 {
  fileprivate func flooredQuotientAndRemainder(by divisor: Int64) -> (Int64, Int64) {
    let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
    return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
  }
}
