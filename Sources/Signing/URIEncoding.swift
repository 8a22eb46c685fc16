/// Percent-encoding as AWS signs it: only `A-Z a-z 0-9 - _ . ~` stay as they are, digits are upper
/// case.
///
/// Stricter than RFC 3986 asks of a client, and required: S3 encodes what it received by this rule
/// and compares (AWS General Reference, "Create a signed AWS API request", UriEncode).
package enum URIEncoding {
  /// `bytes` with everything but unreserved characters escaped; `keepsSlash` leaves `/`, for paths.
  package static func encode(_ bytes: some Sequence<UInt8>, keepsSlash: Bool = false) -> String {
    // Copied as a whole: one by one, the bytes of a sequence of any kind take ten times as long.
    let bytes = Array(bytes)
    var output: [UInt8] = []
    output.reserveCapacity(bytes.count)
    for byte in bytes {
      if isUnreserved(byte) || (keepsSlash && byte == UInt8(ascii: "/")) {
        output.append(byte)
      } else {
        output.append(UInt8(ascii: "%"))
        output.append(digit(byte >> 4))
        output.append(digit(byte & 15))
      }
    }
    return String(decoding: output, as: UTF8.self)
  }

  /// The UTF-8 bytes of `text` escaped as above.
  package static func encode(_ text: String, keepsSlash: Bool = false) -> String {
    encode(text.utf8, keepsSlash: keepsSlash)
  }

  /// The bytes behind `text`: `%41` becomes `A`; a `%` without two digits, and `+`, stay.
  package static func decode(_ text: some Sequence<UInt8>) -> [UInt8] {
    let bytes = Array(text)
    var output: [UInt8] = []
    output.reserveCapacity(bytes.count)
    var position = 0
    while position < bytes.count {
      if bytes[position] == UInt8(ascii: "%"), position + 2 < bytes.count,
        let high = Hexadecimal.value(ofDigit: bytes[position + 1]),
        let low = Hexadecimal.value(ofDigit: bytes[position + 2])
      {
        output.append(high << 4 | low)
        position += 3
      } else {
        output.append(bytes[position])
        position += 1
      }
    }
    return output
  }

  private static func isUnreserved(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"),
      UInt8(ascii: "."), UInt8(ascii: "~"):
      true
    default: false
    }
  }

  private static func digit(_ value: UInt8) -> UInt8 {
    value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "A") + value - 10
  }
}
