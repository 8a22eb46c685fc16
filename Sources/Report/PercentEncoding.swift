extension [UInt8] {
  /// Appends bytes as a part of a URL (RFC 3986): all but letters, digits and `-._~` as `%XX`.
  package mutating func appendPercentEncoded(_ bytes: some Sequence<UInt8>) {
    let digits = Array<UInt8>("0123456789ABCDEF".utf8)
    for byte in bytes {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
        UInt8(ascii: "_"), UInt8(ascii: "~"):
        append(byte)
      default:
        self += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      }
    }
  }
}
