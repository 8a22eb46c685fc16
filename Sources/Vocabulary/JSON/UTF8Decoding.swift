/// What stands at one place of a text that may not be valid UTF-8.
package enum DecodedScalar {
  case scalar(Unicode.Scalar, length: Int)
  /// A byte that begins no well-formed sequence (Unicode 15, table 3-7).
  case invalid(UInt8)
}

/// Decodes the scalar that begins at `index`; precondition: `index` is inside `bytes`.
package func decodeScalar(in bytes: Span<UInt8>, at index: Int) -> DecodedScalar {
  let first = bytes[index]
  func continuation(_ offset: Int, _ range: ClosedRange<UInt8> = 0x80...0xBF) -> UInt32? {
    guard index + offset < bytes.count, range.contains(bytes[index + offset]) else { return nil }
    return UInt32(bytes[index + offset] & 0x3F)
  }
  var value: UInt32?
  var length = 1
  switch first {
  case 0..<0x80:
    value = UInt32(first)
  case 0xC2...0xDF:
    length = 2
    if let second = continuation(1) { value = UInt32(first & 0x1F) << 6 | second }
  case 0xE0...0xEF:
    length = 3
    // Overlong forms and surrogates are ruled out by the second byte.
    let range: ClosedRange<UInt8> =
      first == 0xE0 ? 0xA0...0xBF : first == 0xED ? 0x80...0x9F : 0x80...0xBF
    if let second = continuation(1, range), let third = continuation(2) {
      value = UInt32(first & 0x0F) << 12 | second << 6 | third
    }
  case 0xF0...0xF4:
    length = 4
    let range: ClosedRange<UInt8> =
      first == 0xF0 ? 0x90...0xBF : first == 0xF4 ? 0x80...0x8F : 0x80...0xBF
    if let second = continuation(1, range), let third = continuation(2),
      let fourth = continuation(3)
    {
      value = UInt32(first & 0x07) << 18 | second << 12 | third << 6 | fourth
    }
  default: break
  }
  guard let scalar = value.flatMap(Unicode.Scalar.init) else { return .invalid(first) }
  return .scalar(scalar, length: length)
}
