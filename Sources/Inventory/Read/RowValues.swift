internal import Vocabulary

/// Reads numbers of rows.
enum RowNumber {
  /// Digits alone, at most eighteen; nil for anything else.
  static func value(_ text: UnsafeRawBufferPointer) -> Int64? {
    guard (1...18).contains(text.count) else { return nil }
    var number: Int64 = 0
    for byte in text {
      guard byte.isASCIIDigit else { return nil }
      number = number &* 10 &+ Int64(byte &- UInt8(ascii: "0"))
    }
    return number
  }
}

/// Reads times of rows.
enum RowTime {
  /// `2022-12-12T13:20:39.000Z`, and every other form that listings have; nil for what is no time.
  static func milliseconds(_ text: UnsafeRawBufferPointer) -> Int64? {
    guard text.count == 24, text[4] == UInt8(ascii: "-"), text[7] == UInt8(ascii: "-"),
      text[10] == UInt8(ascii: "T"), text[13] == UInt8(ascii: ":"),
      text[16] == UInt8(ascii: ":"), text[19] == UInt8(ascii: "."), text[23] == UInt8(ascii: "Z"),
      let year = number(text, 0, 4), let month = number(text, 5, 2), let day = number(text, 8, 2),
      let hour = number(text, 11, 2), let minute = number(text, 14, 2),
      let second = number(text, 17, 2), let millisecond = number(text, 20, 3),
      (1...9999).contains(year), (1...12).contains(month),
      (1...Timestamp.days(inMonth: month, year: year)).contains(day), hour < 24, minute < 60,
      second < 60
    else { return Timestamp(written: text)?.millisecondsSinceEpoch }
    return Timestamp(
      year: year, month: month, day: day, hour: hour, minute: minute, second: second,
      millisecond: millisecond
    ).millisecondsSinceEpoch
  }

  @inline(__always)
  private static func number(_ text: UnsafeRawBufferPointer, _ start: Int, _ count: Int) -> Int? {
    var number = 0
    for place in start..<start &+ count {
      guard text[place].isASCIIDigit else { return nil }
      number = number &* 10 &+ Int(text[place] &- UInt8(ascii: "0"))
    }
    return number
  }
}
