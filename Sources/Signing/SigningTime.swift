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
  package var day: String { String(decoding: dayDigits, as: UTF8.self) }

  /// ISO 8601 basic format, `20150830T123600Z`: the value of `X-Amz-Date`.
  package var basicFormat: String {
    let second = Int(secondsSinceEpoch - daysSinceEpoch * 86_400)
    var text = dayDigits
    text.append(UInt8(ascii: "T"))
    append(second / 3_600, digits: 2, to: &text)
    append(second / 60 % 60, digits: 2, to: &text)
    append(second % 60, digits: 2, to: &text)
    text.append(UInt8(ascii: "Z"))
    return String(decoding: text, as: UTF8.self)
  }

  private var dayDigits: [UInt8] {
    let date = civilDate
    var text: [UInt8] = []
    text.reserveCapacity(16)
    append(date.year, digits: 4, to: &text)
    append(date.month, digits: 2, to: &text)
    append(date.day, digits: 2, to: &text)
    return text
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

  /// Two or four digits, or as many as a larger number has.
  private func append(_ value: Int, digits: Int, to text: inout [UInt8]) {
    guard (0...(digits == 2 ? 99 : 9_999)).contains(value) else {
      let more = Array(String(value).utf8)
      text += Array(repeating: UInt8(ascii: "0"), count: max(0, digits - more.count)) + more
      return
    }
    var unit = digits == 2 ? 10 : 1_000
    while unit > 0 {
      text.append(UInt8(ascii: "0") + UInt8(value / unit % 10))
      unit /= 10
    }
  }
}
