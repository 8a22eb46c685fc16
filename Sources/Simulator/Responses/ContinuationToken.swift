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
