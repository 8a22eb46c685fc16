package import Signing

extension SigningTime {
  /// Reads the value of a Date header, `Sun, 06 Nov 1994 08:49:37 GMT`; nil for anything else.
  ///
  /// That is the one form that servers may write (RFC 9110, 5.6.7).
  package init?(httpDate text: String) {
    let words = text.split(separator: " ")
    guard words.count == 6, words[0].utf8.last == UInt8(ascii: ","), words[5] == "GMT",
      let month = Self.months.firstIndex(of: String(words[2])),
      let day = Self.number(words[1], in: 1...31), let year = Self.number(words[3], in: 1970...9999)
    else { return nil }
    let clock = words[4].split(separator: ":", omittingEmptySubsequences: false)
    guard clock.count == 3, let hour = Self.number(clock[0], in: 0...23),
      let minute = Self.number(clock[1], in: 0...59),
      // A leap second is one.
      let second = Self.number(clock[2], in: 0...60)
    else { return nil }
    self.init(
      secondsSinceEpoch: daysSinceEpoch(year: year, month: Int64(month) + 1, day: day) * 86_400
        + (hour * 60 + minute) * 60 + second)
  }

  private static let months = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
  ]

  private static func number(_ text: Substring, in range: ClosedRange<Int64>) -> Int64? {
    guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int64(text),
      range.contains(number)
    else { return nil }
    return number
  }
}
