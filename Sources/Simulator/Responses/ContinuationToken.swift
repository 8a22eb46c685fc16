/// Where a listing goes on; opaque to the client.
///
/// Base64 with `+`, `/` and `=`, as S3's own, so that a client must encode it in its next request.
/// It names a key, not a slot: it holds in the next night too.
struct ContinuationToken: Equatable {
  /// The last key or common prefix of the page before.
  var last: [UInt8]
  /// Whether `last` is a common prefix, all of which is behind us.
  var isCommonPrefix: Bool
  /// Changes the text and nothing else: how many empty pages led here, below 128.
  var hops: UInt8 = 0

  init(after last: [UInt8], isCommonPrefix: Bool) {
    self.last = last
    self.isCommonPrefix = isCommonPrefix
  }

  /// Nil when the text is not a token of this server.
  init?(_ text: [UInt8]) {
    guard let bytes = Base64.decoded(text), bytes.count >= 2, bytes[1] == Self.check(bytes[2...])
    else { return nil }
    let mask = Self.mask
    let flags = bytes[0] ^ mask
    self.init(after: bytes[2...].map { $0 ^ mask }, isCommonPrefix: flags & 1 == 1)
    hops = flags >> 1
  }

  var text: [UInt8] {
    let mask = Self.mask
    let hidden = last.map { $0 ^ mask }
    let flags = hops << 1 | (isCommonPrefix ? 1 : 0)
    return Base64.encoded([flags ^ mask, Self.check(hidden[...])] + hidden)
  }

  private static let mask: UInt8 = 0xA5

  private static func check(_ bytes: ArraySlice<UInt8>) -> UInt8 {
    bytes.reduce(0x5A) { ($0 << 1 | $0 >> 7) ^ $1 }
  }
}

/// The alphabet of RFC 4648, section 4.
enum Base64 {
  private static let alphabet = Array(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

  static func encoded(_ bytes: [UInt8]) -> [UInt8] {
    var text: [UInt8] = []
    for start in stride(from: 0, to: bytes.count, by: 3) {
      let group = bytes[start..<min(start + 3, bytes.count)]
      var bits: UInt32 = 0
      for byte in group { bits = bits << 8 | UInt32(byte) }
      bits <<= UInt32(3 - group.count) * 8
      for position in 0..<4 {
        let sextet = bits >> UInt32(18 - 6 * position) & 63
        text.append(position <= group.count ? alphabet[Int(sextet)] : UInt8(ascii: "="))
      }
    }
    return text
  }

  /// Nil for anything that is not whole groups of the alphabet, padded.
  static func decoded(_ text: [UInt8]) -> [UInt8]? {
    guard text.count % 4 == 0 else { return nil }
    let padding = text.suffix(2).count { $0 == UInt8(ascii: "=") }
    var bytes: [UInt8] = []
    var bits: UInt32 = 0
    for (position, character) in text.dropLast(padding).enumerated() {
      guard let sextet = alphabet.firstIndex(of: character) else { return nil }
      bits = bits << 6 | UInt32(sextet)
      if position % 4 == 3 {
        bytes += [UInt8(bits >> 16 & 255), UInt8(bits >> 8 & 255), UInt8(bits & 255)]
        bits = 0
      }
    }
    switch padding {
    case 1: bytes += [UInt8(bits >> 10 & 255), UInt8(bits >> 2 & 255)]
    case 2: bytes.append(UInt8(bits >> 4 & 255))
    default: break
    }
    return bytes
  }
}
