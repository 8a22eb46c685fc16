import Vocabulary

/// Numbers written as text at a pointer that has room for them; no String, no allocation.
enum Digits {
  /// `value` in decimal in exactly `width` digits; returns the width.
  @inline(__always)
  static func decimal(
    _ value: Int, width: Int, to out: UnsafeMutablePointer<UInt8>
  ) -> Int {
    var rest = UInt(bitPattern: value)
    var position = width
    while position > 0 {
      position &-= 1
      let (quotient, digit) = rest.quotientAndRemainder(dividingBy: 10)
      out[position] = UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: digit)
      rest = quotient
    }
    return width
  }

  /// `value` in decimal without leading zeros; returns the number of digits.
  @inline(__always)
  static func decimal(_ value: Int64, to out: UnsafeMutablePointer<UInt8>) -> Int {
    var width = 1
    var bound: Int64 = 10
    while width < 18, value >= bound {
      width &+= 1
      bound &*= 10
    }
    return decimal(Int(value), width: width, to: out)
  }

  /// The low `digits` hexadecimal digits of `value`, lower case; returns `digits`.
  @inline(__always)
  static func hexadecimal(
    _ value: UInt64, digits: Int, to out: UnsafeMutablePointer<UInt8>
  ) -> Int {
    var shift = UInt64(digits) &* 4
    for position in 0..<digits {
      shift &-= 4
      let digit = UInt8(truncatingIfNeeded: (value >> shift) & 15)
      out[position] = digit &+ (digit < 10 ? UInt8(ascii: "0") : UInt8(ascii: "a") &- 10)
    }
    return digits
  }

  /// `2026-11-20T01:02:03`, without fraction or zone: 19 bytes.
  @inline(__always)
  static func dateTime(_ fields: Timestamp.Fields, to out: UnsafeMutablePointer<UInt8>) -> Int {
    _ = decimal(fields.year, width: 4, to: out)
    out[4] = UInt8(ascii: "-")
    _ = decimal(fields.month, width: 2, to: out + 5)
    out[7] = UInt8(ascii: "-")
    _ = decimal(fields.day, width: 2, to: out + 8)
    out[10] = UInt8(ascii: "T")
    _ = decimal(fields.hour, width: 2, to: out + 11)
    out[13] = UInt8(ascii: ":")
    _ = decimal(fields.minute, width: 2, to: out + 14)
    out[16] = UInt8(ascii: ":")
    return 17 + decimal(fields.second, width: 2, to: out + 17)
  }
  /// The same with three digits of fraction and the zone: 24 bytes.
  @inline(__always)
  static func dateTimeWithMilliseconds(
    _ time: Timestamp, to out: UnsafeMutablePointer<UInt8>
  ) -> Int {
    let fields = time.fields
    _ = dateTime(fields, to: out)
    out[19] = UInt8(ascii: ".")
    _ = decimal(fields.millisecond, width: 3, to: out + 20)
    out[23] = UInt8(ascii: "Z")
    return 24
  }
}
