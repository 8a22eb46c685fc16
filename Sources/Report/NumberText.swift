import Vocabulary

extension [UInt8] {
  /// Appends `value` in decimal.
  mutating func appendDecimal(_ value: Int64) {
    var digits = DigitBuffer()
    digits.prepend(value.magnitude, widthMin: 1)
    if value < 0 { digits.prepend(UInt8(ascii: "-")) }
    append(digits)
  }

  /// Appends a moment as ISO 8601 in UTC, or for people: a space for `T` and whole seconds.
  ///
  /// Years before 0 and after 9999, which no service reports, are written in as many digits as
  /// they need.
  mutating func appendTimestamp(_ moment: Timestamp, forPeople: Bool) {
    let fields = moment.fields
    var text = DigitBuffer()
    text.prepend(UInt8(ascii: "Z"))
    if !forPeople, fields.millisecond != 0 {
      text.prepend(UInt64(fields.millisecond), widthMin: 3)
      text.prepend(UInt8(ascii: "."))
    }
    text.prepend(UInt8(ascii: ":"), twoDigits: fields.second)
    text.prepend(UInt8(ascii: ":"), twoDigits: fields.minute)
    text.prepend(forPeople ? UInt8(ascii: " ") : UInt8(ascii: "T"), twoDigits: fields.hour)
    text.prepend(UInt8(ascii: "-"), twoDigits: fields.day)
    text.prepend(UInt8(ascii: "-"), twoDigits: fields.month)
    text.prepend(UInt64(fields.year.magnitude), widthMin: 4)
    if fields.year < 0 { text.prepend(UInt8(ascii: "-")) }
    append(text)
  }

  private mutating func append(_ digits: DigitBuffer) {
    Swift.withUnsafeBytes(of: digits.bytes) { append(contentsOf: $0[digits.start...]) }
  }
}

/// Room on the stack for a number or a moment, filled from its end: an array that is appended to
/// byte by byte looks at its ownership and its room for every byte.
private struct DigitBuffer {
  // 48 bytes; the longest text, a moment with a year of 19 digits, has 40.
  private(set) var bytes: (UInt64, UInt64, UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0, 0, 0)
  private(set) var start = 48

  mutating func prepend(_ byte: UInt8) {
    start -= 1
    let start = start
    withUnsafeMutableBytes(of: &bytes) { $0[start] = byte }
  }

  /// Writes `value` with leading zeros up to `widthMin` digits.
  mutating func prepend(_ value: UInt64, widthMin: Int) {
    let end = start
    var rest = value
    repeat {
      prepend(UInt8(ascii: "0") + UInt8(rest % 10))
      rest /= 10
    } while rest > 0 || end - start < widthMin
  }

  /// Writes a number below 100 behind a separator.
  mutating func prepend(_ separator: UInt8, twoDigits value: Int) {
    prepend(UInt8(ascii: "0") + UInt8(value % 10))
    prepend(UInt8(ascii: "0") + UInt8(value / 10))
    prepend(separator)
  }
}

/// A number in decimal digits with grouped thousands: `1,215.000000`.
func groupedDecimal(_ digits: String) -> String {
  let sign = digits.hasPrefix("-") ? "-" : ""
  let parts = digits.dropFirst(sign.count).split(
    separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
  let whole = groupedDigits(String(parts.first ?? ""))
  return sign + whole + (parts.count > 1 ? ".\(parts[1])" : "")
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
  return sign + groupedDigits(String(padded.dropLast(digits))) + fraction
}
