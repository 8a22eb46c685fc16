/// A host and perhaps a port, as the header `Host` and the name of an origin have them.
///
/// A host is an address, `[…]` around one of IPv6, or a name; names are compared without regard to case and to a
/// final dot.
struct Authority: Equatable, Sendable {
  var host: String
  var port: UInt16?
  /// Whether the host is an address: nobody's name server can have it lead elsewhere.
  var isAddress: Bool

  /// Nil for what is no authority: user names, spaces, empty hosts, ports that there are not.
  init?(_ text: some Collection<UInt8>) {
    let bytes = Array(text)
    guard let first = bytes.first else { return nil }
    let end: Int
    var name: ArraySlice<UInt8>
    if first == UInt8(ascii: "[") {
      guard let bracket = bytes.firstIndex(of: UInt8(ascii: "]")) else { return nil }
      guard Self.isIPv6(bytes[1..<bracket]) else { return nil }
      end = bracket + 1
      name = bytes[..<end]
      isAddress = true
    } else {
      end = bytes.firstIndex(of: UInt8(ascii: ":")) ?? bytes.count
      name = bytes[..<end]
      // It means the same for an address: browsers take `127.0.0.1.` for one (url.spec.whatwg.org, "ends in a number").
      if end > 1, name.last == UInt8(ascii: ".") { name.removeLast() }
      isAddress = Self.isIPv4(name)
      guard Self.isName(name) else { return nil }
    }
    host = String(decoding: name, as: UTF8.self).lowercased()
    guard end < bytes.count else { return }
    guard bytes[end] == UInt8(ascii: ":") else { return nil }
    let digits = bytes[(end + 1)...]
    guard digits.allSatisfy({ isDigit($0) }) else { return nil }
    guard !digits.isEmpty else { return }
    guard let number = UInt16(String(decoding: digits, as: UTF8.self)) else { return nil }
    port = number
  }

  /// Letters, digits, `-`, `_` and single dots: what `localhost` and names of machines are made of.
  private static func isName(_ bytes: ArraySlice<UInt8>) -> Bool {
    let labels = bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    return bytes.count <= 253 && labels.allSatisfy { !$0.isEmpty }
      && bytes.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"),
          UInt8(ascii: "."):
          true
        default: false
        }
      }
  }

  /// Four numbers and nothing else: other forms that some programs take for addresses are names.
  private static func isIPv4(_ bytes: ArraySlice<UInt8>) -> Bool {
    let parts = bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    return parts.count == 4
      && parts.allSatisfy { part in
        (1...3).contains(part.count) && part.allSatisfy({ isDigit($0) })
          && (part.count == 1 || part.first != UInt8(ascii: "0"))
          && UInt8(String(decoding: part, as: UTF8.self)) != nil
      }
  }

  /// The letters of an address of IPv6, with two colons at least; whatever is made of them is no name.
  private static func isIPv6(_ bytes: ArraySlice<UInt8>) -> Bool {
    bytes.count <= 45 && bytes.count(where: { $0 == UInt8(ascii: ":") }) >= 2
      && bytes.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "f"), UInt8(ascii: "A")...UInt8(ascii: "F"),
          UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: ":"), UInt8(ascii: "."):
          true
        default: false
        }
      }
  }
}

private func isDigit(_ byte: UInt8) -> Bool {
  (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
}
