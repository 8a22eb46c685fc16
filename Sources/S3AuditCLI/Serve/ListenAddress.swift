internal import Arguments

/// An address of this machine and a port: `127.0.0.1:9412`, `[::1]:9412`, `localhost`.
struct ListenAddress: Equatable, Sendable {
  var host = "127.0.0.1"
  var port: UInt16 = 9_412

  init() {}

  /// - Throws: `UsageError`, in words of what is odd about this one.
  init(_ text: String) throws(UsageError) {
    var rest = text[...]
    if rest.first == "[" {
      guard let end = rest.firstIndex(of: "]") else {
        throw .invalidValue("its bracket has no end; use [::1]:9412")
      }
      host = String(rest[rest.index(after: rest.startIndex)..<end])
      rest = rest[rest.index(after: end)...]
      guard host.contains(":"), host.utf8.allSatisfy(Self.isOfIPv6) else {
        throw .invalidValue("in brackets stands an address of IPv6, as in [::1]:9412")
      }
    } else {
      guard !rest.contains("/") else {
        throw .invalidValue("use an address and a port, without a scheme or a path")
      }
      guard rest.count(where: { $0 == ":" }) < 2 else {
        throw .invalidValue("an address of IPv6 stands in brackets, as in [::1]:9412")
      }
      host = String(rest.prefix { $0 != ":" })
      rest = rest.dropFirst(host.count)
      try Self.check(host, in: text)
    }
    guard !rest.isEmpty else { return }
    let digits = rest.dropFirst()
    guard rest.first == ":", !digits.isEmpty, digits.allSatisfy({ $0.isASCII && $0.isNumber })
    else { throw .invalidValue("a port is a number behind a colon, as in 127.0.0.1:9412") }
    guard let number = UInt16(digits) else { throw .invalidValue("ports go from 0 to 65535") }
    port = number
  }

  /// Whether nobody but this machine can reach it.
  var isLoopback: Bool {
    host == "::1" || host.lowercased() == "localhost"
      || (host.hasPrefix("127.") && host.allSatisfy { $0.isNumber || $0 == "." })
  }

  private static func check(_ host: String, in text: String) throws(UsageError) {
    guard !host.isEmpty else {
      throw .invalidValue(
        text.isEmpty
          ? "use an address and a port, like 127.0.0.1:9412"
          : "an address is missing before the port: 127.0.0.1 is this machine alone, 0.0.0.0 all of its addresses"
      )
    }
    guard !host.utf8.contains(where: { $0 <= 0x20 }) else {
      throw .invalidValue("use an address and a port, like 127.0.0.1:9412, without blanks")
    }
    guard host.allSatisfy({ $0.isASCII && $0.isNumber || $0 == "." }) else { return }
    guard host.contains(".") else {
      throw .invalidValue("a port alone is no address; use 127.0.0.1:\(host)")
    }
    let parts = host.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 4, parts.allSatisfy({ UInt8($0) != nil }) else {
      throw .invalidValue("an address of IPv4 has four numbers from 0 to 255, as in 127.0.0.1:9412")
    }
  }

  private static func isOfIPv6(_ byte: UInt8) -> Bool {
    // Behind % stands the name of an interface.
    byte > 0x20 && byte < 0x7F && byte != UInt8(ascii: "/")
  }
}
