package import Signing

extension SigningTime {
  /// Reads an ISO 8601 time as services, programs and the caches of the AWS CLI write it.
  ///
  /// `2021-09-21T04:16:53Z`, also with a fraction, which is cut, with an offset such as `+02:00`
  /// or `-0730`, and with `UTC` in place of the `Z`, as in caches of old CLIs. Nil for anything
  /// else, and for a time without a zone: nobody knows which moment that is.
  package init?(iso8601 text: String) {
    var reader = TimeReader(text)
    guard
      let year = reader.number(digits: 4), reader.skip("-"),
      let month = reader.number(digits: 2), reader.skip("-"),
      let day = reader.number(digits: 2), reader.skip("T") || reader.skip("t") || reader.skip(" "),
      let hour = reader.number(digits: 2), reader.skip(":"),
      let minute = reader.number(digits: 2), reader.skip(":"),
      let second = reader.number(digits: 2), reader.skipFraction(),
      let offsetSeconds = reader.offsetSeconds(), reader.isAtEnd,
      (1...12).contains(month), (1...days(inMonth: month, year: year)).contains(day),
      hour < 24, minute < 60, second < 61
    else { return nil }
    let clockSeconds = hour * 3_600 + minute * 60 + second - offsetSeconds
    self.init(
      secondsSinceEpoch: daysSinceEpoch(year: year, month: month, day: day) * 86_400
        + clockSeconds)
  }

  /// ISO 8601 in UTC, `2021-09-21T04:16:53Z`: how the AWS CLI writes times into its caches.
  package var iso8601: String {
    var text = basicFormat
    for (offset, separator) in [(13, ":"), (11, ":"), (6, "-"), (4, "-")] {
      text.insert(contentsOf: separator, at: text.index(text.startIndex, offsetBy: offset))
    }
    return text
  }

  /// The moment so many seconds later, or earlier when negative.
  func advanced(bySeconds seconds: Int64) -> SigningTime {
    SigningTime(secondsSinceEpoch: secondsSinceEpoch + seconds)
  }
}

// Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms": days_from_civil, for years from 0.
func daysSinceEpoch(year: Int64, month: Int64, day: Int64) -> Int64 {
  let shifted = month <= 2 ? year - 1 : year
  let era = (shifted >= 0 ? shifted : shifted - 399) / 400
  let yearOfEra = shifted - era * 400
  let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
  let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
  return era * 146_097 + dayOfEra - 719_468
}

private func days(inMonth month: Int64, year: Int64) -> Int64 {
  switch month {
  case 2: (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 ? 29 : 28
  case 4, 6, 9, 11: 30
  default: 31
  }
}

/// Reads the parts of a time from ASCII text.
private struct TimeReader {
  private var rest: Substring.UTF8View

  init(_ text: String) {
    rest = Substring(text).utf8
  }

  var isAtEnd: Bool { rest.isEmpty }

  mutating func number(digits: Int) -> Int64? {
    var value: Int64 = 0
    for _ in 0..<digits {
      guard let digit = digit() else { return nil }
      value = value * 10 + digit
    }
    return value
  }

  mutating func skip(_ word: String) -> Bool {
    guard rest.starts(with: word.utf8) else { return false }
    rest.removeFirst(word.utf8.count)
    return true
  }

  /// Skips an optional `.digits`; false for a dot alone.
  mutating func skipFraction() -> Bool {
    guard skip(".") else { return true }
    guard digit() != nil else { return false }
    while digit() != nil {}
    return true
  }

  /// Seconds east of Greenwich; nil without a zone.
  mutating func offsetSeconds() -> Int64? {
    for name in ["Z", "z", "UTC", "GMT"] where skip(name) { return 0 }
    let sign: Int64
    if skip("+") { sign = 1 } else if skip("-") { sign = -1 } else { return nil }
    guard let hours = number(digits: 2), hours < 24 else { return nil }
    let hasColon = skip(":")
    let minutes = isAtEnd && !hasColon ? 0 : number(digits: 2)
    guard let minutes, minutes < 60 else { return nil }
    return sign * (hours * 3_600 + minutes * 60)
  }

  private mutating func digit() -> Int64? {
    guard let byte = rest.first, (0x30...0x39).contains(byte) else { return nil }
    rest.removeFirst()
    return Int64(byte - 0x30)
  }
}
