import Vocabulary

extension [UInt8] {
  /// Appends `value` in decimal.
  mutating func appendDecimal(_ value: Int64) {
    if value < 0 { append(UInt8(ascii: "-")) }
    appendDigits(value.magnitude, widthMin: 1)
  }

  /// Appends `value` in decimal with leading zeros up to `widthMin` digits.
  mutating func appendDigits(_ value: UInt64, widthMin: Int) {
    let start = count
    var rest = value
    repeat {
      append(UInt8(ascii: "0") + UInt8(rest % 10))
      rest /= 10
    } while rest > 0 || count - start < widthMin
    self[start...].reverse()
  }

  /// Appends a moment as ISO 8601 in UTC, or for people: a space for `T` and whole seconds.
  ///
  /// Years before 0 and after 9999, which no service reports, are written in as many digits as
  /// they need.
  mutating func appendTimestamp(_ moment: Timestamp, forPeople: Bool) {
    let fields = moment.fields
    if fields.year < 0 { append(UInt8(ascii: "-")) }
    appendDigits(UInt64(fields.year.magnitude), widthMin: 4)
    for (separator, field) in [
      ("-", fields.month), ("-", fields.day), (forPeople ? " " : "T", fields.hour),
      (":", fields.minute), (":", fields.second),
    ] {
      self += separator.utf8
      appendDigits(UInt64(field), widthMin: 2)
    }
    if !forPeople, fields.millisecond != 0 {
      append(UInt8(ascii: "."))
      appendDigits(UInt64(fields.millisecond), widthMin: 3)
    }
    append(UInt8(ascii: "Z"))
  }
}

/// `value` in decimal with a comma between groups of three digits.
package func groupedDecimal(_ value: Int64) -> String {
  (value < 0 ? "-" : "") + grouped(String(value.magnitude))
}

/// `value` rounded to `digits` after the point, with grouped thousands; huge ones as they are.
func groupedDecimal(_ value: Double, fractionDigits digits: Int) -> String {
  var scale = 1.0
  for _ in 0..<digits { scale *= 10 }
  // Half up by hand: `rounded()` would make every program that links this need libm.
  let scaled = value.magnitude * scale + 0.5
  // Above 2^53 a Double has no fraction left to round.
  guard scaled < 9_007_199_254_740_992 else { return value.description }
  let rounded = UInt64(scaled)
  let text = String(rounded)
  let padded = String(repeating: "0", count: max(0, digits + 1 - text.count)) + text
  let sign = value < 0 && rounded > 0 ? "-" : ""
  let fraction = digits > 0 ? "." + padded.suffix(digits) : ""
  return sign + grouped(String(padded.dropLast(digits))) + fraction
}

private func grouped(_ digits: String) -> String {
  var text = ""
  for (place, digit) in digits.enumerated() {
    if place > 0, (digits.count - place).isMultiple(of: 3) { text.append(",") }
    text.append(digit)
  }
  return text
}
