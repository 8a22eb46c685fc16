/// `value` in decimal with a comma between groups of three digits.
package func groupedDecimal(_ value: Int64) -> String {
  (value < 0 ? "-" : "") + groupedDigits(String(value.magnitude))
}

/// Digits with a comma between groups of three, from the right.
package func groupedDigits(_ digits: String) -> String {
  var text = ""
  for (place, digit) in digits.enumerated() {
    if place > 0, (digits.count - place).isMultiple(of: 3) { text.append(",") }
    text.append(digit)
  }
  return text
}
