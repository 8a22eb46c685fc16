// The small grammars inside S3's elements, read from bytes without a String.

import Vocabulary

/// A non-negative decimal number that fits Int64; nil for anything else.
func decimal(_ digits: UnsafeRawBufferPointer) -> Int64? {
  guard !digits.isEmpty else { return nil }
  var value: Int64 = 0
  for byte in digits {
    let digit = byte &- UInt8(ascii: "0")
    guard digit < 10 else { return nil }
    let (product, overflowed) = value.multipliedReportingOverflow(by: 10)
    let (sum, carried) = product.addingReportingOverflow(Int64(digit))
    guard !overflowed, !carried else { return nil }
    value = sum
  }
  return value
}

/// Like `decimal`, for a number that may have blanks around it, or a sign.
func paddedDecimal(_ text: UnsafeRawBufferPointer) -> Int64? {
  if let number = decimal(text) { return number }
  var digits = trimmingBlanks(Array(text))
  if digits.first == UInt8(ascii: "+") { digits.removeFirst() }
  return digits.withUnsafeBytes { decimal($0) }
}

/// Whether `text` says true or false, in S3's words or nearly so; nil for anything else.
func truth(_ text: UnsafeRawBufferPointer) -> Bool? {
  // As numbers: a String's bytes one by one cost as much as two elements of a page.
  let start = text.count >= 4 ? UInt32(littleEndian: text.loadUnaligned(as: UInt32.self)) : 0
  if start == 0x6575_7274, text.count == 4 { return true }
  if start == 0x736C_6166, text.count == 5, text[4] == UInt8(ascii: "e") { return false }
  return switch trimmingBlanks(String(decoding: text, as: UTF8.self)).lowercased() {
  case "true", "1": true
  case "false", "0": false
  default: nil
  }
}

/// `text` without blanks and line ends around it, of which some servers send many.
func trimmingBlanks(_ text: [UInt8]) -> [UInt8] {
  var kept = text.drop(while: isSpace)
  while let last = kept.last, isSpace(last) { kept.removeLast() }
  return Array(kept)
}

func trimmingBlanks(_ text: String) -> String {
  String(decoding: trimmingBlanks(Array(text.utf8)), as: UTF8.self)
}

private func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }

/// A time, in whatever form; nil for what is none.
func timestamp(_ text: UnsafeRawBufferPointer) -> Timestamp? {
  commonTimestamp(text) ?? Timestamp(written: text)
}

/// Reads exactly `YYYY-MM-DDTHH:MM:SSZ` or `YYYY-MM-DDTHH:MM:SS.mmmZ`, which nearly all servers
/// send, at a tenth of the general reader's cost; nil for other forms and for what is no time.
private func commonTimestamp(_ text: UnsafeRawBufferPointer) -> Timestamp? {
  guard text.count == 24 || text.count == 20 else { return nil }
  var isWrong = false
  func digit(_ index: Int) -> Int {
    let value = text[index] &- UInt8(ascii: "0")
    isWrong = isWrong || value > 9
    return Int(value)
  }
  func pair(_ index: Int) -> Int { digit(index) * 10 + digit(index + 1) }
  func mark(_ index: Int, _ byte: Unicode.Scalar) {
    isWrong = isWrong || text[index] != UInt8(ascii: byte)
  }
  mark(4, "-")
  mark(7, "-")
  mark(10, "T")
  mark(13, ":")
  mark(16, ":")
  mark(text.count - 1, "Z")
  let year = pair(0) * 100 + pair(2)
  let (month, day) = (pair(5), pair(8))
  let (hour, minute, second) = (pair(11), pair(14), pair(17))
  var millisecond = 0
  if text.count == 24 {
    mark(19, ".")
    millisecond = pair(20) * 10 + digit(22)
  }
  guard !isWrong, year >= 1, month >= 1, month <= 12, day >= 1,
    day <= 28 || day <= Timestamp.days(inMonth: month, year: year),
    hour < 24, minute < 60, second < 60
  else { return nil }
  return Timestamp(
    year: year, month: month, day: day, hour: hour, minute: minute, second: second,
    millisecond: millisecond)
}

/// Decodes the bytes from `start` to the end in place: `+` is a space, `%XX` a byte.
///
/// That is what `encoding-type=url` does to keys. False when a `%` is not followed by two
/// hexadecimal digits; the bytes are then in an undefined state.
func percentDecode(_ text: inout [UInt8], from start: Int) -> Bool {
  let end = text.count
  let decoded = text.withUnsafeMutableBytes { percentDecode($0, start..<end, to: start) }
  guard let decoded else { return false }
  if start + decoded < end { text.removeLast(end - start - decoded) }
  return true
}

/// Decodes `source` to `target`, which is not after it, and returns the number of bytes written.
func percentDecode(
  _ text: UnsafeMutableRawBufferPointer, _ source: Range<Int>, to target: Int
) -> Int? {
  precondition(target >= 0 && target <= source.lowerBound && source.upperBound <= text.count)
  guard let base = text.baseAddress else { return 0 }
  let end = source.upperBound
  var reading = source.lowerBound
  var writing = target
  while reading < end {
    if end &- reading >= 8 {
      let word = base.loadUnaligned(fromByteOffset: reading, as: UInt64.self)
      if !holds(word, UInt8(ascii: "%")), !holds(word, UInt8(ascii: "+")) {
        // Writing is never ahead of reading, so this covers only what has been read.
        if writing < reading { base.storeBytes(of: word, toByteOffset: writing, as: UInt64.self) }
        reading &+= 8
        writing &+= 8
        continue
      }
    }
    let byte = text[reading]
    switch byte {
    case UInt8(ascii: "%"):
      guard end &- reading >= 3,
        let high = hexadecimal(text[reading + 1]), let low = hexadecimal(text[reading + 2])
      else { return nil }
      text[writing] = high << 4 | low
      reading += 3
    case UInt8(ascii: "+"):
      text[writing] = 0x20
      reading += 1
    default:
      text[writing] = byte
      reading += 1
    }
    writing += 1
  }
  return writing - target
}

/// Whether one of a word's bytes is `byte` ("Hacker's Delight", 6-1).
@inline(__always)
private func holds(_ word: UInt64, _ byte: UInt8) -> Bool {
  let ones: UInt64 = 0x0101_0101_0101_0101
  let difference = word ^ (ones &* UInt64(byte))
  return (difference &- ones) & ~difference & (ones << 7) != 0
}

private func hexadecimal(_ byte: UInt8) -> UInt8? {
  switch byte {
  case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
  case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
  case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
  default: nil
  }
}
