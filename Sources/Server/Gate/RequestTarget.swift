/// What a request line asks for, taken apart: path and query, and the host where it names one.
struct RequestTarget: Equatable, Sendable {
  /// Why a target is none.
  enum Fault: Error, Equatable {
    /// It is neither a path nor a URL.
    case form
    /// A byte that has to be escaped, or an escape that is none.
    case byte
  }

  /// What stands before the path in `GET http://host/path`; nil for the usual form.
  var authority: [UInt8]?
  /// Decoded; it need not be text.
  var path: [UInt8]
  /// As it was sent; nil without a `?`.
  var query: [UInt8]?

  init(_ raw: [UInt8]) throws(Fault) {
    guard raw.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "#") }) else {
      throw .byte
    }
    var rest = raw[...]
    if raw.first != UInt8(ascii: "/") {
      let schemes = ["http://", "https://"].map { Array($0.utf8) }
      let lowercased = raw.prefix(8).map { Self.lowercased($0) }
      guard let scheme = schemes.first(where: { lowercased.starts(with: $0) }) else { throw .form }
      rest = raw[scheme.count...]
      let end = rest.firstIndex { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "?") }
      authority = Array(rest[..<(end ?? rest.endIndex)])
      rest = rest[(end ?? rest.endIndex)...]
    }
    let mark = rest.firstIndex(of: UInt8(ascii: "?"))
    let encoded = rest[..<(mark ?? rest.endIndex)]
    guard let decoded = PercentForm.decoded(encoded) else { throw .byte }
    path = decoded.isEmpty ? Array("/".utf8) : decoded
    query = mark.map { Array(rest[($0 + 1)...]) }
  }

  /// Whether it is `/?fmt=tsv` or the like: the list of buckets, for scripts that know no more than the address.
  var asksForBuckets: Bool {
    guard path == Array(PageFiles.root.utf8) else { return false }
    return (query ?? []).split(separator: UInt8(ascii: "&")).contains { piece in
      piece.prefix { $0 != UInt8(ascii: "=") }.elementsEqual("fmt".utf8)
    }
  }

  private static func lowercased(_ byte: UInt8) -> UInt8 {
    (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte + 32 : byte
  }
}

/// Bytes in the form of URLs.
enum PercentForm {
  /// Nil where an escape is none, or a byte is, or stands for, the zero that no name and no key has.
  static func decoded(_ text: some Sequence<UInt8>, plusIsSpace: Bool = false) -> [UInt8]? {
    var bytes: [UInt8] = []
    var rest = text.makeIterator()
    while let byte = rest.next() {
      switch byte {
      case UInt8(ascii: "%"):
        guard let high = rest.next().flatMap(value), let low = rest.next().flatMap(value) else {
          return nil
        }
        guard high | low != 0 else { return nil }
        bytes.append(high << 4 | low)
      case 0: return nil
      case UInt8(ascii: "+") where plusIsSpace: bytes.append(UInt8(ascii: " "))
      default: bytes.append(byte)
      }
    }
    return bytes
  }

  private static func value(ofDigit byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
    default: nil
    }
  }
}
