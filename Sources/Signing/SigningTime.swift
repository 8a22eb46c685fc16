/// The moment a request is signed for, in whole seconds since 1970-01-01 UTC.
package struct SigningTime: Hashable, Comparable, Sendable {
  package var secondsSinceEpoch: Int64

  package init(secondsSinceEpoch: Int64) {
    self.secondsSinceEpoch = secondsSinceEpoch
  }

  package static func < (left: SigningTime, right: SigningTime) -> Bool {
    left.secondsSinceEpoch < right.secondsSinceEpoch
  }

  /// The day, `20150830`: part of the credential scope.
  package var day: String {
    let date = civilDate
    return decimal(date.year, digits: 4) + decimal(date.month, digits: 2)
      + decimal(date.day, digits: 2)
  }

  /// ISO 8601 basic format, `20150830T123600Z`: the value of `X-Amz-Date`.
  package var basicFormat: String {
    let second = Int(secondsSinceEpoch - daysSinceEpoch * 86_400)
    return day + "T" + decimal(second / 3_600, digits: 2) + decimal(second / 60 % 60, digits: 2)
      + decimal(second % 60, digits: 2) + "Z"
  }

  private var daysSinceEpoch: Int64 {
    let (days, rest) = secondsSinceEpoch.quotientAndRemainder(dividingBy: 86_400)
    return rest < 0 ? days - 1 : days
  }

  // Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms": civil_from_days.
  private var civilDate: (year: Int, month: Int, day: Int) {
    let shifted = Int(daysSinceEpoch) + 719_468
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra =
      (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let monthFromMarch = (5 * dayOfYear + 2) / 153
    let month = monthFromMarch + (monthFromMarch < 10 ? 3 : -9)
    return (
      yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month,
      dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
    )
  }

  private func decimal(_ value: Int, digits: Int) -> String {
    let text = String(value)
    return String(repeating: "0", count: max(0, digits - text.count)) + text
  }
}
